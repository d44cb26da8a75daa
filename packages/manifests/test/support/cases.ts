import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTopology, type Topology } from '@meshrs/topology';
import { renderManifests, type ManifestFile, type RenderedManifests } from '../../src/index.ts';

/** test/cases/<name>: topology.yaml, the tree expected of it under expected/, and custom/ where the user has one. */
export const casesFolder = join(import.meta.dirname, '../cases');

export function caseNames(): string[] {
  return readdirSync(casesFolder).sort();
}

export function topologyOf(name: string): Topology {
  return readText(readFileSync(join(casesFolder, name, 'topology.yaml'), 'utf8'));
}

/** Reads a topology that must be right; what is rendered may run later than it is rendered. */
export function readText(text: string): Topology {
  const { topology, issues } = readTopology('topologies/dci.yaml', text, { allowUnsupported: true });
  if (!topology) throw new Error(`The topology of the test is wrong: ${JSON.stringify(issues, null, 2)}`);
  return topology;
}

/** The tree of a case, as if its topology stood at topologies/<name>.yaml. */
export function renderCase(name: string): RenderedManifests {
  const fleet = { file: `topologies/${name}.yaml`, topology: topologyOf(name) };
  return renderManifests([fleet], () => existsSync(join(casesFolder, name, 'custom')));
}

/** The expected files, by path. */
export function expectedFiles(name: string): ManifestFile[] {
  const folder = join(casesFolder, name, 'expected');
  return globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}

/** Makes `expected/` equal to what is rendered now. */
export function writeExpected(name: string): void {
  const folder = join(casesFolder, name, 'expected');
  rmSync(folder, { recursive: true, force: true });
  for (const { path, text } of renderCase(name).files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readTopology, type Topology } from '@meshrs/topology';
import { parseAllDocuments } from 'yaml';
import {
  clusterFacts,
  customFolder,
  renderManifests,
  revisionsOfBuild,
  type ManifestFile,
  type RenderedManifests,
} from '../../src/index.ts';

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
  return renderWith(name, builtRevisionsOf(name));
}

function renderWith(name: string, revisions: BuiltRevisions): RenderedManifests {
  const fleet = { file: `topologies/${name}.yaml`, topology: topologyOf(name) };
  return renderManifests([fleet], () => hasComponent(name), revisions);
}

type BuiltRevisions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What a build with the user's component gives, by cluster and side; `meshrs build` is held against it where it takes the case. */
export const builtRevisionsFile = 'built-revisions.json';

function builtRevisionsOf(name: string): BuiltRevisions {
  if (!hasComponent(name)) return {};
  return JSON.parse(readFileSync(join(casesFolder, name, builtRevisionsFile), 'utf8')) as BuiltRevisions;
}

function hasComponent(name: string): boolean {
  return existsSync(join(casesFolder, name, 'custom'));
}

/** Builds a case that has a component, by the pinned kustomize, and writes down the revisions of its sides. */
export function writeBuiltRevisions(name: string): void {
  if (!hasComponent(name)) return;
  const { files, clusters } = renderWith(name, {});
  const root = mkdtempSync(join(tmpdir(), 'meshrs-case-'));
  try {
    writeFiles(root, files);
    const revisions = clusters.map((scope) => {
      cpSync(join(casesFolder, name, 'custom'), join(root, customFolder(scope.cluster)), { recursive: true });
      const built = execFileSync(kustomize, ['build', join(root, scope.overlay)], { encoding: 'utf8' });
      const documents = parseAllDocuments(built).map((document) => document.toJS() as unknown);
      return [scope.cluster, revisionsOfBuild(documents, clusterFacts(scope))];
    });
    const text = JSON.stringify(Object.fromEntries(revisions), null, 2);
    writeFileSync(join(casesFolder, name, builtRevisionsFile), `${text}\n`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const kustomize = join(import.meta.dirname, '../../../../.tools/bin/kustomize');

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
  writeFiles(folder, renderCase(name).files);
}

function writeFiles(folder: string, files: readonly ManifestFile[]): void {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

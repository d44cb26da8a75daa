// Makes or checks the JSON schemas, as scripts/schemas says.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findGo } from '../go-toolchain.ts';
import { makeSchemas } from './make-schemas.ts';
import { pins } from '../pins.ts';
import { repositoryFolder } from '../places.ts';
import { progressOn } from '../progress.ts';
import { runMain } from '../run-main.ts';
import { fetchSchemaSources } from './schema-sources.ts';

const folder = join(repositoryFolder, 'schemas');
const arguments_ = process.argv.slice(2);

await runMain('scripts/schemas', async (signal) => {
  if (arguments_.some((argument) => argument !== '--check') || arguments_.length > 1) {
    process.stderr.write(`usage: scripts/schemas [--check]; seen: ${arguments_.join(' ')}\n`);
    return 64;
  }
  const go = await findGo(process.env);
  const progress = progressOn(process.stderr);
  const sources = await fetchSchemaSources(pins, { go, env: process.env, progress, signal });
  const wanted = await makeSchemas(sources);
  const differences = compare(wanted, readSets());
  return arguments_.length === 1 ? report(differences) : write(wanted, differences);
});

interface Difference {
  readonly path: string;
  readonly what: 'missing' | 'changed' | 'not made by scripts/schemas';
}

function compare(wanted: ReadonlyMap<string, string>, seen: ReadonlyMap<string, string>): Difference[] {
  const differences: Difference[] = [];
  for (const [path, text] of wanted) {
    if (!seen.has(path)) differences.push({ path, what: 'missing' });
    else if (seen.get(path) !== text) differences.push({ path, what: 'changed' });
  }
  for (const path of seen.keys()) {
    if (!wanted.has(path)) differences.push({ path, what: 'not made by scripts/schemas' });
  }
  return differences;
}

/** What the folders of our sets hold; beside them lie schemas that others make. */
function readSets(): Map<string, string> {
  const parents = new Set(Object.keys(pins.schemaSets).map((set) => dirname(set)));
  const paths = [...parents].flatMap((parent) =>
    existsSync(join(folder, parent))
      ? readdirSync(join(folder, parent), { recursive: true, encoding: 'utf8' }).map((path) => join(parent, path))
      : [],
  );
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

function report(differences: readonly Difference[]): number {
  if (differences.length === 0) return 0;
  const lines = differences.map(({ path, what }) => `  schemas/${path}: ${what}\n`);
  process.stderr.write(
    `scripts/schemas: schemas/ is not what the pinned versions give\n${lines.join('')}  Run: scripts/schemas\n`,
  );
  return 1;
}

function write(wanted: ReadonlyMap<string, string>, differences: readonly Difference[]): number {
  for (const { path } of differences) {
    const text = wanted.get(path);
    const file = join(folder, path);
    if (text === undefined) {
      rmSync(file);
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  process.stdout.write(`schemas: ${String(wanted.size)} files, ${String(differences.length)} of them changed\n`);
  return 0;
}

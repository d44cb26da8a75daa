import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPath } from '@meshrs/strict-yaml';
import { readTopology, type TopologyFile } from '../src/index.ts';

/** What stands in a topology before it is read, as far as a test changes it. */
export interface Draft {
  [key: string]: Draft | undefined;
}

const text = readFileSync(join(import.meta.dirname, 'valid/one-cluster.yaml'), 'utf8');

/** The smallest valid topology with one change; JSON is YAML. */
export function readEdited(edit: (topology: Draft) => void): TopologyFile {
  const draft = structuredClone(readTopology('t.yaml', text).document?.data) as Draft;
  edit(draft);
  const read = readTopology('t.yaml', JSON.stringify(draft));
  // Advice that the smallest topology gives rise to whatever else is changed; wide-ranges.test.ts is about it.
  return { ...read, issues: read.issues.filter(({ code }) => code !== 'wide-client-ranges') };
}

/** The issues of the smallest valid topology after a change, as "code path". */
export function issuesAfter(edit: (topology: Draft) => void): string[] {
  return readEdited(edit).issues.map(({ code, path }) => `${code} ${formatPath(path)}`);
}

/** Puts a value at "nodes.kube1.links.0", whatever stands there; what is missing above it is made. */
export function put(draft: Draft, path: string, value: unknown): void {
  const keys = path.split('.');
  const parent = keys.slice(0, -1).reduce((at, key, index) => {
    const next = keys[index + 1] ?? '';
    return (at[key] ??= (/^\d+$/.test(next) ? [] : {}) as Draft);
  }, draft);
  parent[keys.at(-1) ?? ''] = value as Draft;
}

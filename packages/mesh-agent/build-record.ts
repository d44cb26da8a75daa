// What dist/ was built from, so that a test can tell whether it proves the code that lies here.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Path from the package's folder → sha256. By content: a checkout or a cache gives files any time. */
export type BuildRecord = Readonly<Record<string, string>>;

export function writeBuildRecord(file: string, folder: string, inputs: readonly string[]): void {
  const record = Object.fromEntries([...inputs].sort().map((input) => [input, hashOf(join(folder, input))]));
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
}

/** Inputs that are gone or no longer what they were. */
export function changedInputs(record: BuildRecord, folder: string): string[] {
  return Object.entries(record)
    .filter(([input, hash]) => hashOf(join(folder, input)) !== hash)
    .map(([input]) => input);
}

/** Throws, with what to do, unless a program and its record are there and made of what lies here now. */
export function assertBuiltFromHere(program: string, file: string, folder: string): void {
  const next = 'do:      pnpm --filter @meshrs/mesh-agent build';
  if (!existsSync(program) || !existsSync(file)) throw new Error(`${program} is not built.\n  ${next}`);
  const changed = changedInputs(JSON.parse(readFileSync(file, 'utf8')) as BuildRecord, folder);
  const [first, ...others] = changed;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` and ${String(others.length)} more`;
  throw new Error(
    `${program} was built from other sources than those that lie here.\n  changed: ${relative('.', join(folder, first))}${more}\n  ${next}`,
  );
}

function hashOf(path: string): string {
  return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'missing';
}

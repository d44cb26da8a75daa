import type { z } from 'zod';
import type { Path } from './issue.ts';
import { nearest } from './nearest.ts';
import { hasFreeNames, isOptional, keysOf, schemaAt, standInFor } from './schema-tree.ts';

/** Data that fits a schema again, made from data that did not. */
export interface Repaired {
  readonly data: unknown;
  /** Where a wrong value was replaced or left out; what further checks find here says nothing. */
  readonly touched: readonly Path[];
  /** Named entries that are gone as a whole, so that "there is no X" would be wrong to say. */
  readonly removed: readonly Path[];
}

/**
 * Takes what has issues out of the data: misspelt keys get the name that was meant, other unknown keys go, optional
 * values are left out, required ones get a stand-in, and where there is none the named entry around them goes.
 */
export function repair(original: unknown, issues: readonly z.core.$ZodIssue[], root: z.core.$ZodType): Repaired {
  const data: unknown = JSON.parse(JSON.stringify(original));
  const touched: Path[] = [];
  const removed: Path[] = [];
  const renamed = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? renameKeys(data, issue, root, original) : [],
  );
  for (const [count, issue] of issues.entries()) {
    if (issue.code === 'unrecognized_keys') continue;
    const path = toPath(issue);
    if (renamed.some((key) => isSame(key, path))) continue;
    const schema = schemaAt(root, path, original);
    const standIn = schema && (isOptional(schema) ? undefined : standInFor(schema, count));
    const isLeftOut = schema !== undefined && isOptional(schema) && typeof path.at(-1) === 'string';
    if (isLeftOut) remove(data, path);
    else if (standIn !== undefined && issue.code !== 'invalid_key') set(data, path, standIn);
    else {
      const entry = namedEntryAround(path, original, root);
      removed.push(entry);
      remove(data, entry);
    }
    touched.push(path);
  }
  return { data, touched, removed };
}

/** The misspelt keys that have become the key that was meant, because that one was missing. */
function renameKeys(
  data: unknown,
  issue: z.core.$ZodIssueUnrecognizedKeys,
  root: z.core.$ZodType,
  original: unknown,
): Path[] {
  const path = toPath(issue);
  const mapping = valueAt(data, path);
  const schema = schemaAt(root, path, original);
  if (!isRecord(mapping) || !schema) return [];
  return issue.keys.flatMap((key) => {
    const meant = nearest(key, keysOf(schema));
    const value = mapping[key];
    Reflect.deleteProperty(mapping, key);
    if (meant === undefined || meant in mapping) return [];
    mapping[meant] = value;
    return [[...path, meant]];
  });
}

function namedEntryAround(path: Path, original: unknown, root: z.core.$ZodType): Path {
  for (let length = path.length; length > 0; length--) {
    const parent = schemaAt(root, path.slice(0, length - 1), original);
    if (parent && hasFreeNames(parent)) return path.slice(0, length);
  }
  return path;
}

function toPath(issue: z.core.$ZodIssue): Path {
  return issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}

function set(data: unknown, path: Path, value: unknown): void {
  const parent = valueAt(data, path.slice(0, -1));
  const last = path.at(-1);
  if (last !== undefined && isRecord(parent)) parent[last] = value;
}

function remove(data: unknown, path: Path): void {
  const parent = valueAt(data, path.slice(0, -1));
  const last = path.at(-1);
  if (last !== undefined && isRecord(parent)) Reflect.deleteProperty(parent, last);
}

function valueAt(data: unknown, path: Path): unknown {
  let current = data;
  for (const part of path) current = isRecord(current) ? current[part] : undefined;
  return current;
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return value !== null && typeof value === 'object';
}

function isSame(one: Path, other: Path): boolean {
  return one.length === other.length && one.every((part, index) => part === other[index]);
}

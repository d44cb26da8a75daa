import type { z } from 'zod';
import type { Path } from './issue.ts';
import { innermost, isRemovable, schemaAt } from './schema-tree.ts';

/**
 * The data without what has issues: for each issue the smallest entry around it that a file may lack, which is an
 * optional key or an entry of a mapping with free names. List entries stay, because removing one renumbers the others.
 */
export function withoutEntries(data: unknown, issues: readonly z.core.$ZodIssue[], root: z.core.$ZodType): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(data));
  for (const issue of issues) {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    const unwanted =
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => [...path, key])
        : [removableAround(path, data, root)];
    for (const each of unwanted) remove(copy, each);
  }
  return copy;
}

function removableAround(path: Path, data: unknown, root: z.core.$ZodType): Path {
  for (let length = path.length; length > 0; length--) {
    const parent = schemaAt(root, path.slice(0, length - 1), data);
    if (parent && isRemovable(innermost(parent), path[length - 1])) return path.slice(0, length);
  }
  return [];
}

function remove(data: unknown, path: Path): void {
  const last = path.at(-1);
  let parent = data;
  for (const part of path.slice(0, -1)) parent = isRecord(parent) ? parent[part] : undefined;
  if (last !== undefined && isRecord(parent)) Reflect.deleteProperty(parent, last);
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return value !== null && typeof value === 'object';
}

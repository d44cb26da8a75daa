import { problem, type Problem } from '../problems/problem.ts';
import type { TreeChange } from '../writing/write-plan.ts';
import { formatRecord, recordPath, type GeneratedRecord } from '../repository/generated-record.ts';
import { sha256, type Tree } from '../repository/tree.ts';

/**
 * How files on disk become the wanted ones: the record is written last, and what is owned and not wanted any more is
 * removed.
 */
export interface TreePlan extends TreeChange {
  readonly unchanged: readonly string[];
  /** Files that the plan would overwrite or remove although somebody else wrote what is in them. */
  readonly problems: readonly Problem[];
}

/**
 * Compares what is wanted with what is on disk and with what was written last. Only files of the record are ever
 * removed. `disk` holds every file of the record and every wanted one that exists.
 */
export function planTree(wanted: Tree, record: GeneratedRecord, disk: Tree): TreePlan {
  const writes: { path: string; content: Buffer }[] = [];
  const unchanged: string[] = [];
  const problems: Problem[] = [];
  for (const [path, content] of wanted) {
    const existing = disk.get(path);
    if (existing?.equals(content)) {
      unchanged.push(path);
      continue;
    }
    writes.push({ path, content });
    if (existing) problems.push(...strangeContent(path, existing, record));
  }
  const removals: string[] = [];
  for (const path of Object.keys(record)) {
    const existing = disk.get(path);
    if (wanted.has(path) || !existing) continue;
    removals.push(path);
    problems.push(...strangeContent(path, existing, record));
  }
  const content = Buffer.from(formatRecord(recordOf(wanted)));
  if (!disk.get(recordPath)?.equals(content)) writes.push({ path: recordPath, content });
  return { writes, removals: removals.sort(), unchanged, problems };
}

export function recordOf(wanted: Tree): GeneratedRecord {
  return Object.fromEntries([...wanted].map(([path, content]) => [path, sha256(content)]));
}

function strangeContent(path: string, existing: Buffer, record: GeneratedRecord): Problem[] {
  const written = record[path];
  if (written === undefined) {
    return [
      problem('not-owned', {
        where: path,
        message: 'This file stands where a generated one belongs, and generated.json does not list it.',
        hint: 'move it away, or run: pnpm build --force, which overwrites it',
      }),
    ];
  }
  if (written === sha256(existing)) return [];
  return [
    problem('hand-edited', {
      where: path,
      message: 'This generated file was edited since it was written.',
      hint: "edit the topology, or put a patch into the cluster's custom folder; to lose the edit run: pnpm build --force",
    }),
  ];
}

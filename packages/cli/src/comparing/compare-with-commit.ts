import { isCommitted } from '../git/is-committed.ts';
import { readCommittedTree } from '../git/committed-tree.ts';
import type { Tree } from '../repository/tree.ts';
import { programAt } from '../tools/program.ts';
import { cacheOf } from '../tools/result-cache.ts';
import type { ComparisonResult } from './compare-clusters.ts';

/** What a tree to come is compared with, and by which kustomize. */
export interface ComparedWith {
  /** Root of the repository, absolute. */
  readonly repository: string;
  /** The commit that runs; HEAD when left out. */
  readonly base?: string | undefined;
  /** Path of kustomize; asked for only when there is something to build. */
  readonly kustomize: () => string;
}

/** What runs is what is committed; without a commit nothing runs. */
export async function compareWithCommit(
  future: Tree,
  { repository, base = 'HEAD', kustomize }: ComparedWith,
): Promise<ComparisonResult> {
  if (await isCommitted(repository, base, future)) return { comparisons: [], problems: [] };
  const committed = await readCommittedTree(repository, base);
  if (!committed || committed.tree.size === 0) return { comparisons: [], problems: [] };
  const cache = cacheOf(repository);
  const program = programAt(kustomize(), cache);
  const { compareClusters } = await import('./compare-clusters.ts');
  return compareClusters(repository, committed, future, program, cache);
}

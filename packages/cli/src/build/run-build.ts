import type { Issue } from '@meshrs/strict-yaml';
import type { NotGenerated, RequiredSecret } from '@meshrs/manifests';
import { fingerprintFile } from '../judges/fingerprint.ts';
import { locateJudgeTools, type JudgeTools } from '../judges/judge-tools.ts';
import type { Problem } from '../judges/problem.ts';
import { fileCache, noCache, type ResultCache } from '../judges/result-cache.ts';
import { readCommittedTree } from './committed-tree.ts';
import type { ClusterComparison, ComparisonResult } from './compare-clusters.ts';
import { isCommitted } from './is-committed.ts';
import { wasAbandoned } from './journal.ts';
import { judgeChange, type Permissions } from './judge-change.ts';
import { planTree } from './plan-tree.ts';
import { futureTree, readProject, requiredSecretsOf, type Project } from './project.ts';
import { scratchFolder } from './staged-tree.ts';
import { join } from 'node:path';

export interface BuildOptions extends Permissions {
  /** Root of the repository, absolute. */
  readonly repository: string;
  /** Overwrite files that somebody edited, or that are not ours. */
  readonly force?: boolean;
  /** The commit that runs; HEAD when left out. */
  readonly base?: string;
  /** The pinned tools of the repository when left out. */
  readonly tools?: JudgeTools;
  /** As in `JudgeOptions`. */
  readonly programIdentity?: string;
}

/** What a build did, or why it did nothing. */
export interface BuildReport {
  /** False: nothing was written. */
  readonly ok: boolean;
  readonly issues: readonly Issue[];
  readonly problems: readonly Problem[];
  /** Files that were written anew, and removed, by path. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
  /** Files that an earlier build had left half-written, and that were taken back first. */
  readonly recovered: readonly string[];
  readonly notGenerated: readonly NotGenerated[];
  /** What committing the change does, for each cluster that changes. */
  readonly comparisons: readonly ClusterComparison[];
  /** Secrets that the user creates, for each cluster. */
  readonly requiredSecrets: Readonly<Record<string, readonly RequiredSecret[]>>;
}

/**
 * Writes base/, overlays/, clusters/ and generated.json from all topologies: all of it, or nothing when the topologies
 * have errors, somebody's edit would be lost, or the change disturbs more than it may.
 */
export async function runBuild(options: BuildOptions): Promise<BuildReport> {
  const { repository, programIdentity = '' } = options;
  const recovered = wasAbandoned(repository) ? (await import('./write-plan.ts')).recoverBuild(repository) : [];
  const cache = options.programIdentity === undefined ? noCache : resultCache(repository);
  const project = await readProject(repository, programIdentity, cache);
  if (project.rendered.hasErrors) return report(project, { ok: false, recovered });
  const plan = planTree(project.wanted, project.record, project.disk);
  const unchanged = plan.unchanged.length;
  if (plan.writes.length === 0 && plan.removals.length === 0) {
    return report(project, { ok: true, recovered, unchanged });
  }
  const { comparisons, problems: notCompared } = await compareWithCommit(project, options);
  const problems = [
    ...(options.force === true ? [] : plan.problems),
    ...notCompared.filter(({ code }) => !(code === 'committed-tree-broken' && options.allowBothSides === true)),
    ...judgeChange(comparisons, options),
  ];
  if (problems.some(({ severity }) => severity === 'error')) {
    return report(project, { ok: false, recovered, problems, comparisons });
  }
  const { writePlan } = await import('./write-plan.ts');
  writePlan(repository, plan);
  return report(project, {
    ok: true,
    recovered,
    problems,
    comparisons,
    unchanged,
    written: plan.writes.map(({ path }) => path),
    removed: plan.removals,
  });
}

/** What runs is what is committed; without a commit nothing runs. */
export async function compareWithCommit(
  project: Project,
  { repository, base = 'HEAD', tools }: Pick<BuildOptions, 'repository' | 'base' | 'tools'>,
): Promise<ComparisonResult> {
  const future = futureTree(project);
  if (await isCommitted(repository, base, future)) return { comparisons: [], problems: [] };
  const committed = await readCommittedTree(repository, base);
  if (!committed || committed.tree.size === 0) return { comparisons: [], problems: [] };
  const cache = resultCache(repository);
  const path = (tools ?? locateJudgeTools(repository)).kustomize;
  const kustomize = { path, fingerprint: fingerprintFile(path, cache) };
  const { compareClusters } = await import('./compare-clusters.ts');
  return compareClusters(repository, committed, future, kustomize, cache);
}

export function resultCache(repository: string): ResultCache {
  return fileCache(join(scratchFolder(repository), 'results'));
}

function report(project: Project, facts: Partial<BuildReport> & Pick<BuildReport, 'ok' | 'recovered'>): BuildReport {
  const { issues, notGenerated } = project.rendered;
  return {
    issues,
    problems: [],
    written: [],
    removed: [],
    unchanged: 0,
    comparisons: [],
    notGenerated,
    requiredSecrets: requiredSecretsOf(project),
    ...facts,
  };
}

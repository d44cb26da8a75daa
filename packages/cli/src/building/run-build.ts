import type { Act } from '@meshrs/impact';
import type { Issue } from '@meshrs/strict-yaml';
import type { NotGenerated, RequiredSecret } from '@meshrs/manifests';
import type { NotRenderedDevices } from '../generating/render-topologies.ts';
import { locateValidationTools, type ValidationTools } from '../tools/validation-tools.ts';
import type { Problem } from '../problems/problem.ts';
import { cacheOf, noCache } from '../tools/result-cache.ts';
import type { ClusterComparison } from '../comparing/compare-clusters.ts';
import { compareWithCommit, type Base } from '../comparing/compare-with-commit.ts';
import { wasAbandoned } from '../writing/journal.ts';
import { decideChange, type Permissions } from '../comparing/refusals.ts';
import { planTree } from '../generating/plan-tree.ts';
import { futureTree, readProject, requiredSecretsOf, type Project } from '../generating/project.ts';

export interface BuildOptions extends Permissions {
  /** Root of the repository, absolute. */
  readonly repository: string;
  /** Overwrite files that somebody edited, or that are not ours. */
  readonly force?: boolean;
  /** As in `ComparedWith`. */
  readonly base?: string;
  /** The pinned tools of the repository when left out. */
  readonly tools?: ValidationTools;
  /** As in `CheckOptions`. */
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
  readonly notRendered: readonly NotRenderedDevices[];
  /** What was compared with; undefined when nothing could be generated. */
  readonly base: Base | undefined;
  /** What committing the change does, for each cluster that changes. */
  readonly comparisons: readonly ClusterComparison[];
  /** What there is to do beside the change, of which nothing generated tells. */
  readonly acts: readonly Act[];
  /** Secrets that the user creates, for each cluster. */
  readonly requiredSecrets: Readonly<Record<string, readonly RequiredSecret[]>>;
}

/**
 * Writes base/, overlays/, clusters/ and generated.json from all topologies: all of it, or nothing when the topologies
 * have errors, somebody's edit would be lost, or the change disturbs more than it may.
 */
export async function runBuild(options: BuildOptions): Promise<BuildReport> {
  const { repository, programIdentity = '' } = options;
  const recovered = wasAbandoned(repository) ? (await import('../writing/write-plan.ts')).recoverBuild(repository) : [];
  const cache = options.programIdentity === undefined ? noCache : cacheOf(repository);
  const kustomize = (): string => (options.tools ?? locateValidationTools(repository)).kustomize;
  const project = await readProject(repository, { programIdentity, cache, kustomize });
  if (project.rendered.hasErrors || project.problems.length > 0) {
    return report(project, { ok: false, recovered, problems: project.problems });
  }
  const plan = planTree(project.wanted, project.record, project.disk);
  // Also where nothing is to be written: what is written already need not be committed, and what is committed need not run.
  const {
    base,
    comparisons,
    acts,
    stuckNodes,
    problems: notCompared,
  } = await compareWithCommit(futureTree(project), {
    repository,
    base: options.base,
    kustomize,
  });
  const change = decideChange({ comparisons, stuckNodes, acts }, options);
  const unchanged = plan.unchanged.length;
  const problems = [
    ...(options.force === true ? [] : plan.problems),
    ...notCompared.filter(({ code }) => !(code === 'committed-tree-broken' && options.allowBothSides === true)),
    ...change.refusals,
  ];
  const facts = { recovered, problems, base, comparisons, acts: change.acts };
  if (problems.some(({ severity }) => severity === 'error')) return report(project, { ok: false, ...facts });
  if (plan.writes.length === 0 && plan.removals.length === 0) return report(project, { ok: true, ...facts, unchanged });
  const { writePlan } = await import('../writing/write-plan.ts');
  writePlan(repository, plan);
  return report(project, {
    ok: true,
    ...facts,
    unchanged,
    written: plan.writes.map(({ path }) => path),
    removed: plan.removals,
  });
}

function report(project: Project, facts: Partial<BuildReport> & Pick<BuildReport, 'ok' | 'recovered'>): BuildReport {
  const { issues, notGenerated, notRendered } = project.rendered;
  return {
    issues,
    problems: [],
    written: [],
    removed: [],
    unchanged: 0,
    base: undefined,
    comparisons: [],
    acts: [],
    notGenerated,
    notRendered,
    requiredSecrets: requiredSecretsOf(project),
    ...facts,
  };
}

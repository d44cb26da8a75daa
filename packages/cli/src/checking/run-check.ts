import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Act } from '@meshrs/impact';
import type { Issue } from '@meshrs/strict-yaml';
import type { NotGenerated, RequiredSecret } from '@meshrs/manifests';
import type { NotRenderedDevices } from '../generating/render-topologies.ts';
import type { ClusterComparison } from '../comparing/compare-clusters.ts';
import { decideChange, type Permissions } from '../comparing/refusals.ts';
import { planTree } from '../generating/plan-tree.ts';
import { wasInterrupted } from '../writing/journal.ts';
import { futureTree, readProject, requiredSecretsOf, type Project } from '../generating/project.ts';
import { compareWithCommit, type Base } from '../comparing/compare-with-commit.ts';
import { validateArgoCd, type ArgoCdVerdict } from '../validating/validate-argo-cd.ts';
import type { ClusterVerdict } from '../validating/cluster-verdict.ts';
import { validateCluster } from '../validating/validate-cluster.ts';
import { validatorsOf } from '../validating/validators.ts';
import { locateValidationTools, type ValidationTools } from '../tools/validation-tools.ts';
import { problem, type Problem } from '../problems/problem.ts';
import { recordPath } from '../repository/generated-record.ts';
import { cacheOf, noCache } from '../tools/result-cache.ts';

export interface CheckOptions extends Permissions {
  /** Root of the repository, absolute. */
  readonly repository: string;
  /** As in `ComparedWith`. */
  readonly base?: string;
  /** The pinned tools of the repository when left out. */
  readonly tools?: ValidationTools;
  /**
   * A hash of the running program, by which remembered verdicts of another version are told apart; left out: nothing is
   * remembered.
   */
  readonly programIdentity?: string;
  /**
   * Folder for kubeconform's reports, <cluster>-<version>.xml and <cluster>-argocd-<version>.xml; none are written when
   * left out.
   */
  readonly junitFolder?: string;
}

export interface CheckReport {
  readonly ok: boolean;
  readonly issues: readonly Issue[];
  readonly problems: readonly Problem[];
  readonly verdicts: readonly ClusterVerdict[];
  /** On clusters/<cluster>, which Argo CD itself reads. */
  readonly argoCd: readonly ArgoCdVerdict[];
  /** What was compared with; undefined when the topologies have errors. */
  readonly base: Base | undefined;
  readonly comparisons: readonly ClusterComparison[];
  /** What there is to do beside the change, of which nothing generated tells. */
  readonly acts: readonly Act[];
  readonly notGenerated: readonly NotGenerated[];
  readonly notRendered: readonly NotRenderedDevices[];
  readonly requiredSecrets: Readonly<Record<string, readonly RequiredSecret[]>>;
}

/**
 * Holds what is generated against every validator: is it what the topologies give, does kustomize build it alike, do the
 * schemas and the rules take it, and what would a commit of it disturb. Writes nothing but its own cache and reports.
 */
export async function runCheck(options: CheckOptions): Promise<CheckReport> {
  const { repository, programIdentity = '' } = options;
  const cache = options.programIdentity === undefined ? noCache : cacheOf(repository);
  let located = options.tools;
  const toolsOf = (): ValidationTools => (located ??= locateValidationTools(repository));
  const project = await readProject(repository, { programIdentity, cache, kustomize: () => toolsOf().kustomize });
  if (project.rendered.hasErrors)
    return report(project, { problems: [], verdicts: [], argoCd: [], base: undefined, comparisons: [], acts: [] });
  const tools = toolsOf();
  const place = { root: repository, tree: project.disk };
  const facts = project.rendered.clusters.filter(({ cluster }) =>
    project.disk.has(`overlays/${cluster}/kustomization.yaml`),
  );
  const validators = facts.length > 0 ? validatorsOf(tools, programIdentity, cache) : undefined;
  const [verdicts, argoCd, { base, comparisons, acts, stuckNodes, problems: notCompared }] = await Promise.all([
    Promise.all(validators ? facts.map((each) => validateCluster(repository, place, each, validators, cache)) : []),
    Promise.all(validators ? facts.map((each) => validateArgoCd(repository, place, each, validators, cache)) : []),
    compareWithCommit(futureTree(project), { repository, base: options.base, kustomize: () => tools.kustomize }),
  ]);
  if (options.junitFolder !== undefined) writeReports(options.junitFolder, verdicts, argoCd);
  const change = decideChange({ comparisons, stuckNodes, acts }, options);
  const problems = [
    ...interrupted(repository),
    ...notBuilt(project),
    ...verdicts.flatMap((verdict) => verdict.problems),
    ...brokenComponents(project, verdicts),
    ...argoCd.flatMap((verdict) => verdict.problems),
    // What is to come and cannot be built, the verdicts have said.
    ...notCompared.filter(
      ({ code }) =>
        code !== 'kustomize-failed' && !(code === 'committed-tree-broken' && options.allowBothSides === true),
    ),
    ...change.refusals,
    ...unknownFiles(project),
  ];
  return report(project, { problems, verdicts, argoCd, base, comparisons, acts: change.acts });
}

function interrupted(repository: string): Problem[] {
  if (!wasInterrupted(repository)) return [];
  return [
    problem('build-interrupted', {
      where: 'generated.json',
      message: 'A build was interrupted while it wrote; some generated files are new and some are old.',
      hint: 'run pnpm build; it undoes the half-written files first',
    }),
  ];
}

/** What keeps the revisions of sides from being known; the verdict on a cluster says by itself when it cannot be built. */
function brokenComponents({ problems }: Project, verdicts: readonly ClusterVerdict[]): Problem[] {
  const said = verdicts.flatMap((verdict) => verdict.problems).map(({ code, where }) => `${code} ${where}`);
  return problems.filter(({ code, where }) => !said.includes(`${code} ${where}`));
}

/** Files that a build would write or remove; those of a cluster whose component is broken are not known. */
function notBuilt({ wanted, record, disk, unknown }: Project): Problem[] {
  const isKnown = (path: string): boolean =>
    unknown.length === 0 ||
    (path !== recordPath && !unknown.some((cluster) => path.startsWith(`overlays/${cluster}/`)));
  const plan = planTree(wanted, record, disk);
  const writes = plan.writes.filter(({ path }) => isKnown(path));
  const removals = plan.removals.filter(isKnown);
  const hint = 'run: pnpm build, and commit the result';
  return [
    ...writes.map(({ path }) =>
      problem('not-built', {
        where: path,
        message: disk.has(path) ? 'This file differs from what topologies/ generates.' : 'This file is missing.',
        hint,
      }),
    ),
    ...removals.map((path) =>
      problem('not-built', { where: path, message: 'No topology generates this file any more.', hint }),
    ),
  ];
}

/** Files of nobody in folders that hold generated ones. */
function unknownFiles({ wanted, record, disk }: Project): Problem[] {
  const generatedFolders = new Set([...wanted.keys(), ...Object.keys(record)].map(dirname));
  return [...disk.keys()]
    .filter((path) => path.includes('/') && generatedFolders.has(dirname(path)))
    .filter((path) => !wanted.has(path) && !(path in record))
    .map((path) =>
      problem('unknown-file', {
        where: path,
        message: 'No kustomization of meshrs names this file, so it has no effect.',
        hint: 'remove it, or move it into overlays/<cluster>/custom',
      }),
    );
}

function writeReports(folder: string, verdicts: readonly ClusterVerdict[], argoCd: readonly ArgoCdVerdict[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { cluster, junit } of verdicts) {
    for (const [version, xml] of Object.entries(junit)) writeFileSync(join(folder, `${cluster}-${version}.xml`), xml);
  }
  for (const { cluster, junit } of argoCd) {
    for (const [about, xml] of Object.entries(junit)) writeFileSync(join(folder, `${cluster}-${about}.xml`), xml);
  }
}

function report(
  project: Project,
  facts: Pick<CheckReport, 'problems' | 'verdicts' | 'argoCd' | 'base' | 'comparisons' | 'acts'>,
): CheckReport {
  const { issues, notGenerated, notRendered } = project.rendered;
  return {
    ok: [...issues, ...facts.problems].every(({ severity }) => severity !== 'error'),
    issues,
    notGenerated,
    notRendered,
    requiredSecrets: requiredSecretsOf(project),
    ...facts,
  };
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Issue } from '@meshrs/strict-yaml';
import type { NotGenerated, RequiredSecret } from '@meshrs/manifests';
import type { ClusterComparison } from '../build/compare-clusters.ts';
import { judgeChange, type Permissions } from '../build/judge-change.ts';
import { planTree } from '../build/plan-tree.ts';
import { wasInterrupted } from '../build/journal.ts';
import { readProject, requiredSecretsOf, type Project } from '../build/project.ts';
import { compareWithCommit, resultCache } from '../build/run-build.ts';
import { fingerprintFile, fingerprintFolder } from './fingerprint.ts';
import { judgeArgoCd, type ArgoCdVerdict } from './judge-argo-cd.ts';
import { judgeCluster, type ClusterVerdict, type Judges } from './judge-cluster.ts';
import { locateJudgeTools, type JudgeTools } from './judge-tools.ts';
import { problem, type Problem } from './problem.ts';
import { noCache, type ResultCache } from './result-cache.ts';
import { schemaSets } from './schema-sets.ts';

export interface JudgeOptions extends Permissions {
  /** Root of the repository, absolute. */
  readonly repository: string;
  /** The commit that runs; HEAD when left out. */
  readonly base?: string;
  /** The pinned tools of the repository when left out. */
  readonly tools?: JudgeTools;
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

export interface JudgeReport {
  readonly ok: boolean;
  readonly issues: readonly Issue[];
  readonly problems: readonly Problem[];
  readonly verdicts: readonly ClusterVerdict[];
  /** On clusters/<cluster>, which Argo CD itself reads. */
  readonly argoCd: readonly ArgoCdVerdict[];
  readonly comparisons: readonly ClusterComparison[];
  readonly notGenerated: readonly NotGenerated[];
  readonly requiredSecrets: Readonly<Record<string, readonly RequiredSecret[]>>;
}

/**
 * Holds what is generated against every judge: is it what the topologies give, does kustomize build it alike, do the
 * schemas and the rules take it, and what would a commit of it disturb. Writes nothing but its own cache and reports.
 */
export async function runJudges(options: JudgeOptions): Promise<JudgeReport> {
  const { repository, programIdentity = '' } = options;
  const cache = options.programIdentity === undefined ? noCache : resultCache(repository);
  const project = await readProject(repository, programIdentity, cache);
  if (project.rendered.hasErrors) return report(project, [], [], [], []);
  const tools = options.tools ?? locateJudgeTools(repository);
  const place = { root: repository, tree: project.disk };
  const facts = project.rendered.clusters.filter(({ cluster }) =>
    project.disk.has(`overlays/${cluster}/kustomization.yaml`),
  );
  const judges = facts.length > 0 ? judgesOf(tools, programIdentity, cache) : undefined;
  const [verdicts, argoCd, { comparisons, problems: notCompared }] = await Promise.all([
    Promise.all(judges ? facts.map((each) => judgeCluster(repository, place, each, judges, cache)) : []),
    Promise.all(judges ? facts.map((each) => judgeArgoCd(repository, place, each, judges, cache)) : []),
    compareWithCommit(project, { ...options, tools }),
  ]);
  if (options.junitFolder !== undefined) writeReports(options.junitFolder, verdicts, argoCd);
  const problems = [
    ...interrupted(repository),
    ...notBuilt(project),
    ...verdicts.flatMap((verdict) => verdict.problems),
    ...argoCd.flatMap((verdict) => verdict.problems),
    ...notCompared.filter(({ code }) => code === 'committed-tree-broken' && options.allowBothSides !== true),
    ...judgeChange(comparisons, options),
    ...unknownFiles(project),
  ];
  return report(project, problems, verdicts, argoCd, comparisons);
}

function judgesOf(tools: JudgeTools, identity: string, cache: ResultCache): Judges {
  const program = (path: string) => ({ path, fingerprint: fingerprintFile(path, cache) });
  return {
    kustomize: program(tools.kustomize),
    kustomizeOfArgoCd: program(tools.kustomizeOfArgoCd),
    kubeconform: program(tools.kubeconform),
    schemas: { ...schemaSets(tools.schemas), fingerprint: fingerprintFolder(tools.schemas) },
    identity,
  };
}

function interrupted(repository: string): Problem[] {
  if (!wasInterrupted(repository)) return [];
  return [
    problem('build-interrupted', {
      where: 'generated.json',
      message: 'A build died while it wrote; some generated files are new and some are old.',
      hint: 'run: pnpm build, which takes its work back first',
    }),
  ];
}

/** Files that a build would write or remove. */
function notBuilt({ wanted, record, disk }: Project): Problem[] {
  const { writes, removals } = planTree(wanted, record, disk);
  const hint = 'run: pnpm build, and commit the result';
  return [
    ...writes.map(({ path }) =>
      problem('not-built', {
        where: path,
        message: disk.has(path) ? 'It is not what the topologies give.' : 'It is missing.',
        hint,
      }),
    ),
    ...removals.map((path) =>
      problem('not-built', { where: path, message: 'No topology gives this file any more.', hint }),
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
    for (const [version, xml] of Object.entries(junit))
      writeFileSync(join(folder, `${cluster}-argocd-${version}.xml`), xml);
  }
}

function report(
  project: Project,
  problems: readonly Problem[],
  verdicts: readonly ClusterVerdict[],
  argoCd: readonly ArgoCdVerdict[],
  comparisons: readonly ClusterComparison[],
): JudgeReport {
  const { issues, notGenerated } = project.rendered;
  return {
    ok: [...issues, ...problems].every(({ severity }) => severity !== 'error'),
    issues,
    problems,
    verdicts,
    argoCd,
    comparisons,
    notGenerated,
    requiredSecrets: requiredSecretsOf(project),
  };
}

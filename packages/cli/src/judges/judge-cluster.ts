import { customFolder, lintCluster, type ClusterFacts, type LintFinding, type WaivedFinding } from '@meshrs/manifests';
import { digestTree, subtree } from '../build/tree.ts';
import { buildOverlay, type TreeOnDisk } from './build-overlay.ts';
import { isClosed } from './closed-component.ts';
import { judgeCustomChanges, judgeCustomFolder } from './judge-custom.ts';
import { kustomizeDiffers, kustomizeFailed } from './kustomize-problems.ts';
import { parseBuild } from './parse-build.ts';
import type { Problem } from './problem.ts';
import { cacheKey, noCache, type ResultCache } from './result-cache.ts';
import type { SchemaSets } from './schema-sets.ts';

/** What all judges say of a cluster. */
export interface ClusterVerdict {
  readonly cluster: string;
  readonly problems: readonly Problem[];
  readonly waived: readonly WaivedFinding[];
  /** Objects of the build that meshrs generated, and those of the custom folder, by id. */
  readonly generated: readonly string[];
  readonly custom: readonly string[];
  /** kubeconform's reports, by version of Kubernetes. */
  readonly junit: Readonly<Record<string, string>>;
}

/** A program, and the hash of its file. */
export interface Program {
  readonly path: string;
  readonly fingerprint: string;
}

export interface Judges {
  readonly kustomize: Program;
  readonly kustomizeOfArgoCd: Program;
  readonly kubeconform: Program;
  readonly schemas: SchemaSets & { readonly fingerprint: string };
  /** Tells one version of this program from another: its rules are judges too. */
  readonly identity: string;
}

/** Holds a cluster's overlay against every judge. What was judged before, all of it unchanged, comes from the cache. */
export async function judgeCluster(
  repository: string,
  place: TreeOnDisk,
  facts: ClusterFacts,
  judges: Judges,
  wantedCache: ResultCache,
): Promise<ClusterVerdict> {
  const { cluster } = facts;
  // A component that reads elsewhere depends on more than a key can tell.
  const cache = isClosed(subtree(place.tree, [customFolder(cluster)])) ? wantedCache : noCache;
  const builds = await Promise.all(
    [judges.kustomize, judges.kustomizeOfArgoCd].map((program) => buildOverlay(program, place, cluster, cache)),
  );
  const [build, buildOfArgoCd] = builds;
  if (!build?.ok || !buildOfArgoCd?.ok) {
    const failed = build?.ok === false ? build : buildOfArgoCd;
    const error = failed?.ok === false ? failed.error : '';
    return verdict(cluster, [...judgeCustomFolder(place.tree, cluster), kustomizeFailed(`overlays/${cluster}`, error)]);
  }
  const key = cacheKey([
    'verdict',
    judges.identity,
    judges.kustomize.fingerprint,
    judges.kubeconform.fingerprint,
    judges.schemas.fingerprint,
    JSON.stringify({ ...facts, selectedPods: [...facts.selectedPods], gates: [...facts.gates] }),
    digestTree(subtree(place.tree, ['base', `overlays/${cluster}`])),
    build.yaml,
    buildOfArgoCd.yaml,
  ]);
  const known = cache.get(key);
  if (known !== undefined) return JSON.parse(known) as ClusterVerdict;
  const judged = await judgeBuild(repository, place, facts, judges, cache, build.yaml, buildOfArgoCd.yaml);
  cache.set(key, JSON.stringify(judged));
  return judged;
}

async function judgeBuild(
  repository: string,
  place: TreeOnDisk,
  facts: ClusterFacts,
  judges: Judges,
  cache: ResultCache,
  yaml: string,
  yamlOfArgoCd: string,
): Promise<ClusterVerdict> {
  const { cluster } = facts;
  // Its reader of reports is large, and a verdict that is remembered needs none.
  const { judgeSchemas } = await import('./judge-schemas.ts');
  const objects = parseBuild(yaml);
  const isGenerated = (id: string): boolean => facts.generated.includes(id);
  const judged = { where: `overlays/${cluster}`, yaml, objects, isGenerated };
  const ofSchemas = await Promise.all(
    judges.schemas.kubernetes.map(async (set) => ({
      set,
      verdict: await judgeSchemas(judges.kubeconform.path, repository, judged, set),
    })),
  );
  const { findings, waived, ids } = lintCluster(objects, facts);
  return {
    cluster,
    problems: [
      ...judgeCustomFolder(place.tree, cluster),
      ...(yaml === yamlOfArgoCd ? [] : [kustomizeDiffers(`overlays/${cluster}`, yaml, yamlOfArgoCd)]),
      ...(await judgeCustomChanges(repository, place.tree, cluster, yaml, judges.kustomize, cache)),
      ...withoutRepetitions(ofSchemas.flatMap(({ verdict: { problems } }) => problems)),
      ...findings.map((finding) => toProblem(cluster, finding)),
    ],
    waived,
    generated: ids.filter((id) => facts.generated.includes(id)),
    custom: ids.filter((id) => !facts.generated.includes(id)),
    junit: Object.fromEntries(ofSchemas.map(({ set, verdict: { junit } }) => [set.version, junit])),
  };
}

/** What two versions of Kubernetes give alike is said once. */
function withoutRepetitions(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((each) => [JSON.stringify(each), each])).values()];
}

function verdict(cluster: string, problems: readonly Problem[]): ClusterVerdict {
  return { cluster, problems, waived: [], generated: [], custom: [], junit: {} };
}

function toProblem(cluster: string, { rule, object, message, seen, allowed, hint }: LintFinding): Problem {
  return {
    code: `lint/${rule}`,
    severity: 'error',
    where: `overlays/${cluster}: ${object}`,
    message,
    ...(seen !== undefined && { seen }),
    ...(allowed !== undefined && { allowed }),
    hint,
  };
}

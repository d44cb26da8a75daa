import { lintCluster, type ClusterFacts, type LintFinding } from '@meshrs/manifests';
import type { Tree } from '../build/tree.ts';
import type { ClusterVerdict, Judges } from './judge-cluster.ts';
import { judgeCustomChanges, judgeCustomFolder } from './judge-custom.ts';
import { judgeSchemas } from './judge-schemas.ts';
import { kustomizeDiffers, kustomizeFailed } from './kustomize-problems.ts';
import { parseBuild } from './parse-build.ts';
import type { Problem } from './problem.ts';
import type { ResultCache } from './result-cache.ts';

/** Holds what both versions of kustomize built against the schemas and the rules. */
export async function judgeBuild(
  repository: string,
  tree: Tree,
  facts: ClusterFacts,
  judges: Judges,
  cache: ResultCache,
  yaml: string,
  yamlOfArgoCd: string,
): Promise<ClusterVerdict> {
  const { cluster } = facts;
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
      ...judgeCustomFolder(tree, cluster),
      ...(yaml === yamlOfArgoCd ? [] : [kustomizeDiffers(`overlays/${cluster}`, yaml, yamlOfArgoCd)]),
      ...(await judgeCustomChanges(repository, tree, cluster, yaml, judges.kustomize, cache)),
      ...withoutRepetitions(ofSchemas.flatMap(({ verdict: { problems } }) => problems)),
      ...findings.map((finding) => toProblem(cluster, finding)),
    ],
    waived,
    generated: ids.filter((id) => facts.generated.includes(id)),
    custom: ids.filter((id) => !facts.generated.includes(id)),
    junit: Object.fromEntries(ofSchemas.map(({ set, verdict: { junit } }) => [set.version, junit])),
  };
}

/** `error`: what kustomize printed. */
export function judgeFailedBuild(tree: Tree, cluster: string, error: string): ClusterVerdict {
  const problems = [...judgeCustomFolder(tree, cluster), kustomizeFailed(`overlays/${cluster}`, error)];
  return { cluster, problems, waived: [], generated: [], custom: [], junit: {} };
}

/** What two versions of Kubernetes give alike is said once. */
function withoutRepetitions(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((each) => [JSON.stringify(each), each])).values()];
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

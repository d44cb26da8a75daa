import { lintCluster, type ClusterFacts, type LintFinding } from '@meshrs/manifests';
import type { Tree } from '../repository/tree.ts';
import type { ClusterVerdict } from './cluster-verdict.ts';
import type { Validators } from './validators.ts';
import { validateCustomChanges, validateCustomFolder } from './validate-custom.ts';
import { validateSchemas } from './validate-schemas.ts';
import { kustomizeDiffers, kustomizeFailed } from './kustomize-problems.ts';
import type { OverlayBuild } from '../kustomize/build-overlay.ts';
import { parseBuild } from '../kustomize/parse-build.ts';
import type { Problem } from '../problems/problem.ts';
import type { ResultCache } from '../tools/result-cache.ts';

/** Holds what both versions of kustomize built against the schemas and the rules. */
export async function validateBuild(
  repository: string,
  tree: Tree,
  facts: ClusterFacts,
  validators: Validators,
  cache: ResultCache,
  yaml: string,
  yamlOfArgoCd: string,
): Promise<ClusterVerdict> {
  const { cluster } = facts;
  const objects = parseBuild(yaml);
  const isGenerated = (id: string): boolean => facts.generated.includes(id);
  const validated = { where: `overlays/${cluster}`, yaml, objects, isGenerated };
  const ofSchemas = await Promise.all(
    validators.schemas.kubernetes.map(async (set) => ({
      set,
      verdict: await validateSchemas(validators.kubeconform.path, repository, validated, set),
    })),
  );
  const { findings, waived, ids } = lintCluster(objects, facts);
  return {
    cluster,
    problems: [
      ...validateCustomFolder(tree, cluster),
      ...(yaml === yamlOfArgoCd ? [] : [kustomizeDiffers(`overlays/${cluster}`, yaml, yamlOfArgoCd)]),
      ...(await validateCustomChanges(repository, tree, cluster, yaml, validators.kustomize, cache)),
      ...withoutRepetitions(ofSchemas.flatMap(({ verdict: { problems } }) => problems)),
      ...findings.map((finding) => toProblem(cluster, finding)),
    ],
    waived,
    generated: ids.filter((id) => facts.generated.includes(id)),
    custom: ids.filter((id) => !facts.generated.includes(id)),
    junit: Object.fromEntries(ofSchemas.map(({ set, verdict: { junit } }) => [set.version, junit])),
  };
}

/** `builds`: what each of the two kustomizes made of the overlay. */
export function describeFailedBuild(tree: Tree, cluster: string, builds: readonly OverlayBuild[]): ClusterVerdict {
  const problems = [...validateCustomFolder(tree, cluster), kustomizeFailed(`overlays/${cluster}`, builds)];
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

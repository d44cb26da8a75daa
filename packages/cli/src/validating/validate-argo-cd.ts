import type { ClusterFacts } from '@meshrs/manifests';
import { appsFolder, bootstrapFile, settingsFolder } from '@meshrs/manifests/folders';
import { digestTree, subtree } from '../repository/tree.ts';
import { buildFolder, type OverlayBuild, type TreeOnDisk } from '../kustomize/build-overlay.ts';
import type { Validators } from './validators.ts';
import { kustomizeDiffers, kustomizeFailed } from './kustomize-problems.ts';
import type { Problem } from '../problems/problem.ts';
import { cacheKey, type ResultCache } from '../tools/result-cache.ts';

/**
 * What validation says of clusters/<cluster>: what an administrator applies once, and what the root Application does.
 */
export interface ArgoCdVerdict {
  readonly cluster: string;
  readonly problems: readonly Problem[];
  /** How many objects were validated. */
  readonly objects: number;
  /** kubeconform's reports, by version of Argo CD. */
  readonly junit: Readonly<Record<string, string>>;
}

/**
 * Holds a cluster's Applications, projects and settings against kustomize and the schemas of each Argo CD in support.
 */
export async function validateArgoCd(
  repository: string,
  place: TreeOnDisk,
  { cluster }: ClusterFacts,
  validators: Validators,
  cache: ResultCache,
): Promise<ArgoCdVerdict> {
  const folder = `clusters/${cluster}`;
  const own = subtree(place.tree, [folder]);
  const key = cacheKey([
    'verdict on clusters',
    validators.identity,
    validators.kustomize.fingerprint,
    validators.kustomizeOfArgoCd.fingerprint,
    validators.kubeconform.fingerprint,
    validators.schemas.fingerprint,
    digestTree(own),
  ]);
  const known = cache.get(key);
  if (known !== undefined) return JSON.parse(known) as ArgoCdVerdict;
  const [apps, appsOfArgoCd] = await Promise.all(
    [validators.kustomize, validators.kustomizeOfArgoCd].map((program) =>
      buildFolder(program, place.root, appsFolder(cluster)),
    ),
  );
  if (!apps?.ok || !appsOfArgoCd?.ok) {
    return { cluster, problems: [failed(folder, [apps, appsOfArgoCd])], objects: 0, junit: {} };
  }
  const files = [...own].filter(
    ([path]) => path === bootstrapFile(cluster) || path.startsWith(`${settingsFolder(cluster)}/`),
  );
  const yaml = [apps.yaml, ...files.map(([, content]) => content.toString('utf8'))].join('---\n');
  const [{ parseBuild }, { validateSchemas }] = await Promise.all([
    import('../kustomize/parse-build.ts'),
    import('./validate-schemas.ts'),
  ]);
  const objects = parseBuild(yaml);
  const ofSchemas = await Promise.all(
    validators.schemas.argoCd.map(async (set) => ({
      set,
      verdict: await validateSchemas(
        validators.kubeconform.path,
        repository,
        { where: folder, yaml, objects, isGenerated: () => true },
        set,
      ),
    })),
  );
  const verdict: ArgoCdVerdict = {
    cluster,
    problems: [
      ...(apps.yaml === appsOfArgoCd.yaml ? [] : [kustomizeDiffers(folder, apps.yaml, appsOfArgoCd.yaml)]),
      ...ofSchemas.flatMap(({ verdict: { problems } }) => problems),
    ],
    objects: objects.length,
    junit: Object.fromEntries(ofSchemas.map(({ set, verdict: { junit } }) => [set.version, junit])),
  };
  cache.set(key, JSON.stringify(verdict));
  return verdict;
}

function failed(folder: string, builds: readonly (OverlayBuild | undefined)[]): Problem {
  const error = builds.flatMap((build) => (build?.ok === false ? [build.error] : []))[0] ?? '';
  return kustomizeFailed(folder, error);
}

import type { ClusterFacts } from '@meshrs/manifests';
import { appsFolder, bootstrapFile, settingsFolder } from '@meshrs/manifests/folders';
import { digestTree, subtree } from '../build/tree.ts';
import { buildFolder, type Built, type TreeOnDisk } from './build-overlay.ts';
import type { Judges } from './judge-cluster.ts';
import { kustomizeDiffers, kustomizeFailed } from './kustomize-problems.ts';
import type { Problem } from './problem.ts';
import { cacheKey, type ResultCache } from './result-cache.ts';

/**
 * What the judges say of clusters/<cluster>: what an administrator applies once, and what the root Application does.
 */
export interface ArgoCdVerdict {
  readonly cluster: string;
  readonly problems: readonly Problem[];
  /** How many objects were judged. */
  readonly objects: number;
  /** kubeconform's reports, by version of Argo CD. */
  readonly junit: Readonly<Record<string, string>>;
}

/**
 * Holds a cluster's Applications, projects and settings against kustomize and the schemas of each Argo CD in support.
 */
export async function judgeArgoCd(
  repository: string,
  place: TreeOnDisk,
  { cluster }: ClusterFacts,
  judges: Judges,
  cache: ResultCache,
): Promise<ArgoCdVerdict> {
  const folder = `clusters/${cluster}`;
  const own = subtree(place.tree, [folder]);
  const key = cacheKey([
    'verdict on clusters',
    judges.identity,
    judges.kustomize.fingerprint,
    judges.kustomizeOfArgoCd.fingerprint,
    judges.kubeconform.fingerprint,
    judges.schemas.fingerprint,
    digestTree(own),
  ]);
  const known = cache.get(key);
  if (known !== undefined) return JSON.parse(known) as ArgoCdVerdict;
  const [apps, appsOfArgoCd] = await Promise.all(
    [judges.kustomize, judges.kustomizeOfArgoCd].map((program) =>
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
  const [{ parseBuild }, { judgeSchemas }] = await Promise.all([
    import('./parse-build.ts'),
    import('./judge-schemas.ts'),
  ]);
  const objects = parseBuild(yaml);
  const ofSchemas = await Promise.all(
    judges.schemas.argoCd.map(async (set) => ({
      set,
      verdict: await judgeSchemas(
        judges.kubeconform.path,
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

function failed(folder: string, builds: readonly (Built | undefined)[]): Problem {
  const error = builds.flatMap((build) => (build?.ok === false ? [build.error] : []))[0] ?? '';
  return kustomizeFailed(folder, error);
}

import type { ClusterFacts } from '@meshrs/manifests';
import { appsFolder, bootstrapFile, interlockFolder, settingsFolder } from '@meshrs/manifests/folders';
import { digestTree, subtree } from '../repository/tree.ts';
import { buildFolder, type TreeOnDisk } from '../kustomize/build-overlay.ts';
import type { SchemaSet } from './schema-sets.ts';
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
  /** kubeconform's reports, by what they are about: "argocd-3.2", "interlock-1.36". */
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
  const settings = [...own].filter(
    ([path]) => path === bootstrapFile(cluster) || path.startsWith(`${settingsFolder(cluster)}/`),
  );
  const interlock = interlockFolder(cluster);
  const parts: readonly Part[] = [
    {
      report: 'argocd',
      where: `clusters/${cluster}`,
      folder: appsFolder(cluster),
      beside: settings.map(([, content]) => content.toString('utf8')),
      sets: validators.schemas.argoCd,
    },
    { report: 'interlock', where: interlock, folder: interlock, beside: [], sets: validators.schemas.kubernetes },
  ];
  const verdicts = await Promise.all(parts.map((part) => validatePart(repository, place, part, validators)));
  const verdict: ArgoCdVerdict = {
    cluster,
    problems: verdicts.flatMap(({ problems }) => problems),
    objects: verdicts.reduce((sum, { objects }) => sum + objects, 0),
    junit: Object.assign({}, ...verdicts.map(({ junit }) => junit)) as ArgoCdVerdict['junit'],
  };
  // A folder that could not be built is tried again.
  if (verdicts.every(({ isBuilt }) => isBuilt)) cache.set(key, JSON.stringify(verdict));
  return verdict;
}

interface Part {
  /** Beginning of the name of its report; the version of what takes the objects follows. */
  readonly report: string;
  /** What its problems are said of. */
  readonly where: string;
  readonly folder: string;
  /** YAML that is applied without kustomize. */
  readonly beside: readonly string[];
  readonly sets: readonly SchemaSet[];
}

async function validatePart(
  repository: string,
  place: TreeOnDisk,
  { report, where, folder, beside, sets }: Part,
  validators: Validators,
): Promise<Omit<ArgoCdVerdict, 'cluster'> & { readonly isBuilt: boolean }> {
  const [built, ofArgoCd] = await Promise.all(
    [validators.kustomize, validators.kustomizeOfArgoCd].map((program) => buildFolder(program, place.root, folder)),
  );
  if (!built?.ok || !ofArgoCd?.ok) {
    return { isBuilt: false, problems: [kustomizeFailed(where, [built, ofArgoCd])], objects: 0, junit: {} };
  }
  const yaml = [built.yaml, ...beside].join('---\n');
  const [{ parseBuild }, { validateSchemas }] = await Promise.all([
    import('../kustomize/parse-build.ts'),
    import('./validate-schemas.ts'),
  ]);
  const objects = parseBuild(yaml);
  const ofSchemas = await Promise.all(
    sets.map(async (set) => ({
      set,
      verdict: await validateSchemas(
        validators.kubeconform.path,
        repository,
        { where, yaml, objects, isGenerated: () => true },
        set,
      ),
    })),
  );
  return {
    isBuilt: true,
    problems: [
      ...(built.yaml === ofArgoCd.yaml ? [] : [kustomizeDiffers(where, built.yaml, ofArgoCd.yaml)]),
      ...ofSchemas.flatMap(({ verdict: { problems } }) => problems),
    ],
    objects: objects.length,
    junit: Object.fromEntries(ofSchemas.map(({ set, verdict: { junit } }) => [`${report}-${set.version}`, junit])),
  };
}

import { labels } from '@meshrs/contract';
import { changedPaths, type ChangedPath, type ObjectView } from '@meshrs/manifests/built';
import { isGenerated } from '../generated.ts';

/*
 * What a label or an annotation does is known by its key. Keys without a prefix are private to users (Kubernetes
 * documentation, "Labels and Selectors"), but for those by which route servers are found.
 */

/** By which route servers, sides and gates are found. */
const finding: readonly string[] = Object.values(labels);

/** Prefixes of keys that no program reads to do something, or that a file of `src/kinds` looks at. */
const known = {
  labels: ['app.kubernetes.io/', 'argocd.argoproj.io/', 'kubernetes.io/metadata.name', 'pod-security.kubernetes.io/'],
  annotations: [
    'app.kubernetes.io/',
    'argocd.argoproj.io/',
    'config.kubernetes.io/',
    'kubectl.kubernetes.io/',
    'kubernetes.io/description',
    'meshrs.dev/',
    'meta.helm.sh/',
    'prometheus.io/',
    'waive.meshrs.dev/',
  ],
} as const;

/** Looked at by `kinds/services.ts`, both prefixes of which MetalLB reads. */
export const metallbPrefixes: readonly string[] = ['metallb.io/', 'metallb.universe.tf/'];

/** Labels and annotations of which nobody can say what a change does. */
export function unknownMetadata(before: ObjectView, after: ObjectView): readonly ChangedPath[] {
  const [old, next] = [before.metadata, after.metadata];
  const isService = before.kind === 'Service';
  // Of the user's own objects only a pod is found by it: what is guarded is known by its name, or as a generated object.
  const isFree = (key: string): boolean =>
    key === labels.side && before.kind !== 'Pod' && ![before, after].some(isGenerated);
  return [
    ...changedKeys(old.labels, next.labels)
      .filter((key) => !isFree(key))
      .filter((key) => finding.includes(key) || (key.includes('/') && !isKnown(known.labels, key)))
      .map((key) => change('labels', key, old.labels, next.labels)),
    ...changedKeys(old.annotations, next.annotations)
      .filter((key) => key.includes('/') && !isKnown(known.annotations, key))
      .filter((key) => !(isService && isKnown(metallbPrefixes, key)))
      .map((key) => change('annotations', key, old.annotations, next.annotations)),
    ...replacing(old.annotations, next.annotations),
    ...(['ownerReferences', 'finalizers', 'generateName'] as const).flatMap((field) =>
      changedPaths(old[field], next[field], `metadata.${field}`),
    ),
  ];
}

type Texts = Readonly<Record<string, string>>;

/** Argo CD deletes and makes anew what has these words among its options (Argo CD documentation, "Sync Options"). */
function replacing(old: Texts, next: Texts): readonly ChangedPath[] {
  const key = 'argocd.argoproj.io/sync-options';
  const has = ({ [key]: options = '' }: Texts): boolean => /\b(Replace|Force)=true\b/.test(options);
  return has(next) && old[key] !== next[key] ? [change('annotations', key, old, next)] : [];
}

function change(field: string, key: string, old: Texts, next: Texts): ChangedPath {
  const text = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : JSON.stringify(value);
  return { path: `metadata.${field}[${key}]`, before: text(old[key]), after: text(next[key]) };
}

function changedKeys(old: Texts, next: Texts): string[] {
  return [...new Set([...Object.keys(old), ...Object.keys(next)])].filter((key) => old[key] !== next[key]);
}

function isKnown(prefixes: readonly string[], key: string): boolean {
  return prefixes.some((prefix) => key.startsWith(prefix));
}

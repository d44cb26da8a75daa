import type { KubernetesObject } from './core-types.ts';

interface ArgoCdObject<Kind extends string, Spec> extends KubernetesObject {
  readonly apiVersion: 'argoproj.io/v1alpha1';
  readonly kind: Kind;
  readonly spec: Spec;
}

/** A cluster as Argo CD knows it: by the address of its API, or by the name it was added under. */
export type ClusterReference = { readonly server: string } | { readonly name: string };

export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** Argo CD documentation, "Application Specification"; the fields used here, which 3.2 and 3.5 both have. */
export type Application = ArgoCdObject<
  'Application',
  {
    readonly project: string;
    readonly source: {
      readonly repoURL: string;
      readonly targetRevision: string;
      /** Folder of the repository; or a chart of a chart repository. */
      readonly path?: string;
      readonly chart?: string;
      readonly helm?: { readonly releaseName: string; readonly valuesObject: Readonly<Record<string, unknown>> };
    };
    readonly destination: ClusterReference & { readonly namespace: string };
    readonly ignoreDifferences?: readonly {
      /** Left out: the core group. Argo CD drops an empty one, and would see a difference for ever. */
      readonly group?: string;
      readonly kind: string;
      readonly name?: string;
      readonly jqPathExpressions?: readonly string[];
      readonly jsonPointers?: readonly string[];
    }[];
    readonly syncPolicy: {
      readonly automated: { readonly prune: boolean; readonly selfHeal: boolean };
      readonly managedNamespaceMetadata?: { readonly labels: Readonly<Record<string, string>> };
      readonly syncOptions: readonly string[];
      readonly retry: {
        /** Negative: for ever. */
        readonly limit: number;
        /** A retry takes the newest commit. */
        readonly refresh: boolean;
        readonly backoff: { readonly duration: string; readonly factor: number; readonly maxDuration: string };
      };
    };
  }
>;

/** Argo CD documentation, "Sync Windows". */
export interface SyncWindow {
  readonly kind: 'allow' | 'deny';
  readonly schedule: string;
  readonly duration: string;
  readonly applications: readonly string[];
  readonly manualSync: boolean;
  readonly timeZone: string;
}

/** Argo CD documentation, "Projects"; the fields used here. */
export type AppProject = ArgoCdObject<
  'AppProject',
  {
    readonly description: string;
    readonly sourceRepos: readonly string[];
    readonly destinations: readonly (ClusterReference & { readonly namespace: string })[];
    /** Left out: none. */
    readonly clusterResourceWhitelist?: readonly GroupKind[];
    readonly namespaceResourceWhitelist: readonly GroupKind[];
    readonly syncWindows?: readonly SyncWindow[];
  }
>;

/** The annotations that Argo CD reads (Argo CD documentation, "Annotations and Labels"). */
export const argoCdAnnotations = {
  hook: 'argocd.argoproj.io/hook',
  hookDeletePolicy: 'argocd.argoproj.io/hook-delete-policy',
  syncOptions: 'argocd.argoproj.io/sync-options',
  syncWave: 'argocd.argoproj.io/sync-wave',
  trackingId: 'argocd.argoproj.io/tracking-id',
} as const;

/** Those of Helm that Argo CD reads as its own (gitops-engine, `hook.go` and `syncwaves.go`), charts or not. */
export const helmAnnotations = ['helm.sh/hook', 'helm.sh/hook-delete-policy', 'helm.sh/hook-weight'] as const;

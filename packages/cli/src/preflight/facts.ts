import type { Known } from './known.ts';

/** What a look at a cluster brought; whatever could not be read says so. */
export interface PreflightFacts {
  /** "v1.36.3+k3s1" */
  readonly version: Known<string>;
  /** Plural names that admissionregistration.k8s.io/v1 serves. */
  readonly admissionKinds: Known<readonly string[]>;
  /** The validating plugins that the API server has run so far, by its metrics. */
  readonly admissionPlugins: Known<readonly string[]>;
  readonly controllers: ControllerFacts;
  readonly apiServers: ApiServerFacts;
  readonly nodes: Known<readonly NodeFacts[]>;
  readonly namespaces: {
    readonly routeServers: Known<NamespaceFacts | undefined>;
    readonly metallb: Known<NamespaceFacts | undefined>;
    readonly argoCd: Known<NamespaceFacts | undefined>;
  };
  readonly definitions: Known<readonly DefinitionFacts[]>;
  readonly turns: Known<readonly TurnFacts[]>;
  /** Deployments, DaemonSets and StatefulSets of all namespaces. */
  readonly workloads: Known<readonly WorkloadFacts[]>;
  readonly pools: Known<readonly PoolFacts[]>;
  /** Whether k3s has made the account of its ServiceLB. */
  readonly hasServiceLbAccount: Known<boolean>;
  readonly kubeProxy: Known<KubeProxyFacts | undefined>;
  readonly serviceRanges: Known<ServiceRangeFacts>;
  readonly secrets: readonly SecretFacts[];
  /** Webhooks that look at pods or Services which are made. */
  readonly webhooks: Known<readonly string[]>;
  /** What the API server says to a pod of each StatefulSet, in a dry run; undefined: the namespace is not there yet. */
  readonly trial: Known<TrialFacts | undefined>;
  readonly argoCd: ArgoCdFacts;
  /** What the first sync needs the person for. */
  readonly rights: readonly RightFacts[];
}

/** By which accounts Kubernetes' own controllers ask the API server. */
export interface ControllerFacts {
  /** Of the accounts that kube-controller-manager makes for its controllers, whether each is there. */
  readonly accounts: readonly { readonly name: string; readonly isThere: Known<boolean> }[];
  /** Whether the user that all of them share, where they have none, may make pods. */
  readonly sharedMay: Known<boolean>;
}

/** How many API servers there are. */
export interface ApiServerFacts {
  /** Addresses that the cluster's own EndpointSlice has, which a gate asks one by one. */
  readonly addresses: Known<readonly string[]>;
  /** Leases by which each of them says that it is there. */
  readonly identities: Known<number>;
}

export interface NodeFacts {
  readonly name: string;
  readonly side: string | undefined;
  /** node.kubernetes.io/exclude-from-external-load-balancers is there, with whatever value. */
  readonly isExcluded: boolean;
  /** Its label kubernetes.io/hostname. */
  readonly hostname: string | undefined;
  readonly isReady: boolean;
  readonly isSchedulable: boolean;
  readonly taints: readonly Taint[];
  readonly kubelet: string;
  readonly podRanges: readonly string[];
  readonly images: readonly string[];
}

export interface Taint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: string;
}

export interface NamespaceFacts {
  readonly isTerminating: boolean;
  /** Its label pod-security.kubernetes.io/enforce. */
  readonly podSecurity: string | undefined;
}

/** Who keeps an object, as far as it says so. */
export interface ObjectOwner {
  /** "Argo CD's Application meshrs-metallb-dci", "Helm's release metallb" */
  readonly words: string;
  /** Name of the Application, where it is one. */
  readonly application: string | undefined;
}

export interface DefinitionFacts {
  readonly name: string;
  readonly owner: ObjectOwner | undefined;
}

export interface TurnFacts {
  readonly name: string;
  readonly open: string | undefined;
}

export interface WorkloadFacts {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: ObjectOwner | undefined;
  readonly serviceAccount: string | undefined;
  readonly containers: readonly ContainerFacts[];
}

export interface ContainerFacts {
  readonly name: string;
  readonly image: string;
  readonly arguments: readonly string[];
  readonly environment: readonly {
    readonly name: string;
    readonly value?: string | undefined;
    /** The key of a ConfigMap that it comes from. */
    readonly configMapKey?: string | undefined;
  }[];
}

export interface PoolFacts {
  readonly namespace: string;
  readonly name: string;
  readonly owner: ObjectOwner | undefined;
  /** Prefixes, or ranges "first-last". */
  readonly addresses: readonly string[];
}

export interface KubeProxyFacts {
  /** "" is kube-proxy's own choice, iptables on Linux. */
  readonly mode: string;
  readonly isStrictArp: boolean;
}

export interface ServiceRangeFacts {
  readonly ranges: readonly string[];
  /** Whether these are all: a cluster without the kind ServiceCIDR shows only what a Service of it has. */
  readonly isWhole: boolean;
  /** Families for which there is at least an address. */
  readonly families: readonly ('ipv4' | 'ipv6')[];
}

export interface SecretFacts {
  readonly namespace: string;
  readonly name: string;
  readonly wantedKeys: readonly string[];
  /** Undefined: there is none. No value comes this far. */
  readonly found: Known<FoundSecret | undefined>;
}

export interface FoundSecret {
  readonly type: string;
  readonly keys: readonly { readonly name: string; readonly isEmpty: boolean; readonly endsALine: boolean }[];
}

export interface TrialFacts {
  readonly pods: readonly {
    readonly statefulSet: string;
    /** Undefined: a pod of it was taken. */
    readonly refusal: string | undefined;
    /** Containers that somebody's webhook put into it. */
    readonly added: readonly string[];
  }[];
}

export interface ArgoCdFacts {
  /** The ConfigMaps that meshrs writes keys of, by name; undefined: there is none. */
  readonly configMaps: Readonly<Record<string, Known<ConfigMapFacts | undefined>>>;
  /** When the pods of its application controller began, ISO 8601. */
  readonly controllerStarts: Known<readonly string[]>;
  /** The account of its application controller, "argocd-application-controller"; undefined: no workload says it. */
  readonly controllerAccount: string | undefined;
  /** What its application controller may do, of what the syncs need. */
  readonly rights: Known<readonly RightFacts[]>;
  /** Secrets by which it comes to the cluster in which it runs, where there are any. */
  readonly ownClusters: Known<readonly OwnClusterFacts[]>;
  readonly projects: Known<readonly ProjectFacts[]>;
}

export interface OwnClusterFacts {
  readonly secret: string;
  /** "own": its controller's. "user": another, whose name the token says where it says one, as the API server has it. */
  readonly access: { readonly by: 'own' } | { readonly by: 'user'; readonly name: string | undefined };
}

/** An AppProject, with the patterns of where its Applications may go. */
export interface ProjectFacts {
  readonly name: string;
  readonly destinations: readonly {
    readonly server: string;
    readonly name: string;
    readonly namespace: string;
  }[];
}

export interface ConfigMapFacts {
  readonly data: Readonly<Record<string, string>>;
  /** When a key was last written, by who owns it, ISO 8601. */
  readonly changedAt: Readonly<Record<string, string>>;
}

export interface RightFacts {
  /** "create ValidatingAdmissionPolicies" */
  readonly what: string;
  readonly isAllowed: Known<boolean>;
}

import { z } from 'zod';

/**
 * The parts of Kubernetes objects that rules read. What a build holds is observed, and a user's objects are in it:
 * other fields are let through, and every list or mapping may be missing.
 */

const labels = z.record(z.string(), z.string()).default({});
const text = z.string().optional();

/** A label selector of Kubernetes, and MetalLB's of nodes and Services. */
export const labelSelector = z.looseObject({
  matchLabels: labels,
  matchExpressions: z
    .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
    .default([]),
});

const metadata = z.looseObject({
  name: z.string(),
  namespace: text,
  labels,
  annotations: z.record(z.string(), z.string()).default({}),
});

/** Every object. */
export const objectView = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata });

const portReference = z.union([z.string(), z.number()]);
const probe = z
  .looseObject({
    httpGet: z.looseObject({ port: portReference }).optional(),
    tcpSocket: z.looseObject({ port: portReference }).optional(),
    grpc: z.looseObject({ port: z.number() }).optional(),
  })
  .optional();

const keyReference = z.looseObject({ name: z.string(), key: z.string(), optional: z.boolean().optional() }).optional();
const nameReference = z.looseObject({ name: z.string(), optional: z.boolean().optional() }).optional();

const container = z.looseObject({
  name: z.string(),
  restartPolicy: text,
  args: z.array(z.string()).default([]),
  ports: z.array(z.looseObject({ name: text, containerPort: z.number() })).default([]),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  env: z
    .array(
      z.looseObject({
        name: z.string(),
        valueFrom: z.looseObject({ configMapKeyRef: keyReference, secretKeyRef: keyReference }).optional(),
      }),
    )
    .default([]),
  envFrom: z.array(z.looseObject({ configMapRef: nameReference, secretRef: nameReference })).default([]),
});

const volumeSource = z
  .looseObject({
    name: z.string(),
    items: z.array(z.looseObject({ key: z.string() })).default([]),
    optional: z.boolean().optional(),
  })
  .optional();

const volume = z.looseObject({
  name: z.string(),
  configMap: volumeSource,
  secret: z.looseObject({ secretName: z.string(), optional: z.boolean().optional() }).optional(),
  projected: z
    .looseObject({
      sources: z.array(z.looseObject({ configMap: volumeSource, secret: volumeSource })).default([]),
    })
    .optional(),
});

const nodeTerm = z.looseObject({
  matchExpressions: z
    .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
    .default([]),
});

const podSpec = z.looseObject({
  serviceAccountName: text,
  terminationGracePeriodSeconds: z.number().optional(),
  hostNetwork: z.boolean().optional(),
  containers: z.array(container).default([]),
  initContainers: z.array(container).default([]),
  volumes: z.array(volume).default([]),
  imagePullSecrets: z.array(z.looseObject({ name: z.string() })).default([]),
  affinity: z
    .looseObject({
      nodeAffinity: z
        .looseObject({
          requiredDuringSchedulingIgnoredDuringExecution: z
            .looseObject({ nodeSelectorTerms: z.array(nodeTerm).default([]) })
            .optional(),
        })
        .optional(),
      podAntiAffinity: z
        .looseObject({
          requiredDuringSchedulingIgnoredDuringExecution: z
            .array(z.looseObject({ topologyKey: z.string(), labelSelector: labelSelector.optional() }))
            .default([]),
        })
        .optional(),
    })
    .optional(),
});

const podTemplate = z.looseObject({
  metadata: z.looseObject({ labels, annotations: labels }).prefault({}),
  spec: podSpec,
});

const object = <S extends z.ZodRawShape>(spec: S) => objectView.extend({ spec: z.looseObject(spec) });

/** Workloads whose pods follow a template; bare pods and jobs beside them. */
export const workloadViews = {
  StatefulSet: object({
    replicas: z.number().default(1),
    serviceName: text,
    selector: labelSelector,
    template: podTemplate,
  }),
  Deployment: object({ replicas: z.number().default(1), selector: labelSelector, template: podTemplate }),
  ReplicaSet: object({ replicas: z.number().default(1), selector: labelSelector, template: podTemplate }),
  DaemonSet: object({ selector: labelSelector, template: podTemplate }),
  Job: object({ template: podTemplate }),
  CronJob: object({
    jobTemplate: z.looseObject({ spec: z.looseObject({ template: podTemplate }) }),
  }),
  Pod: objectView.extend({ spec: podSpec }),
} as const;

export const serviceView = object({
  type: z.string().default('ClusterIP'),
  clusterIP: text,
  externalTrafficPolicy: text,
  externalIPs: z.array(z.string()).default([]),
  loadBalancerClass: text,
  loadBalancerIP: text,
  publishNotReadyAddresses: z.boolean().default(false),
  selector: labels,
  ipFamilies: z.array(z.string()).default([]),
  ports: z
    .array(
      z.looseObject({
        name: text,
        port: z.number(),
        protocol: z.string().default('TCP'),
        targetPort: portReference.optional(),
      }),
    )
    .default([]),
});

const numberOrShare = z.union([z.int().min(0), z.string().regex(/^\d{1,3}%$/)]);
export const budgetView = object({
  selector: labelSelector.optional(),
  minAvailable: numberOrShare.optional(),
  maxUnavailable: numberOrShare.optional(),
});

export const networkPolicyView = object({
  podSelector: labelSelector.prefault({}),
  policyTypes: z.array(z.string()).default([]),
  ingress: z.array(z.looseObject({})).default([]),
  egress: z.array(z.looseObject({})).default([]),
});

export const configMapView = objectView.extend({
  data: z.record(z.string(), z.string()).default({}),
  binaryData: z.record(z.string(), z.string()).default({}),
});

export const serviceAccountView = objectView.extend({
  secrets: z.array(z.looseObject({ name: text })).default([]),
  imagePullSecrets: z.array(z.looseObject({ name: text })).default([]),
});

export const roleBindingView = objectView.extend({
  roleRef: z.looseObject({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.looseObject({ kind: z.string(), name: z.string(), namespace: text })).default([]),
});

export const addressPoolView = object({
  addresses: z.array(z.string()).default([]),
  serviceAllocation: z
    .looseObject({
      namespaces: z.array(z.string()).default([]),
      namespaceSelectors: z.array(labelSelector).default([]),
      serviceSelectors: z.array(labelSelector).default([]),
    })
    .optional(),
});

export const bgpAdvertisementView = object({
  ipAddressPools: z.array(z.string()).default([]),
  ipAddressPoolSelectors: z.array(labelSelector).default([]),
  nodeSelectors: z.array(labelSelector).default([]),
  peers: z.array(z.string()).default([]),
  serviceSelectors: z.array(labelSelector).default([]),
  communities: z.array(z.string()).default([]),
  localPref: z.number().default(0),
  aggregationLength: z.number().optional(),
  aggregationLengthV6: z.number().optional(),
});

/** MetalLB API, "Community": names of communities. */
export const communityView = object({
  communities: z.array(z.looseObject({ name: z.string().default(''), value: z.string().default('') })).default([]),
});

export const l2AdvertisementView = object({
  ipAddressPools: z.array(z.string()).default([]),
  ipAddressPoolSelectors: z.array(labelSelector).default([]),
  serviceSelectors: z.array(labelSelector).default([]),
  nodeSelectors: z.array(labelSelector).default([]),
});

export const bgpPeerView = object({
  myASN: z.number(),
  peerASN: z.number().optional(),
  dynamicASN: text,
  localASN: z.number().optional(),
  peerAddress: text,
  interface: text,
  password: text,
  holdTime: text,
  bfdProfile: text,
  keepaliveTime: text,
  routerID: text,
  vrf: text,
  connectTime: text,
  ebgpMultiHop: z.boolean().default(false),
  passwordSecret: z.looseObject({ name: text }).optional(),
  nodeSelectors: z.array(labelSelector).default([]),
});

const frrPrefixes = z.array(z.string()).default([]);

/** frr-k8s API, "Advertise" and "Receive". */
const frrAdvertise = z.looseObject({
  allowed: z.looseObject({ prefixes: frrPrefixes, mode: text }).prefault({}),
  nextHop: z.looseObject({ ipv4: text, ipv6: text }).prefault({}),
  withLocalPref: z.array(z.looseObject({ prefixes: frrPrefixes, localPref: z.number().default(0) })).default([]),
  withCommunity: z.array(z.looseObject({ prefixes: frrPrefixes, community: z.string().default('') })).default([]),
});
const frrReceive = z.looseObject({
  allowed: z
    .looseObject({
      mode: text,
      prefixes: z
        .array(
          z.looseObject({
            prefix: z.string().default(''),
            le: z.number().default(0),
            ge: z.number().default(0),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

const frrNeighbor = z.looseObject({
  address: text,
  interface: text,
  asn: z.number().optional(),
  dynamicASN: text,
  localASN: z.number().optional(),
  password: text,
  passwordSecret: z.looseObject({ name: text }).optional(),
  dualStackAddressFamily: z.boolean().default(false),
  holdTime: text,
  keepaliveTime: text,
  connectTime: text,
  bfdProfile: text,
  toAdvertise: frrAdvertise.prefault({}),
  toReceive: frrReceive.prefault({}),
});

/** frr-k8s API, "FRRConfiguration". */
export const frrConfigurationView = object({
  nodeSelector: labelSelector.prefault({}),
  raw: z.looseObject({ rawConfig: z.string().default('') }).prefault({}),
  bgp: z
    .looseObject({
      routers: z
        .array(
          z.looseObject({
            asn: z.number(),
            id: text,
            vrf: text,
            prefixes: frrPrefixes,
            imports: z.array(z.looseObject({ vrf: z.string().default('') })).default([]),
            neighbors: z.array(frrNeighbor).default([]),
          }),
        )
        .default([]),
      bfdProfiles: z.array(z.looseObject({ name: z.string() })).default([]),
    })
    .prefault({}),
});

export type ObjectView = z.output<typeof objectView>;
export type PodTemplateView = z.output<typeof podTemplate>;
export type ContainerView = z.output<typeof container>;
export type SelectorView = z.output<typeof labelSelector>;
export type ServiceView = z.output<typeof serviceView>;
export type BudgetView = z.output<typeof budgetView>;
export type NetworkPolicyView = z.output<typeof networkPolicyView>;
export type ConfigMapView = z.output<typeof configMapView>;
export type ServiceAccountView = z.output<typeof serviceAccountView>;
export type RoleBindingView = z.output<typeof roleBindingView>;
export type AddressPoolView = z.output<typeof addressPoolView>;
export type BgpAdvertisementView = z.output<typeof bgpAdvertisementView>;
export type CommunityView = z.output<typeof communityView>;
export type L2AdvertisementView = z.output<typeof l2AdvertisementView>;
export type FrrConfigurationView = z.output<typeof frrConfigurationView>;
export type FrrNeighborView = z.output<typeof frrNeighbor>;
export type BgpPeerView = z.output<typeof bgpPeerView>;

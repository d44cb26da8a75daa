import { labels, turnKind, turnName } from '@meshrs/contract';
import { familyOf, type IpAddress, type IpPrefix } from '@meshrs/network';
import { argoCdObjects, clusterFacts, clusterObjects, interlockObjects, type RequiredSecret } from '@meshrs/manifests';
import { applicationNames } from '@meshrs/manifests/application-names';
import type { Node, Topology } from '@meshrs/topology';
import { z } from 'zod';

/** What the topology asks of a cluster, taken from the objects that are generated for it. */
export interface Wanted {
  readonly cluster: string;
  /** Key of the label by which a node belongs to a side. */
  readonly nodeLabel: string;
  readonly applications: ReturnType<typeof applicationNames>;
  readonly namespaces: { readonly routeServers: string; readonly metallb: string; readonly argoCd: string };
  readonly turn: string;
  readonly turnDefinition: string;
  readonly metallb: Topology['metallb'];
  readonly isBehindVip: boolean;
  readonly hasL2: boolean;
  readonly sides: readonly WantedSide[];
  readonly vips: readonly { readonly side: string; readonly address: IpAddress }[];
  readonly families: readonly ('ipv4' | 'ipv6')[];
  readonly podRanges: readonly IpPrefix[];
  readonly serviceRanges: readonly IpPrefix[];
  readonly pods: readonly WantedPod[];
  readonly podSecurity: string;
  readonly secrets: readonly RequiredSecret[];
  /** Kinds of what Argo CD applies, hooks and the interlock too, and where. */
  readonly applied: readonly AppliedKind[];
  /** What the generated Roles give to gates, agents and who opens by hand: nobody gives what he has not. */
  readonly granted: readonly GrantedRight[];
  /** Undefined: the cluster in which Argo CD runs. */
  readonly destination: string | undefined;
  readonly repository: string;
  /** Keys of Argo CD's own ConfigMaps. */
  readonly settings: readonly { readonly configMap: string; readonly key: string; readonly value: string }[];
  /** Kinds that Argo CD has to see. */
  readonly kinds: readonly { readonly group: string; readonly kind: string }[];
}

export interface AppliedKind {
  readonly group: string;
  readonly kind: string;
  /** Undefined: it is of no namespace. */
  readonly namespace: string | undefined;
}

export interface GrantedRight {
  readonly verb: string;
  readonly group: string;
  /** "pods/proxy" */
  readonly resource: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

export interface WantedSide {
  readonly name: string;
  /** Route servers, each on a node of its own. */
  readonly routeServers: number;
  readonly nodes: readonly (readonly [string, Node])[];
  readonly vips: readonly IpAddress[];
}

/** A pod of a StatefulSet. */
export interface WantedPod {
  readonly statefulSet: string;
  readonly side: string;
  readonly template: { readonly metadata: object; readonly spec: z.output<typeof podSpec> };
  readonly images: readonly string[];
}

const container = z.looseObject({ name: z.string(), image: z.string() });
const podSpec = z.looseObject({
  containers: z.array(container),
  initContainers: z.array(container).default([]),
  tolerations: z
    .array(
      z.object({
        key: z.string().optional(),
        operator: z.string().optional(),
        value: z.string().optional(),
        effect: z.string().optional(),
      }),
    )
    .default([]),
});
const statefulSet = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }),
  spec: z.object({ template: z.object({ metadata: z.looseObject({}), spec: podSpec }) }),
});
const withData = z.object({ metadata: z.object({ name: z.string() }), data: z.record(z.string(), z.string()) });
const groupKinds = z.array(z.object({ group: z.string(), kind: z.string() })).default([]);
const project = z.object({
  spec: z.object({ clusterResourceWhitelist: groupKinds, namespaceResourceWhitelist: groupKinds }),
});
const labelled = z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }) });

const applied = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ namespace: z.string().optional() }),
});
const role = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
  metadata: z.object({ namespace: z.string().optional() }),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      resourceNames: z.array(z.string()).default([]),
      verbs: z.array(z.string()),
    }),
  ),
});

export function wantedOf(topology: Topology, cluster: string, sides: readonly string[]): Wanted {
  const scope = { cluster, topology, hasCustom: false };
  const objects = clusterObjects(scope);
  const argoCd = argoCdObjects(scope, `overlays/${cluster}`);
  const all = [...objects, ...interlockObjects(scope).map(({ object }) => object)];
  const place = topology.placement.clusters[cluster];
  const { routeServers, metallb, gitops, management } = topology;
  const vips = sides.flatMap((side) => (topology.sides[side]?.vips ?? []).map((address) => ({ side, address })));
  const namespace = objects.find(({ kind }) => kind === 'Namespace');
  return {
    cluster,
    nodeLabel: topology.placement.nodeLabel,
    applications: applicationNames(cluster),
    namespaces: { routeServers: routeServers.namespace, metallb: metallb.namespace, argoCd: gitops.namespace },
    turn: turnName(routeServers),
    turnDefinition: `${turnKind.plural}.${turnKind.group}`,
    metallb,
    isBehindVip: routeServers.exposure === 'loadBalancer',
    hasL2: management?.enabled === true,
    sides: sides.map((name) => ({
      name,
      routeServers: Object.values(topology.sides[name]?.statefulSets ?? {}).reduce((sum, one) => sum + one.replicas, 0),
      nodes: Object.entries(topology.nodes).filter(([, { side }]) => side === name),
      vips: topology.sides[name]?.vips ?? [],
    })),
    vips,
    families: [...new Set(vips.map(({ address }) => familyOf(address)))],
    podRanges: place?.podRanges ?? [],
    serviceRanges: place?.serviceRanges ?? [],
    pods: objects.filter(({ kind }) => kind === 'StatefulSet').map(toPod),
    podSecurity: labelled.parse(namespace).metadata.labels['pod-security.kubernetes.io/enforce'] ?? 'restricted',
    secrets: clusterFacts(scope).requiredSecrets,
    applied: unique([...all.map(toApplied), ...(metallb.chart.install ? chartWorkloads(metallb.namespace) : [])]),
    granted: unique(all.flatMap(toGranted)),
    destination: place?.destination,
    repository: gitops.repository,
    settings: argoCd
      .filter(({ kind }) => kind === 'ConfigMap')
      .map((object) => withData.parse(object))
      .flatMap(({ metadata, data }) =>
        Object.entries(data).map(([key, value]) => ({ configMap: metadata.name, key, value })),
      ),
    kinds: argoCd
      .filter(({ kind }) => kind === 'AppProject')
      .map((object) => project.parse(object).spec)
      .flatMap((spec) => [...spec.clusterResourceWhitelist, ...spec.namespaceResourceWhitelist]),
  };
}

function toPod(object: object): WantedPod {
  const { metadata, spec } = statefulSet.parse(object);
  const { containers, initContainers } = spec.template.spec;
  return {
    statefulSet: metadata.name,
    side: metadata.labels[labels.side] ?? '',
    template: spec.template,
    images: [...new Set([...initContainers, ...containers].map(({ image }) => image))],
  };
}

function toApplied(object: object): AppliedKind {
  const { apiVersion, kind, metadata } = applied.parse(object);
  return { group: apiVersion.includes('/') ? apiVersion.replace(/\/.*/, '') : '', kind, namespace: metadata.namespace };
}

/** Of MetalLB's chart, what stands for the rest of it. */
function chartWorkloads(namespace: string): AppliedKind[] {
  return [
    { group: 'apps', kind: 'DaemonSet', namespace },
    { group: 'apps', kind: 'Deployment', namespace },
    { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration', namespace: undefined },
  ];
}

function toGranted(object: object): GrantedRight[] {
  const read = role.safeParse(object);
  if (!read.success) return [];
  const { metadata, rules } = read.data;
  return rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          (resourceNames.length === 0 ? [undefined] : resourceNames).map((name) => ({
            ...{ verb, group, resource, name, namespace: metadata.namespace },
          })),
        ),
      ),
    ),
  );
}

function unique<T extends object>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

import { labels, turnKind, turnName } from '@meshrs/contract';
import { familyOf, type IpAddress, type IpPrefix } from '@meshrs/network';
import { argoCdObjects, clusterFacts, clusterObjects, type RequiredSecret } from '@meshrs/manifests';
import { applicationNames } from '@meshrs/manifests/application-names';
import type { Node, Topology } from '@meshrs/topology';
import { z } from 'zod';

/** What the topology asks of a cluster, taken from the objects that are generated for it. */
export interface Wanted {
  readonly cluster: string;
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
  /** Undefined: the cluster in which Argo CD runs. */
  readonly destination: string | undefined;
  readonly repository: string;
  /** Keys of Argo CD's own ConfigMaps. */
  readonly settings: readonly { readonly configMap: string; readonly key: string; readonly value: string }[];
  /** Kinds that Argo CD has to see. */
  readonly kinds: readonly { readonly group: string; readonly kind: string }[];
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

export function wantedOf(topology: Topology, cluster: string, sides: readonly string[]): Wanted {
  const scope = { cluster, topology, hasCustom: false };
  const objects = clusterObjects(scope);
  const argoCd = argoCdObjects(scope, `overlays/${cluster}`);
  const place = topology.placement.clusters[cluster];
  const { routeServers, metallb, gitops, management } = topology;
  const vips = sides.flatMap((side) => (topology.sides[side]?.vips ?? []).map((address) => ({ side, address })));
  const namespace = objects.find(({ kind }) => kind === 'Namespace');
  return {
    cluster,
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

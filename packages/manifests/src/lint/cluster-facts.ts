import { gateRevision, labels, podName } from '@meshrs/contract';
import { passwordSecretsOf } from '@meshrs/topology';
import { formatKind } from '../argo-cd/allowed-kinds.ts';
import { routeServersProject } from '../argo-cd/app-projects.ts';
import { imagePullSecretsOf, speakersOf } from '../argo-cd/metallb-chart.ts';
import { closingNames, gateAccount, gateName, managementName, removalGateName } from '../names.ts';
import type { KubernetesObject } from '../kubernetes/core-types.ts';
import { objectId } from '../built/object-id.ts';
import { serviceView } from '../built/views.ts';
import { clusterObjects } from '../layout/cluster-objects.ts';
import type { GeneratedSide } from '../argo-cd/side-revision.ts';
import { gateOf, generatedSide, removalGateOf, sideFolder } from '../layout/side-folder.ts';
import { closingPods } from '../objects/gate-pod.ts';
import { enginePods } from '../pod/engines.ts';
import { sidesOf, type ClusterScope } from '../scope.ts';
import { compareText } from '../sorted.ts';

/**
 * What the topology says about a cluster and a build cannot: what is meant. Plain data, the same when it comes back
 * from JSON.
 */
export interface ClusterFacts {
  readonly cluster: string;
  /** Namespace of the route servers. */
  readonly namespace: string;
  readonly metallbNamespace: string;
  readonly metallbBackend: Backend;
  /** The class of load balancers that the VIPs have, and MetalLB serves; undefined: none. */
  readonly loadBalancerClass: string | undefined;
  /** Key of the label by which a node belongs to a side. */
  readonly nodeLabel: string;
  /** Value of the label "app" on every route server. */
  readonly app: string;
  readonly sides: readonly string[];
  readonly routeServers: readonly { readonly pod: string; readonly statefulSet: string; readonly side: string }[];
  /** Names of the pods that the selector of an object is meant to select, by the object's id. */
  readonly selectedPods: Readonly<Record<string, readonly string[]>>;
  readonly requiredSecrets: readonly RequiredSecret[];
  /** The arguments of each gate, and of what closes the turn, by the id of its pod. */
  readonly gates: Readonly<Record<string, readonly string[]>>;
  /** Each side as it is generated, before a component of the user's. */
  readonly generatedSides: Readonly<Record<string, GeneratedSide>>;
  /** Ids of the objects that bear the revision of their side. */
  readonly marked: readonly string[];
  /** Who has an address that no Service may have: clients, and routers at their loopbacks. */
  readonly takenAddresses: readonly { readonly address: string; readonly owner: string }[];
  /** What Argo CD's project allows to be applied: kinds, "group/Kind", and namespaces. */
  readonly project: { readonly kinds: readonly string[]; readonly namespaces: readonly string[] };
  /** The objects before a component of the user's, by id. Empty where there is none. */
  readonly generatedObjects: Readonly<Record<string, KubernetesObject>>;
  /** Ids of all generated objects. */
  readonly generated: readonly string[];
}

/** A Secret that the user creates; its value never stands in the repository. */
export interface RequiredSecret {
  readonly namespace: string;
  readonly name: string;
  readonly keys: readonly string[];
}

export function clusterFacts(scope: ClusterScope): ClusterFacts {
  const { topology, cluster } = scope;
  const { namespace, app } = topology.routeServers;
  const sides = sidesOf(scope);
  const routeServers = sides.flatMap(({ side, definition }) =>
    Object.entries(definition.statefulSets).flatMap(([statefulSet, { replicas }]) =>
      Array.from({ length: replicas }, (_, ordinal) => ({ pod: podName(statefulSet, ordinal), statefulSet, side })),
    ),
  );
  const objects = clusterObjects(scope);
  return {
    cluster,
    namespace,
    metallbNamespace: topology.metallb.namespace,
    metallbBackend: topology.metallb.backend,
    loadBalancerClass: classOf(objects),
    nodeLabel: topology.placement.nodeLabel,
    app,
    sides: sides.map(({ side }) => side),
    routeServers,
    selectedPods: selectedPods(scope, routeServers),
    requiredSecrets: requiredSecrets(scope),
    gates: gates(scope),
    generatedSides: Object.fromEntries(sides.map((side) => [side.side, generatedSide(side)])),
    marked: sides
      .flatMap(sideFolder)
      .filter(({ object }) => object.metadata.annotations?.[gateRevision] !== undefined)
      .map(({ object }) => objectId(object)),
    takenAddresses: takenByOthers(topology),
    project: permitted(scope),
    generatedObjects: scope.hasCustom ? Object.fromEntries(objects.map((object) => [objectId(object), object])) : {},
    generated: objects.map(objectId).sort(compareText),
  };
}

function takenByOthers({ clients, metallb, routers }: ClusterScope['topology']): ClusterFacts['takenAddresses'] {
  const claims = (owner: string, addresses: readonly string[]): ClusterFacts['takenAddresses'] =>
    addresses.map((address) => ({ address, owner }));
  return [
    ...Object.entries(clients).flatMap(([name, { addresses }]) => claims(`client ${name}`, addresses)),
    ...Object.entries(routers).flatMap(([name, { loopbacks }]) => claims(`router ${name}`, loopbacks)),
    ...Object.entries(metallb.anycastLoopbacks).flatMap(([name, { address }]) =>
      claims(`the anycast loopback ${name}`, [address]),
    ),
  ];
}

type Backend = ClusterScope['topology']['metallb']['backend'];

function classOf(objects: readonly KubernetesObject[]): string | undefined {
  const services = objects
    .map((object) => serviceView.safeParse(object).data)
    .filter((view) => view?.kind === 'Service');
  return services.find((view) => view?.spec.type === 'LoadBalancer')?.spec.loadBalancerClass;
}

function selectedPods(scope: ClusterScope, routeServers: ClusterFacts['routeServers']): ClusterFacts['selectedPods'] {
  const { mesh, app, namespace, exposure } = scope.topology.routeServers;
  const all = routeServers.map(({ pod }) => pod);
  const selected = new Map<string, readonly string[]>([
    [`Service ${namespace}/${mesh.service}`, all],
    [`PodDisruptionBudget ${namespace}/${app}`, all],
  ]);
  const sides = sidesOf(scope);
  selected.set(`NetworkPolicy ${namespace}/${gateAccount(app)}`, [
    ...sides.map(({ service }) => gateName(service)),
    ...Object.values(closingNames(app)),
    removalGateName(app),
  ]);
  for (const { side, service } of sides) {
    const ofSide = routeServers.filter((candidate) => candidate.side === side).map(({ pod }) => pod);
    if (exposure === 'loadBalancer') {
      selected.set(`Service ${namespace}/${service}`, ofSide);
      selected.set(`NetworkPolicy ${namespace}/${service}`, ofSide);
    }
    if (scope.topology.management?.enabled === true) {
      for (const pod of ofSide) selected.set(`Service ${namespace}/${managementName(pod)}`, [pod]);
    }
  }
  for (const { statefulSet } of routeServers) {
    const own = routeServers.filter((candidate) => candidate.statefulSet === statefulSet).map(({ pod }) => pod);
    selected.set(`StatefulSet ${namespace}/${statefulSet}`, own);
  }
  return Object.fromEntries(selected);
}

function gates(scope: ClusterScope): ClusterFacts['gates'] {
  return Object.fromEntries(
    [...sidesOf(scope).map(gateOf), removalGateOf(scope), ...Object.values(closingPods(scope))].map((pod) => [
      objectId(pod),
      pod.spec?.containers.flatMap(({ args = [] }) => args) ?? [],
    ]),
  );
}

function permitted(scope: ClusterScope): ClusterFacts['project'] {
  const { spec } = routeServersProject(scope);
  const kinds = [...(spec.clusterResourceWhitelist ?? []), ...spec.namespaceResourceWhitelist].map(formatKind);
  return { kinds: [...new Set(kinds)], namespaces: spec.destinations.map(({ namespace }) => namespace) };
}

function requiredSecrets(scope: ClusterScope): RequiredSecret[] {
  const { topology } = scope;
  const { routeServers, metallb } = topology;
  const sides = sidesOf(scope).map(({ side }) => side);
  const { engine, exposure, namespace } = routeServers;
  const references = [
    ...(speakersOf(topology) ? imagePullSecretsOf(topology) : routeServers.pods.pullSecrets).map((name) => ({
      ...{ namespace, name, key: '.dockerconfigjson' },
    })),
    ...(metallb.chart.values.imagePullSecrets ?? []).map((name) => ({
      ...{ namespace: metallb.namespace, name, key: '.dockerconfigjson' },
    })),
    ...enginePods[engine].secretKeys(routeServers).map(({ secret, key }) => ({ namespace, name: secret, key })),
    ...(exposure === 'loadBalancer'
      ? [...passwordSecretsOf(topology, sides).keys()].map((name) => ({
          ...{ namespace: metallb.namespace, name, key: 'password' },
        }))
      : []),
  ];
  const secrets = new Map<string, { namespace: string; name: string; keys: string[] }>();
  for (const { key, ...secret } of references) {
    const id = `${secret.namespace}/${secret.name}`;
    const known = secrets.get(id) ?? { ...secret, keys: [] };
    if (!known.keys.includes(key)) known.keys.push(key);
    secrets.set(id, known);
  }
  return [...secrets.values()];
}

/** The label by which pods and objects belong to a side. */
export const sideLabel = labels.side;

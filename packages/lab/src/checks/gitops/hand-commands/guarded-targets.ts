import { labels } from '@meshrs/contract';
import { nodesBySide, passwordSecretsOf, routeServersOf, serviceNameOf } from '@meshrs/topology';
import { kubectl } from '../../../kubernetes/kubectl.ts';
import { applicationNames, type GitopsContext } from '../context.ts';

/** An object as kubectl names it: "service/routeserver-a". */
export interface Target {
  /** With its group, so that the name is nobody else's: "bgppeers.metallb.io". */
  readonly kind: string;
  readonly name: string;
  /** Undefined for a kind without. */
  readonly namespace?: string;
}

/** What commands are typed against, as the cluster has it when they begin. */
export interface Targets {
  readonly objects: readonly Target[];
  readonly routeServers: readonly string[];
  readonly gates: readonly string[];
  /** With the labels by which each finds its pods. */
  readonly services: readonly {
    readonly name: string;
    readonly vip: string;
    readonly podLabels: Readonly<Record<string, string>>;
  }[];
  readonly nodes: readonly { readonly name: string; readonly side: string }[];
  /** Key of the label by which they belong to a side. */
  readonly nodeLabel: string;
  readonly namespace: string;
  readonly metallbNamespace: string;
  /** The Application of the route servers. */
  readonly application: string;
}

const kindsOfRouteServers = [
  ...['statefulsets.apps', 'services', 'configmaps', 'networkpolicies.networking.k8s.io'],
  ...['poddisruptionbudgets.policy', 'roles.rbac.authorization.k8s.io', 'rolebindings.rbac.authorization.k8s.io'],
];
const kindsOfMetallb = [
  ...['bgppeers.metallb.io', 'bgpadvertisements.metallb.io', 'ipaddresspools.metallb.io', 'bfdprofiles.metallb.io'],
  ...['daemonsets.apps', 'pods'],
];
const ofDefinitions = ['bgppeers.metallb.io', 'bgpadvertisements.metallb.io', 'ipaddresspools.metallb.io'];

export async function findTargets(context: GitopsContext): Promise<Targets> {
  const { topology } = context;
  const { namespace } = topology.routeServers;
  const metallbNamespace = topology.metallb.namespace;
  const routeServers = routeServersOf(topology).map(({ name }) => name);
  const found = await Promise.all([
    ...kindsOfRouteServers.map((kind) => listObjects(context, kind, namespace)),
    ...kindsOfMetallb.map((kind) => listObjects(context, kind, metallbNamespace)),
  ]);
  return {
    objects: [
      ...found.flat().filter(isOfSessions),
      ...routeServers.map((name) => ({ kind: 'pods', name, namespace })),
      // The one of a single side may be changed in its turn, stays so, and no sync puts it back.
      ...[...passwordSecretsOf(topology, Object.keys(topology.sides))]
        .filter(([, sides]) => sides.length > 1)
        .map(([name]) => ({ kind: 'secrets', name, namespace: metallbNamespace })),
      ...[namespace, metallbNamespace].map((name) => ({ kind: 'namespaces', name })),
      ...ofDefinitions.map((name) => ({ kind: 'customresourcedefinitions.apiextensions.k8s.io', name })),
      ...(await listObjects(context, 'turns.meshrs.dev')),
    ],
    routeServers,
    gates: Object.keys(topology.sides).map((side) => `${serviceNameOf(topology, side)}-gate`),
    services: Object.entries(topology.sides).flatMap(([side, { vips }]) =>
      vips.slice(0, 1).map((vip) => ({
        name: serviceNameOf(topology, side),
        vip,
        podLabels: { [labels.app]: topology.routeServers.app, [labels.side]: side },
      })),
    ),
    nodes: [...nodesBySide(topology)].flatMap(([side, nodes]) => nodes.map(([name]) => ({ name, side }))),
    nodeLabel: topology.placement.nodeLabel,
    namespace,
    metallbNamespace,
    application: applicationNames(context).routeServers,
  };
}

async function listObjects(
  { cluster, tools }: GitopsContext,
  kind: string,
  namespace?: string,
): Promise<readonly Target[]> {
  const inNamespace = namespace === undefined ? [] : ['--namespace', namespace];
  const text = await kubectl(cluster, tools, [...inNamespace, 'get', kind, '--output=name']);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({
      kind,
      name: line.slice(line.indexOf('/') + 1),
      ...(namespace !== undefined && { namespace }),
    }));
}

/**
 * MetalLB's controller holds no session, and nobody guards it. (Who gives its pod another owner can leave the ReplicaSet
 * without it until somebody touches that, seen on 1.36.3: no commit passes MetalLB's webhook meanwhile.)
 */
function isOfSessions({ kind, name }: Target): boolean {
  return name !== 'kube-root-ca.crt' && !(kind === 'pods' && name.includes('-controller-'));
}

import { labels, turnName } from '@meshrs/contract';
import { closingNames, fleetName, gateAccount, gateName, removalGateName } from '../names.ts';
import { isElsewhere } from '../argo-cd/destination.ts';
import { metallbChart } from '../argo-cd/metallb-chart.ts';
import { applicationNames } from '../argo-cd/names.ts';
import { sidesOf, type ClusterScope } from '../scope.ts';
import { sortedTexts } from '../sorted.ts';

/** What the policies of a fleet have in common. */
export interface GuardedFleet {
  /** The name of its turn. */
  readonly turn: string;
  readonly app: string;
  /** Namespace of the route servers. */
  readonly namespace: string;
  readonly metallbNamespace: string;
  readonly sides: readonly string[];
  /** Who writes the turn by itself, as the API server names it. */
  readonly users: { readonly gate: string; readonly agent: string };
  /** Their accounts, in the namespace. */
  readonly accounts: { readonly gate: string; readonly agent: string };
  /** The pods in which the gates' account is at work. */
  readonly gatePods: readonly string[];
  readonly speakers: Speakers;
  /** The side of each node that the topology names. */
  readonly nodes: Readonly<Record<string, string>>;
  readonly fleetConfigMap: string;
  /** The key of the label by which a node belongs to a side. */
  readonly nodeLabel: string;
  /** The labels by which selectors find the route servers. */
  readonly guardLabels: readonly string[];
  readonly argoCd: ArgoCd;
}

/** What is known of the Argo CD that applies the commits. */
export interface ArgoCd {
  /** Its namespace; undefined: it runs in another cluster, and reaches this one by an account that nobody here knows. */
  readonly namespace?: string;
  /** The names of the fleet's Applications. */
  readonly applications: readonly string[];
}

/** The accounts of MetalLB's speakers, as the API server names them: by the prefix of their namespace. */
export interface Speakers {
  readonly prefix: string;
  /** Undefined: somebody else installs MetalLB. */
  readonly name?: string;
}

export function fleetOf(scope: ClusterScope): GuardedFleet {
  const { metallb, routeServers } = scope.topology;
  const { app, namespace } = routeServers;
  return {
    turn: turnName({ app, namespace }),
    app,
    namespace,
    metallbNamespace: metallb.namespace,
    sides: sortedTexts(sidesOf(scope).map(({ side }) => side)),
    users: { gate: serviceAccount(namespace, gateAccount(app)), agent: serviceAccount(namespace, app) },
    accounts: { gate: gateAccount(app), agent: app },
    gatePods: sortedTexts([
      ...sidesOf(scope).map(({ service }) => gateName(service)),
      removalGateName(app),
      ...Object.values(closingNames(app)),
    ]),
    speakers: {
      prefix: serviceAccount(metallb.namespace, ''),
      // charts/metallb, "metallb.speaker.serviceAccountName"
      ...(metallb.chart.install && { name: `${metallbChart}-speaker` }),
    },
    nodes: Object.fromEntries(Object.entries(scope.topology.nodes).map(([name, { side }]) => [name, side])),
    fleetConfigMap: fleetName(app),
    nodeLabel: scope.topology.placement.nodeLabel,
    guardLabels: [labels.app, labels.side],
    argoCd: argoCdOf(scope),
  };
}

function argoCdOf({ cluster, topology }: ClusterScope): ArgoCd {
  return {
    ...(!isElsewhere(topology.placement.clusters[cluster]?.destination) && { namespace: topology.gitops.namespace }),
    applications: sortedTexts(Object.values(applicationNames(cluster))),
  };
}

/** The name under which the API server knows an account. */
export function serviceAccount(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

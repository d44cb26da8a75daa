import { labels, turnName } from '@meshrs/contract';
import { fleetName, gateAccount } from '../names.ts';
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
  readonly fleetConfigMap: string;
  readonly sideLabel: string;
  /** The labels by which selectors find the route servers. */
  readonly guardLabels: readonly string[];
}

export function fleetOf(scope: ClusterScope): GuardedFleet {
  const { app, namespace } = scope.topology.routeServers;
  return {
    turn: turnName({ app, namespace }),
    app,
    namespace,
    metallbNamespace: scope.topology.metallb.namespace,
    sides: sortedTexts(sidesOf(scope).map(({ side }) => side)),
    users: { gate: serviceAccount(namespace, gateAccount(app)), agent: serviceAccount(namespace, app) },
    fleetConfigMap: fleetName(app),
    sideLabel: labels.side,
    guardLabels: [labels.app, labels.side],
  };
}

/** The name under which the API server knows an account. */
export function serviceAccount(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

import { hostOf, type IpAddress } from '@meshrs/network';
import type { KubernetesObject } from '../kubernetes/core-types.ts';
import { metallbResources } from '../kubernetes/metallb-types.ts';
import { fleetName, gateAccount } from '../names.ts';
import { meshService } from '../objects/mesh-service.ts';
import { podDisruptionBudget } from '../objects/pod-disruption-budget.ts';
import { sidesOf, type ClusterScope } from '../scope.ts';
import { sortedTexts } from '../sorted.ts';
import type { GuardedObjects } from './guarded-objects.ts';

/** Names that a commit gives, each with its resource: "services/routeserver-a". */
export interface TakenNames {
  readonly routeServers: readonly string[];
  readonly metallb: readonly string[];
}

/** Names that nobody else gives, each with its resource. Of the kinds of MetalLB two may have one name. */
export function takenNames(scope: ClusterScope, guarded: GuardedObjects): TakenNames {
  const { app } = scope.topology.routeServers;
  const ofSides = guarded.ofSides.map(({ object }) => object);
  const accounts = [app, gateAccount(app)];
  const named = (objects: readonly KubernetesObject[], resources: Readonly<Record<string, string>>): string[] =>
    Object.entries(resources).flatMap(([resource, kind]) =>
      objects.filter((object) => object.kind === kind).map(({ metadata }) => `${resource}/${metadata.name}`),
    );
  return {
    routeServers: sortedTexts([
      ...named(ofSides, {
        ...{
          configmaps: 'ConfigMap',
          networkpolicies: 'NetworkPolicy',
          services: 'Service',
          statefulsets: 'StatefulSet',
        },
      }),
      `configmaps/${fleetName(app)}`,
      `services/${meshService(scope).metadata.name}`,
      `poddisruptionbudgets/${podDisruptionBudget(scope).metadata.name}`,
      ...['roles', 'rolebindings', 'serviceaccounts'].flatMap((kind) => accounts.map((name) => `${kind}/${name}`)),
    ]),
    metallb: sortedTexts(named([...ofSides, ...guarded.ofCluster], metallbResources)),
  };
}

/** Addresses that a Service of somebody's must not have. */
export interface TakenAddresses {
  readonly vips: readonly IpAddress[];
  /** Those of the routers to which MetalLB's speakers have sessions. */
  readonly routers: readonly IpAddress[];
  /** Those of the route servers on the network of management. */
  readonly management: readonly IpAddress[];
  /**
   * Those from which the speakers have their sessions, loopbacks of routers, and those of declared clients: of up to 1000 of these, since
   * cel-go reads no expression of more than 100 000 characters (its parser's ExpressionSizeCodePointLimit); `check` knows them all.
   */
  readonly nodes: readonly IpAddress[];
}

export function takenAddresses(scope: ClusterScope): TakenAddresses {
  const { clients, management, metallb, nodes, routers } = scope.topology;
  const ofClients = Object.values(clients).flatMap(({ addresses }) => addresses);
  const links = Object.values(nodes).flatMap((node) => node.links);
  return {
    vips: sidesOf(scope).flatMap(({ definition }) => definition.vips),
    routers: sortedTexts(Object.values(metallb.anycastLoopbacks).map(({ address }) => address)),
    management: management?.enabled === true ? sortedTexts(Object.values(management.addresses)) : [],
    nodes: sortedTexts([
      ...new Set([
        ...links.flatMap(({ nodeAddresses }) => nodeAddresses.map(hostOf)),
        ...Object.values(routers).flatMap(({ loopbacks }) => loopbacks),
        ...(ofClients.length > 1000 ? [] : ofClients),
      ]),
    ]),
  };
}

import { fleetKey, podName, type FleetFactsFile } from '@meshrs/contract';
import { allowedMissingOf, type Side } from '@meshrs/topology';
import type { ConfigMap } from '../kubernetes/core-types.ts';
import { sharedMetadata } from '../metadata.ts';
import { fleetName } from '../names.ts';
import type { ClusterScope } from '../scope.ts';
import { sortedEntries, sortedTexts } from '../sorted.ts';
import { writeYaml } from '../yaml/write-yaml.ts';

/**
 * What every route server knows of the whole fleet: router-ids, and whose turn it is. They belong to no side and are applied before the first one: a guard that does not
 * know a router-id evicts the route server that has it, so those of a side must be known to all others before it changes.
 */
export function fleetConfigMap(scope: Pick<ClusterScope, 'topology'>): ConfigMap {
  const { routeServers, sides } = scope.topology;
  const allowMissing = allowedMissingOf(scope.topology);
  const file: FleetFactsFile = {
    routerIds: routerIdsOf(Object.values(sides)),
    sides: sortedEntries(sides).map(([name, { statefulSets }]) => ({
      name,
      statefulSets: sortedTexts(Object.keys(statefulSets)),
    })),
    ...(allowMissing.length > 0 && { allowMissing }),
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: sharedMetadata(scope, fleetName(routeServers.app)),
    data: { [fleetKey]: writeYaml({ ...file }) },
  };
}

/** Router-ids by pod name, those of replicas to come too: a side that grows waits for nobody. */
export function routerIdsOf(sides: readonly Side[]): Record<string, string> {
  const ids = sides.flatMap(({ statefulSets }) =>
    Object.entries(statefulSets).flatMap(([statefulSet, { routerIds }]) =>
      routerIds.map((id, ordinal): [string, string] => [podName(statefulSet, ordinal), id]),
    ),
  );
  return Object.fromEntries(sortedEntries(Object.fromEntries(ids)));
}

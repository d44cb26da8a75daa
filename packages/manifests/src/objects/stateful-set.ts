import { volumes } from '@meshrs/contract';
import { persistenceOf } from '@meshrs/topology';
import { reconnectSeconds } from '../durations.ts';
import type { StatefulSet } from '../kubernetes/core-types.ts';
import { podTemplate, selectorLabels } from '../pod/pod-template.ts';
import type { SideScope } from '../scope.ts';
import { sortedEntries } from '../sorted.ts';
import { sideMetadata } from '../metadata.ts';

/** The route servers of a side: one StatefulSet or several, all behind the side's VIP. */
export function statefulSets(scope: SideScope): StatefulSet[] {
  return sortedEntries(scope.definition.statefulSets).map(([name, { replicas }]) => statefulSet(scope, name, replicas));
}

function statefulSet(scope: SideScope, name: string, replicas: number): StatefulSet {
  const { topology, side } = scope;
  const { app, mesh } = topology.routeServers;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: sideMetadata(scope, name),
    spec: {
      replicas,
      serviceName: mesh.service,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      minReadySeconds: reconnectSeconds(topology),
      selector: { matchLabels: selectorLabels(app, side, name) },
      template: podTemplate(scope, name),
      ...persistence(scope),
    },
  };
}

/** A volume for /config that outlives the pod, and the StatefulSet too: deleting one is a person's decision. */
function persistence({ topology, side }: SideScope): Partial<StatefulSet['spec']> {
  const wanted = persistenceOf(topology, side);
  if (!wanted) return {};
  return {
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    volumeClaimTemplates: [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: volumes.config },
        spec: {
          accessModes: ['ReadWriteOnce'],
          ...(wanted.storageClass !== undefined && { storageClassName: wanted.storageClass }),
          resources: { requests: { storage: wanted.size } },
        },
      },
    ],
  };
}

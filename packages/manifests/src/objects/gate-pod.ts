import { agentCommands, environment, gateArguments, ids, labels, roles } from '@meshrs/contract';
import { allowedMissingOf } from '@meshrs/topology';
import { gateHook } from '../argo-cd/gate-hook.ts';
import { gateWave } from '../argo-cd/waves.ts';
import { gateDeadlineSeconds } from '../durations.ts';
import { argoCdAnnotations } from '../kubernetes/argo-cd-types.ts';
import type { Pod } from '../kubernetes/core-types.ts';
import { agentResources } from '../pod/agent-containers.ts';
import { withoutPrivileges } from '../pod/security.ts';
import { apiAccessMount, apiAccessVolume, emptyVolume, mount } from '../pod/volumes.ts';
import { sidesOf, type SideScope } from '../scope.ts';
import { sortedEntries } from '../sorted.ts';
import { partOf } from '../metadata.ts';
import { fleetName, gateAccount, gateName, settingsName } from '../names.ts';

/**
 * Asks before a side goes whether every client of it has a session with another side; Argo CD runs it as a hook in the
 * wave before the side's. A Pod and not a Job: what its container says at its end becomes the message of the sync. It
 * needs no privilege with any engine, and carries neither the route servers' labels nor the side's.
 * `revision`: of the side's objects (`sideRevision`); undefined with a custom component, whose objects it does not know.
 */
export function gatePod(scope: SideScope, revision: string | undefined): Pod {
  const { topology, service, side } = scope;
  const { routeServers, gitops } = topology;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: gateName(service),
      namespace: routeServers.namespace,
      labels: { ...partOf, [labels.role]: roles.gate },
      annotations: {
        ...gateHook,
        [argoCdAnnotations.syncWave]: String(gateWave(scope)),
      },
    },
    spec: {
      restartPolicy: 'Never',
      activeDeadlineSeconds: gateDeadlineSeconds(topology),
      serviceAccountName: gateAccount(routeServers.app),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: ids.frr.user,
        runAsGroup: ids.frr.group,
        fsGroup: ids.frr.group,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: agentCommands.gate,
          image: routeServers.images.agent,
          args: gateArguments({
            next: side,
            sides: sidesOf(scope).map(({ side: name, definition, service: owner }) => ({
              name,
              statefulSets: sortedEntries(definition.statefulSets).map(([statefulSet]) => statefulSet),
              settings: settingsName(owner),
            })),
            selector: `${labels.app}=${routeServers.app}`,
            fleet: fleetName(routeServers.app),
            timeoutSeconds: gitops.gate.seconds,
            allowMissing: allowedMissingOf(topology),
            ...(revision !== undefined && { revision }),
          }),
          env: [{ name: environment.podNamespace, valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
          resources: agentResources(routeServers),
          securityContext: withoutPrivileges,
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          volumeMounts: [mount('scratch'), apiAccessMount],
        },
      ],
      volumes: [emptyVolume('scratch'), apiAccessVolume],
    },
  };
}

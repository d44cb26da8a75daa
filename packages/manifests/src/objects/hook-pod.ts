import { environment, ids } from '@meshrs/contract';
import type { Topology } from '@meshrs/topology';
import type { Pod } from '../kubernetes/core-types.ts';
import { gateAccount } from '../names.ts';
import { agentEnvironment, agentResources } from '../pod/agent-containers.ts';
import { podOptions, tolerationsOf } from '../pod/options.ts';
import { withoutPrivileges } from '../pod/security.ts';
import { apiAccessMount, apiAccessVolume, emptyVolume, mount } from '../pod/volumes.ts';

/**
 * A pod that runs a command of the agent once in a sync, and leaves its last word to Argo CD. It needs no privilege with any
 * engine. `makesPods`: which go when it goes, so that it has to know itself.
 */
export function hookPodSpec(
  { routeServers }: Pick<Topology, 'routeServers'>,
  command: {
    readonly name: string;
    readonly deadlineSeconds: number;
    readonly args: string[];
    readonly makesPods?: boolean;
  },
): NonNullable<Pod['spec']> {
  const { pods } = routeServers;
  const tolerations = tolerationsOf(pods);
  return {
    restartPolicy: 'Never',
    activeDeadlineSeconds: command.deadlineSeconds,
    serviceAccountName: gateAccount(routeServers.app),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...podOptions(pods),
    ...(tolerations.length > 0 && { tolerations }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: ids.frr.user,
      runAsGroup: ids.frr.group,
      fsGroup: ids.frr.group,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: command.name,
        image: routeServers.images.agent,
        args: command.args,
        env: [
          fieldOfPod(environment.podNamespace, 'metadata.namespace'),
          ...(command.makesPods === true
            ? [fieldOfPod(environment.podName, 'metadata.name'), fieldOfPod(environment.podUid, 'metadata.uid')]
            : []),
          ...agentEnvironment(routeServers),
        ],
        resources: agentResources(routeServers),
        securityContext: withoutPrivileges,
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        volumeMounts: [mount('scratch'), apiAccessMount],
      },
    ],
    volumes: [emptyVolume('scratch'), apiAccessVolume],
  };
}

function fieldOfPod(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

import { containers, labels, terminationGracePeriodSeconds, volumes } from '@meshrs/contract';
import { imagesOf, persistenceOf } from '@meshrs/topology';
import { drainTimes, livenessOf } from '../durations.ts';
import type { Container, PodTemplate } from '../kubernetes/core-types.ts';
import { partOf } from '../metadata.ts';
import type { SideScope } from '../scope.ts';
import { agentContainer, initContainer } from './agent-containers.ts';
import { engineResources } from './engine-memory.ts';
import { enginePods } from './engines.ts';
import { environmentOf, podOptions, sortedMapping, tolerationsOf } from './options.ts';
import { affinity, tolerations } from './placement.ts';
import { apiAccessVolume, emptyVolume, fleetVolume, settingsVolume } from './volumes.ts';

/** The pod of a route server. Everything in here restarts it; what need not stands in the settings instead. */
export function podTemplate(scope: SideScope, statefulSet: string): PodTemplate {
  const { topology, side, service } = scope;
  const routeServers = { ...topology.routeServers, images: imagesOf(topology, side) };
  const { app, engine: engineName, exposure, pods, template } = routeServers;
  const hasVolume = persistenceOf(topology, side) !== undefined;
  const engine = enginePods[engineName];
  const drain = drainTimes(topology);
  return {
    metadata: {
      labels: { ...podLabels(app, side, statefulSet), ...sortedMapping(pods.labels) },
      annotations: {
        'kubectl.kubernetes.io/default-container': containers.engine[engineName],
        ...sortedMapping(pods.annotations),
      },
    },
    spec: {
      serviceAccountName: app,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(exposure === 'hostNetwork' && { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
      terminationGracePeriodSeconds: terminationGracePeriodSeconds(drain),
      securityContext: engine.podSecurityContext(exposure),
      ...podOptions(pods),
      affinity: affinity(app, { nodeLabel: topology.placement.nodeLabel, side }),
      tolerations: [...tolerations, ...tolerationsOf(pods)],
      initContainers: [initContainer(routeServers, engine), agentContainer(routeServers, engine)],
      containers: [
        withEnvironment(
          engine.container(
            { ...routeServers, drain },
            {
              liveness: livenessOf(topology, side),
              resources: engineResources(topology),
            },
          ),
          environmentOf(pods.environment.engine),
        ),
      ],
      volumes: [
        settingsVolume(service, template),
        fleetVolume(app),
        ...(hasVolume ? [] : [emptyVolume(volumes.config)]),
        ...[volumes.requests, ...engine.volumes, volumes.scratch].map(emptyVolume),
        apiAccessVolume,
      ],
    },
  };
}

function withEnvironment(container: Container, more: NonNullable<Container['env']>): Container {
  return more.length === 0 ? container : { ...container, env: [...(container.env ?? []), ...more] };
}

/** The labels of a StatefulSet's pods; `selectorLabels` are the ones that tell them from all others. */
function podLabels(app: string, side: string, statefulSet: string): Readonly<Record<string, string>> {
  return { ...partOf, ...selectorLabels(app, side, statefulSet) };
}

export function selectorLabels(app: string, side: string, statefulSet: string): Readonly<Record<string, string>> {
  return { [labels.app]: app, [labels.side]: side, [labels.workload]: statefulSet };
}

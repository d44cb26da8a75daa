import {
  agentCommands,
  agentPaths,
  containers,
  environment,
  portNames,
  ports,
  readinessProbe,
  turnName,
} from '@meshrs/contract';
import type { Topology } from '@meshrs/topology';
import type { Container } from '../kubernetes/core-types.ts';
import type { EnginePod } from './engine-pod.ts';
import { environmentOf } from './options.ts';
import { apiAccessMount, mount } from './volumes.ts';

type RouteServers = Topology['routeServers'];

/** Writes the engine's first configuration. */
export function initContainer(routeServers: RouteServers, engine: EnginePod): Container {
  return {
    name: containers.init,
    image: routeServers.images.agent,
    args: [agentCommands.init],
    env: [...podEnvironment, ...engine.initEnvironment(routeServers), ...agentEnvironment(routeServers)],
    resources: agentResources(routeServers),
    securityContext: engine.agentSecurityContext,
    volumeMounts: [mount('settings', { readOnly: true }), mount('config'), ...engine.initMounts, mount('scratch')],
  };
}

/**
 * The agent as a native sidecar (Kubernetes documentation, "Sidecar Containers"): it starts before the engine and ends
 * after it. It has no startup probe: the engine must not wait for it.
 *
 * Its readiness is the pod's: the engine answers a connection to 179 with a BGP OPEN, and the agent is unready when the
 * engine is gone. Whether the engine hangs, a probe of the engine's own container tells.
 */
export function agentContainer(routeServers: RouteServers, engine: EnginePod): Container {
  return {
    name: containers.agent,
    image: routeServers.images.agent,
    args: [agentCommands.sidecar],
    restartPolicy: 'Always',
    env: [
      ...podEnvironment,
      { name: environment.turn, value: turnName(routeServers) },
      ...agentEnvironment(routeServers),
    ],
    ports: [
      { name: portNames.agent, containerPort: ports.agent, protocol: 'TCP' },
      { name: portNames.probes, containerPort: ports.probes, protocol: 'TCP' },
    ],
    // At a port that nobody but kubelet is let to: others must not keep it from an answer (NetworkPolicy).
    livenessProbe: {
      httpGet: { path: agentPaths.alive, port: portNames.probes },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    readinessProbe: { httpGet: { path: agentPaths.ready, port: portNames.probes }, ...readinessProbe },
    resources: agentResources(routeServers),
    securityContext: engine.agentSecurityContext,
    volumeMounts: [
      mount('settings', { readOnly: true }),
      mount('fleet', { readOnly: true }),
      mount('config'),
      mount('requests'),
      ...engine.agentMounts,
      mount('scratch'),
      // Every agent looks after the turn, whatever names its peers.
      apiAccessMount,
    ],
  };
}

const podEnvironment: NonNullable<Container['env']> = [
  { name: environment.podIp, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
  { name: environment.podName, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  { name: environment.podNamespace, valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
];

/** What the topology gives the agent's program, whatever it does. */
export function agentEnvironment({ pods }: RouteServers): NonNullable<Container['env']> {
  return environmentOf(pods.environment.agent);
}

export function agentResources({
  resources: { agentCpu, agentMemory },
}: RouteServers): NonNullable<Container['resources']> {
  return { requests: { cpu: agentCpu, memory: agentMemory }, limits: { memory: agentMemory } };
}

import type { Engine, Exposure } from '@meshrs/contract';
import type { Topology } from '@meshrs/topology';
import type { Container, PodSecurityContext, SecurityContext, VolumeMount } from '../kubernetes/core-types.ts';
import { crpdPod } from './crpd.ts';
import { frrPod } from './frr.ts';

/** What one engine brings to the pod of a route server; the rest is the same for all. */
export interface EnginePod {
  /** The Pod Security level that its pods keep (Kubernetes documentation, "Pod Security Standards"). */
  podSecurityLevel(exposure: Exposure): 'restricted' | 'privileged';
  podSecurityContext(exposure: Exposure): PodSecurityContext;
  /** Of the agent's two containers, which share files with the engine and hence its user. */
  readonly agentSecurityContext: SecurityContext;
  container(routeServers: Topology['routeServers']): Container;
  /** Volumes beside those that every engine has. */
  readonly volumes: readonly string[];
  readonly initMounts: readonly VolumeMount[];
  readonly agentMounts: readonly VolumeMount[];
  /** Environment of the init container. */
  initEnvironment(routeServers: Topology['routeServers']): NonNullable<Container['env']>;
}

const pods: Readonly<Record<Engine, EnginePod>> = { crpd: crpdPod, frr: frrPod };

export function enginePod(engine: Engine): EnginePod {
  return pods[engine];
}

export function podSecurityLevel(engine: Engine, exposure: Exposure): 'restricted' | 'privileged' {
  return pods[engine].podSecurityLevel(exposure);
}

import type { Exposure, ProbeTimes } from '@meshrs/contract';
import type { Topology } from '@meshrs/topology';
import type { Container, PodSecurityContext, SecurityContext, VolumeMount } from '../kubernetes/core-types.ts';

/** A key of a Secret in the namespace of the route servers. */
export interface SecretKey {
  readonly secret: string;
  readonly key: string;
}

/** What an engine's container may take. */
export interface EngineLimits {
  /** How long a hung engine is waited for. */
  readonly liveness: ProbeTimes;
  readonly resources: NonNullable<Container['resources']>;
}

/** What one engine brings to the pod of a route server; the rest is the same for all. */
export interface EnginePod {
  /** The Pod Security level that its pods keep (Kubernetes documentation, "Pod Security Standards"). */
  podSecurityLevel(exposure: Exposure): 'restricted' | 'privileged';
  podSecurityContext(exposure: Exposure): PodSecurityContext;
  /** Of the agent's two containers, which share files with the engine and hence its user. */
  readonly agentSecurityContext: SecurityContext;
  container(routeServers: Topology['routeServers'], limits: EngineLimits): Container;
  /** Volumes beside those that every engine has. */
  readonly volumes: readonly string[];
  readonly initMounts: readonly VolumeMount[];
  readonly agentMounts: readonly VolumeMount[];
  /** The keys of Secrets that `initEnvironment` reads. */
  secretKeys(routeServers: Topology['routeServers']): readonly SecretKey[];
  /** Environment of the init container. */
  initEnvironment(routeServers: Topology['routeServers']): NonNullable<Container['env']>;
}

import {
  engineProbeTimes,
  speakerLookSeconds,
  speakerStepSeconds,
  terminationGracePeriodSeconds,
  type DrainTimes,
  type ProbeTimes,
} from '@meshrs/contract';
import type { Topology } from '@meshrs/topology';
import { replacesSpeakers, replicasOf, sidesOf, type ClusterScope, type SideScope } from './scope.ts';
import { sortedTexts } from './sorted.ts';

/** From the start of a gate's pod until its program runs: the new image may have to come first. */
const gateStartSeconds = 120;

/** When Kubernetes ends a gate that has not ended by itself. */
export function gateDeadlineSeconds({ gitops }: Topology): number {
  return gitops.gate.seconds + gateStartSeconds;
}

/** The same for the gate before a side, which waits for images of MetalLB's before it looks, and replaces its pods when it has. */
export function sideGateDeadlineSeconds(scope: SideScope): number {
  const { topology } = scope;
  const images = replacesSpeakers(topology) ? topology.gitops.gate.seconds : 0;
  return gateDeadlineSeconds(topology) + images + speakersSeconds(scope);
}

/**
 * How long MetalLB's pods of a side take at most: first those that do not run yet, then node by node, at last those of nodes of
 * no side together; and before each step, and at the end, a look at the clients.
 */
function speakersSeconds({ topology, side }: SideScope): number {
  const nodes = Object.values(topology.nodes).filter((node) => node.side === side).length;
  const steps = nodes + 2;
  return replacesSpeakers(topology) ? speakerStepSeconds * steps + speakerLookSeconds * (steps + 1) : 0;
}

/** When Kubernetes ends what closes the turn at the beginning and at the end of a sync: it tries for a minute. */
export const closeDeadlineSeconds = 60 + gateStartSeconds;

/** Until its agent has the settings, two minutes, and 150 s more at most until it is Ready (docs/decisions/0013). */
const podStartSeconds = 270;

/** From the end of one pod of a StatefulSet to that of the next. */
export function podSeconds(topology: Topology): number {
  return terminationGracePeriodSeconds(drainTimes(topology)) + podStartSeconds + reconnectSeconds(topology);
}

/** How long the pods of a side take at most, one after the other. */
export function sideSeconds({ topology, definition }: SideScope): number {
  const replicas = Object.values(definition.statefulSets).map((set) => set.replicas);
  return Math.max(1, ...replicas) * podSeconds(topology);
}

/** From a gate's opening until Argo CD has applied what comes before the StatefulSets: MetalLB's webhook may refuse at first. */
const applySeconds = 120;

/**
 * How long a side is open where nobody closes it: its objects have all been applied, and its pods replaced. A roll that has
 * begun goes on when its turn is closed, so that an hour is enough for any number of pods.
 */
export function openSeconds(scope: SideScope): number {
  return Math.min(3600, applySeconds + speakersSeconds(scope) + sideSeconds(scope));
}

/**
 * How long the turn of what is deleted is open at most. Argo CD asks for the deletions at once, or waits for a person to
 * confirm them: then what the gate saw is soon too old, the deletions are refused, and the next try looks anew.
 */
export const removalOpenSeconds = 120;

/** Between the pods of a StatefulSet: the clients of one had the time to come back before the next one goes. */
export function reconnectSeconds(topology: Topology): number {
  const slackSeconds = 5;
  return slowestRetrySeconds(topology) + slackSeconds;
}

/**
 * How long a route server of the side is not Ready at most because of clients that it lost. Never where several stand
 * behind the VIP, which readiness would move; nor in a cluster without another side, whose disruption budget holds nobody
 * else.
 */
export function lostClientsSeconds(scope: SideScope): number {
  const isAlone = replicasOf(scope) === 1 && sidesOf(scope).length > 1;
  return isAlone ? scope.topology.routeServers.readiness.lostClientsSeconds : 0;
}

/** How a route server leaves. Nobody waits for another side in a fleet that has none. */
export function drainTimes({ routeServers, sides }: Topology): DrainTimes {
  return Object.keys(sides).length > 1 ? routeServers.drain : { ...routeServers.drain, holdSeconds: 0 };
}

/** The liveness probe of the engines of a side; the place of the side is that among all of the fleet. */
export function livenessOf(topology: Topology, side: string): ProbeTimes {
  const position = sortedTexts(Object.keys(topology.sides)).indexOf(side);
  return engineProbeTimes(position, slowestRetrySeconds(topology));
}

function slowestRetrySeconds({ clientGroups }: Topology): number {
  return Math.max(0, ...Object.values(clientGroups).map(({ connectRetrySeconds }) => connectRetrySeconds));
}

/**
 * Longer than any sync that can still succeed: Argo CD's `controller.sync.timeout.seconds`. Without a limit a sync that waits for a
 * StatefulSet which never gets ready runs for ever, and the commit that would fix it waits behind.
 */
export function syncTimeoutSeconds(scope: ClusterScope): number {
  const sides = sidesOf(scope).map((side) => sideGateDeadlineSeconds(side) + sideSeconds(side));
  // Of one side: a sync in which one side after the other loses clients need not succeed.
  const lostSeconds = Math.max(0, ...sidesOf(scope).map(lostClientsSeconds));
  // What is removed has a gate of its own, and what went with it may be a side that nobody names any more.
  const removal = gateDeadlineSeconds(scope.topology) + Math.max(0, ...sidesOf(scope).map(sideSeconds));
  const total = sides.reduce((sum, seconds) => sum + seconds, lostSeconds + removal + 2 * closeDeadlineSeconds);
  return Math.ceil(total / 60) * 60;
}

import type { SeenClients, ToldByAgent } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type {
  ClientsNotKnown,
  FleetKnowledge,
  DrainSight,
  RouteServerSight,
  StatusReading,
} from './route-server-sight.ts';

/** What Kubernetes says of a route server's pod, or what a gate was told of one in another cluster. */
export interface PodSight {
  readonly name: string;
  readonly side: string;
  /** Kubernetes' identity of the pod; undefined where Kubernetes was not asked. */
  readonly uid: string | undefined;
  /** Where its agent answers; undefined before its network is there. */
  readonly address: IpAddress | undefined;
  /** What its agent must call its pod; undefined where that is not known. */
  readonly podName: string | undefined;
  readonly isTerminating: boolean;
  /** It has the labels of the side, and none of the side's StatefulSets made it. */
  readonly isForeign: boolean;
  /** Of the engine's process; `unknown` where Kubernetes says neither. */
  readonly engine: 'running' | 'stopped' | 'unknown';
  /** Why it does not run, in Kubernetes' words: "CrashLoopBackOff". */
  readonly engineReason?: string;
}

/** What came of asking the agent: what it told, or why it told nothing. */
export type AgentAnswer =
  | {
      readonly ok: true;
      readonly told: ToldByAgent;
      /** From the question to the answer, by the clock of who asked. */
      readonly tookMs: number;
    }
  | { readonly ok: false; readonly why: string };

/**
 * What a route server had longer ago than this is not what it has. An agent looks at its engine once a second at the most,
 * and a gate that asks hundreds of agents takes seconds for it.
 */
export const freshMs = 10_000;

/**
 * One route server. An engine that does not run has no session, so that a broken route server does not hold up its own
 * fix; one that may run, and whose sessions cannot be read, may have every client (docs/decisions/0010).
 */
export function seeRouteServer(pod: PodSight, answer: AgentAnswer): RouteServerSight {
  const { name, side, isTerminating, isForeign } = pod;
  const agent = answer.ok ? answer.told.agent : undefined;
  const identity = [pod.uid, agent?.pod, agent?.address, agent?.routerId, agent?.podRevision].join(' ');
  const [reading, fleet] = [readingOf(pod, answer), fleetOf(pod, answer)];
  return laterOn({ name, side, identity, isTerminating, isForeign, reading, fleet }, 0);
}

/** The same sight some time later, by the clock of who asked: what was fresh may not be any more. */
export function laterOn(sight: RouteServerSight, elapsedMs: number): RouteServerSight {
  const { reading } = sight;
  if (reading.kind !== 'read') return sight;
  const ageMs = reading.ageMs + elapsedMs;
  return { ...sight, reading: ageMs <= freshMs ? { ...reading, ageMs } : staleSince(ageMs) };
}

function readingOf(pod: PodSight, answer: AgentAnswer): StatusReading {
  const reading = answer.ok ? readAnswer(pod, answer) : ({ kind: 'unreadable', why: answer.why } as const);
  if (reading.kind === 'read' || pod.engine !== 'stopped') return reading;
  return { kind: 'engine-down', why: `its engine does not run: ${pod.engineReason ?? 'stopped'}` };
}

function readAnswer(pod: PodSight, { told, tookMs }: Extract<AgentAnswer, { ok: true }>): StatusReading {
  const { agent, readiness, settings, engine, drain, hold, clients } = told;
  const other = whoElse(pod, agent);
  if (other !== undefined) return { kind: 'unreadable', why: other };
  if (clients.kind !== 'read') return notRead(clients, tookMs);
  if (!engine.isConnected) return { kind: 'unreadable', why: notReached(engine.failure) };
  return {
    kind: 'read',
    // A phase that is not known, as a newer agent may tell of, is not `serving`.
    isDraining: drain.phase !== 'serving',
    ...whoAsked(drain),
    ageMs: clients.ageMs + tookMs,
    clients: clients.columns,
    unchangedSeconds: clients.unchangedSeconds,
    passedOver: clients.passedOver,
    evicted: clients.evicted,
    saidAt: agent.now,
    settingsRevision: settings.revision,
    ...(settings.refused && { refusedRevision: settings.refused.revision }),
    ...(agent.podRevision !== undefined && { podRevision: agent.podRevision }),
    ...(engine.forMs !== undefined && { engineAgeMs: engine.forMs + tookMs }),
    isReady: readiness.isReady,
    isApplied: engine.isApplied,
    ...(hold?.for?.includes('settings') === true && { settingsWaitUntil: hold.until }),
  };
}

function whoAsked({ cause, requestedBy, requestedAt }: ToldByAgent['drain']): { readonly drain?: DrainSight } {
  return cause === undefined || requestedBy === undefined || requestedAt === undefined
    ? {}
    : { drain: { cause, requestedBy, requestedAt } };
}

/** An agent that does not reach its engine knows it all the same. */
function fleetOf(pod: PodSight, answer: AgentAnswer): FleetKnowledge {
  if (!answer.ok) return { kind: 'not-readable', why: answer.why };
  const { agent, fleet } = answer.told;
  const other = whoElse(pod, agent);
  if (other !== undefined) return { kind: 'not-readable', why: other };
  if (!fleet) return { kind: 'not-told' };
  const { revision, failure } = fleet;
  if (failure) return { kind: 'refused', ...(revision !== undefined && { revision }), why: failure.message };
  return revision === undefined ? { kind: 'not-told' } : { kind: 'told', revision };
}

/** An address may have come to another pod since it was read. */
function whoElse({ address, podName }: PodSight, agent: ToldByAgent['agent']): string | undefined {
  if (podName !== undefined && agent.pod !== podName) {
    return `the agent at ${address ?? 'its address'} is that of pod ${agent.pod}`;
  }
  return address === undefined || agent.address === address
    ? undefined
    : `the agent at ${address} says that its address is ${agent.address}`;
}

function notRead(sessions: Exclude<SeenClients, { readonly kind: 'read' }>, tookMs: number): ClientsNotKnown {
  switch (sessions.kind) {
    case 'stale':
      return staleSince(sessions.ageMs + tookMs, sessions.failure.message);
    case 'unreadable':
      return { kind: 'unreadable', why: `its agent cannot read the sessions: ${sessions.failure.message}` };
    case 'unknown':
      return { kind: 'unreadable', why: 'its agent tells of its sessions in a form that is not known here' };
  }
}

function staleSince(ageMs: number, why?: string): ClientsNotKnown {
  const seconds = String(Math.round(ageMs / 1000));
  return { kind: 'stale', why: `its sessions were last read ${seconds} s ago${why === undefined ? '' : `: ${why}`}` };
}

function notReached(failure: ToldByAgent['engine']['failure']): string {
  return `its agent does not reach the engine${failure ? `: ${failure.message}` : ''}`;
}

import {
  sessionBits,
  sessionIn,
  type ClientColumns,
  type SeenPassedOverNeighbor,
  type SeenSession,
  type SessionInColumns,
} from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';

/**
 * A route server as the comparison of clients sees it: by the agent's GET /status today, and by whatever else tells whole
 * and fresh which clients a route server has.
 */
export interface ClientsSight {
  /** The pod's name. */
  readonly name: string;
  readonly side: string;
  /** Whose answer it is. Another one than before: another pod, and none of its sessions is one of those that were seen. */
  readonly identity: string;
  /** Its pod terminates: the sessions that it still has are about to end. */
  readonly isTerminating: boolean;
  /** It has the labels of the side, and none of the side's StatefulSets made it: it keeps no client for long. */
  readonly isForeign: boolean;
  readonly reading: ClientsReading;
}

/** What is known of the clients of a route server. That they could not be read, or only long ago, is not that there are none. */
export type ClientsReading = ClientsRead | WithoutClients | ClientsNotKnown;

export interface ClientsRead {
  readonly kind: 'read';
  /** It drains, or has drained. */
  readonly isDraining: boolean;
  /** Who asked for that, where its agent tells. */
  readonly drain?: DrainSight;
  /** How long ago its engine was asked. */
  readonly ageMs: number;
  readonly clients: ClientColumns;
  /**
   * So long after that its agent told that nothing has changed of them: uptimes have grown by it, and how many messages and
   * prefixes have come since then is not told.
   */
  readonly unchangedSeconds: number;
  /** Neighbors of which nothing more is known: who of the clients they are cannot be told. */
  readonly passedOver: readonly SeenPassedOverNeighbor[];
  /** Whom it keeps out, by the word of its agent: they were sent away on purpose. Left out: nobody knows of any. */
  readonly evicted?: readonly IpAddress[];
}

/** Who asked for a drain, by the word of the agent: for people, and never a reason. */
export interface DrainSight {
  readonly requestedBy: string;
  readonly cause: string;
  /** As ISO 8601, by the wall clock of the agent's machine. */
  readonly requestedAt: string;
}

/** It has no clients, whatever its agent says: that was decided, and where. */
export type WithoutClients =
  /** The engine's process does not run, says Kubernetes: there is no session (docs/decisions/0010). */
  | { readonly kind: 'engine-down'; readonly why: string }
  /** Readiness does not wait for clients of a route server that cannot be asked (docs/decisions/0013). */
  | { readonly kind: 'counted-as-none'; readonly why: string };

export type ClientsNotKnown =
  /** The engine may run, and who has a session with it is not known. */
  | { readonly kind: 'unreadable'; readonly why: string }
  /** Who had a session with it some time ago is known, and not who has one now. */
  | { readonly kind: 'stale'; readonly why: string };

/** A route server as it is seen from outside: its pod by Kubernetes, its sessions by the agent's GET /status. */
export interface RouteServerSight extends ClientsSight {
  readonly reading: StatusReading;
  readonly fleet: FleetKnowledge;
}

/** What a route server knows of the whole fleet, by the word of its agent. */
export type FleetKnowledge =
  /** SHA-256 of what is in force, in hexadecimal. */
  | { readonly kind: 'told'; readonly revision: string }
  /** Its file is wrong or cannot be read; what was right before, if anything was, stays in force. */
  | { readonly kind: 'refused'; readonly revision?: string; readonly why: string }
  /** Its agent is one of before, or its pod has no volume for it. */
  | { readonly kind: 'not-told' }
  /** The agent of this pod gave no answer. */
  | { readonly kind: 'not-readable'; readonly why: string };

export type StatusReading = StatusRead | Extract<WithoutClients, { readonly kind: 'engine-down' }> | ClientsNotKnown;

export interface StatusRead extends ClientsRead {
  /** The moment that its agent says it is, in the agent's words; never compared with another machine's clock. */
  readonly saidAt: string;
  /** SHA-256 of the settings in force, in hexadecimal. */
  readonly settingsRevision: string;
  /** The revision of newer settings that the agent refuses. */
  readonly refusedRevision?: string;
  /** What the generator calls the template that its pod was made from; undefined: the agent was not told. */
  readonly podRevision?: string;
  /** How long its engine has answered its agent; undefined: an agent of before, which does not tell. */
  readonly engineAgeMs?: number;
  /** It counts as Ready by its own word. */
  readonly isReady: boolean;
  /** What runs is what the settings say. */
  readonly isApplied: boolean;
  /** Changes of its settings wait until then at the latest, by the clock of its agent, for people. */
  readonly settingsWaitUntil?: string;
}

/** The established sessions of clients, for people: half a million of them are not shown. */
export function clientSessions(routeServers: readonly ClientsSight[]): readonly SessionInColumns[] {
  return routeServers.flatMap(({ reading }) => {
    if (reading.kind !== 'read') return [];
    const { clients } = reading;
    const indexes = [...clients.states.keys()].filter((index) => isEstablished(clients, index));
    return indexes.map((index) => sessionIn(clients, index));
  });
}

export function isEstablished({ states }: ClientColumns, index: number): boolean {
  return ((states[index] ?? 0) & sessionBits.established) !== 0;
}

/** Neighbors that may be clients, and of which nothing is known but that they are there. */
export function endangeredUnknown(passedOver: readonly SeenPassedOverNeighbor[]): readonly SeenPassedOverNeighbor[] {
  return passedOver.filter(({ state }) => mayBeEstablished(state ?? 'unknown'));
}

/** A state that is not known, as a newer agent may tell of, may be that. */
export function mayBeEstablished(state: SeenSession['state']): boolean {
  return state === 'established' || state === 'unknown';
}

/** Whether its sessions are about to end. */
export function isLeaving({ isTerminating, reading }: ClientsSight): boolean {
  return isTerminating || (reading.kind === 'read' && reading.isDraining);
}

import type { SeenSession } from '@meshrs/contract';

/** A route server as it is seen from outside: its pod by Kubernetes, its sessions by the agent's GET /status. */
export interface RouteServerSight {
  /** The pod's name. */
  readonly name: string;
  readonly side: string;
  /** Its pod terminates: the sessions that it still has are about to end. */
  readonly isTerminating: boolean;
  readonly reading: StatusReading;
}

export type StatusReading =
  | {
      readonly kind: 'read';
      /** It drains, or has drained. */
      readonly isDraining: boolean;
      /** SHA-256 of the settings in force, in hexadecimal. */
      readonly settingsRevision: string;
      /** The revision of newer settings that the agent refuses. */
      readonly refusedRevision?: string;
      /** What the generator calls the template that its pod was made from; undefined: the agent was not told. */
      readonly podRevision?: string;
      /** It counts as Ready by its own word. */
      readonly isReady: boolean;
      /** What runs is what the settings say. */
      readonly isApplied: boolean;
      readonly sessions: readonly SeenSession[];
    }
  /** The engine's process does not run, says Kubernetes: whatever the agent says, there is no session. */
  | { readonly kind: 'engine-down'; readonly why: string }
  /** The engine may run, and who has a session with it is not known. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** A session of a client, and where it ends. */
export interface ClientSession extends SeenSession {
  readonly routeServer: string;
  readonly side: string;
}

/**
 * The established sessions that are neither the mesh's nor kept out. One of a kind that is not known, as a newer agent may
 * tell of, counts: it may be a client's.
 */
export function clientSessions(routeServers: readonly RouteServerSight[]): readonly ClientSession[] {
  return routeServers.flatMap(({ name, side, reading }) =>
    reading.kind !== 'read'
      ? []
      : reading.sessions
          .filter((session) => isOfClient(session) && session.state === 'established')
          .map((session) => ({ ...session, routeServer: name, side })),
  );
}

/**
 * The sessions of clients that would end with their route server: the established ones, and those in a state that is not
 * known, as a newer agent may tell of. Such a one may be established; it never counts as one that keeps a client.
 */
export function endangeredSessions(routeServers: readonly RouteServerSight[]): readonly ClientSession[] {
  return routeServers.flatMap(({ name, side, reading }) =>
    reading.kind !== 'read'
      ? []
      : reading.sessions
          .filter((session) => isOfClient(session) && ['established', 'unknown'].includes(session.state))
          .map((session) => ({ ...session, routeServer: name, side })),
  );
}

function isOfClient({ kind }: SeenSession): boolean {
  return kind !== 'mesh' && kind !== 'evicted';
}

/** Whether its sessions are about to end. */
export function isLeaving({ isTerminating, reading }: RouteServerSight): boolean {
  return isTerminating || (reading.kind === 'read' && reading.isDraining);
}

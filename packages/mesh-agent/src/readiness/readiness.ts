import { clientsReturnMs, type ReadinessReason } from '@meshrs/contract';

/** What decides whether the route server is ready. */
export interface ReadinessFacts {
  readonly isEngineConnected: boolean;
  /** When the engine first took the settings, since it started; undefined: not yet. */
  readonly appliedAtMs: number | undefined;
  /** Mesh groups about whose peers nothing is known yet. */
  readonly unknownGroups: readonly string[];
  /** Mesh neighbors that are not established, or have not sent End-of-RIB yet. */
  readonly unconvergedPeers: readonly string[];
  /** How long they are waited for after the settings were taken. */
  readonly meshWaitMs: number;
  /**
   * Clients that another route server of the mesh has, and this one has not, or without their routes; undefined: not
   * known yet. Empty where readiness does not wait for them.
   */
  readonly absentClients: readonly string[] | undefined;
  /** Other route servers that live, as their mesh sessions say, and whose clients nobody could tell. */
  readonly silentRouteServers: readonly string[];
  /** Clients that it had, that another one alone has now, and that count; empty where it does not care. */
  readonly lostClients: readonly string[];
  /** After which time they do not count any more. */
  readonly lostForMs: number;
  /** Left out: no drain keeps it from being ready. */
  readonly drain?: 'draining' | 'drained';
}

export interface Readiness {
  readonly isReady: boolean;
  /** Whether it has converged once since the engine started; from then on a broken mesh changes nothing. */
  readonly hasConverged: boolean;
  /** When a drain that had ended sessions of clients was taken back: they have their time from then on. */
  readonly letIn?: { readonly atMs: number; readonly hadConverged: boolean };
  readonly sinceMs: number;
  readonly reasons: readonly ReadinessReason[];
}

export function firstReadiness(nowMs: number): Readiness {
  return { isReady: false, hasConverged: false, sinceMs: nowMs, reasons: [{ kind: 'settings-not-applied' }] };
}

/** For people, beside `clients-lost`. */
export const lostClientsMessage =
  'Another side alone has these clients. Until they are back here, or the time is over, the disruption budget lets no route server of another side go. While one of another side is not Ready either, no node of a route server can be drained.';

/**
 * Ready once first converged, then until the engine is gone or the route server is drained, and for a bounded time while
 * clients that it had are with another side alone (docs/decisions/0029): readiness drives rollouts, and what else goes
 * wrong later is an alert.
 */
export function decideReadiness(before: Readiness, facts: ReadinessFacts, nowMs: number): Readiness {
  const hindrances = before.hasConverged ? [] : whatHinders(facts, before, nowMs);
  const hasConverged = before.hasConverged || (hindrances.length === 0 && facts.isEngineConnected);
  const reasons: readonly ReadinessReason[] = [
    ...(facts.drain ? [{ kind: facts.drain }] : []),
    ...(facts.isEngineConnected ? [] : [{ kind: 'engine-gone' as const }]),
    ...hindrances,
    ...(before.hasConverged ? lostClients(facts) : []),
  ];
  const isReady = reasons.length === 0;
  const { letIn } = before;
  const changed = { isReady, hasConverged, sinceMs: isReady === before.isReady ? before.sinceMs : nowMs, reasons };
  return { ...changed, ...(letIn && { letIn }) };
}

/** The engine is another process than before: it has no routes, and must converge again. */
export function forgetConvergence({ isReady, sinceMs, reasons }: Readiness): Readiness {
  return { isReady, sinceMs, reasons, hasConverged: false };
}

/**
 * A drain that had ended sessions of clients is taken back: they are to come back, as after a restart. Mesh sessions were
 * never touched: where they had been waited for, they are not again.
 */
export function awaitClients(before: Readiness, nowMs: number): Readiness {
  return {
    ...before,
    hasConverged: false,
    letIn: { atMs: nowMs, hadConverged: before.hasConverged || before.letIn?.hadConverged === true },
  };
}

/** This life of the engine has converged, as an agent before this one saw. */
export function takeOverConvergence(before: Readiness): Readiness {
  return { ...before, hasConverged: true };
}

/** Whether only clients are still to come. */
export function isWaitingForClients({ reasons }: Readiness): boolean {
  return reasons.some(({ kind }) => kind === 'clients-not-known' || kind === 'clients-not-back');
}

function lostClients({ lostClients: clients, lostForMs }: ReadinessFacts): readonly ReadinessReason[] {
  if (clients.length === 0) return [];
  return [{ kind: 'clients-lost', clients, secondsLeft: Math.ceil(lostForMs / 1000), message: lostClientsMessage }];
}

function whatHinders(facts: ReadinessFacts, { letIn }: Readiness, nowMs: number): readonly ReadinessReason[] {
  if (facts.appliedAtMs === undefined) return [{ kind: 'settings-not-applied' }];
  if (!letIn?.hadConverged && facts.unknownGroups.length > 0)
    return [{ kind: 'peers-not-known', groups: facts.unknownGroups }];
  const waitedMs = nowMs - facts.appliedAtMs;
  if (!letIn?.hadConverged && facts.unconvergedPeers.length > 0 && waitedMs < facts.meshWaitMs) {
    return [{ kind: 'mesh-not-converged', peers: facts.unconvergedPeers }];
  }
  const { absentClients, silentRouteServers } = facts;
  if (Math.min(waitedMs, nowMs - (letIn?.atMs ?? -Infinity)) >= clientsReturnMs) return [];
  if (!absentClients) return [{ kind: 'clients-not-known' }];
  if (absentClients.length > 0) return [{ kind: 'clients-not-back', clients: absentClients }];
  return silentRouteServers.length > 0 ? [{ kind: 'clients-not-known', routeServers: silentRouteServers }] : [];
}

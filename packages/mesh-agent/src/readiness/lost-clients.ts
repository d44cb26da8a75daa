import type { LostClientPhase } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';

/**
 * What a route server knows of the clients that it had since it first was ready, in this life of its engine. A client that
 * it never had is not lost: it was let through, or is not connected to it.
 */
export interface ClientsRecord {
  readonly had: ReadonlySet<IpAddress>;
  /** Of them those that were found away from here and with another route server, and have not been back here since. */
  readonly lost: ReadonlyMap<IpAddress, LostClient>;
  /** Of them those that no route server has, and since when. */
  readonly nowhere: ReadonlyMap<IpAddress, number>;
  readonly budget: UnreadyBudget;
}

export interface LostClient {
  /** When it was first seen with another route server alone. */
  readonly sinceMs: number;
  /** Whether another one has it now. */
  readonly isElsewhere: boolean;
}

/**
 * How long the route server was not ready because of lost clients. Each such second is one, and each other second takes one
 * back; when the limit is reached it rests until none is left. So it is not ready for the limit at most, then ready for as
 * long at least, whatever clients do.
 */
export interface UnreadyBudget {
  readonly usedMs: number;
  /** Of what the other fields tell. */
  readonly atMs: number;
  readonly isSpending: boolean;
  readonly isResting: boolean;
}

export interface LossRules {
  readonly nowMs: number;
  /** A client that comes back within this time was not lost. */
  readonly holdMs: number;
  /** How long a client counts as lost, and the route server is not ready at most. */
  readonly limitMs: number;
}

/** This route server's own sessions, as far as they decide who is away. */
export interface OwnClients {
  readonly established: readonly IpAddress[];
  /** Established, or in a state that is not known. */
  readonly mayBeHere: ReadonlySet<string>;
  /** Whom it keeps out, or has no range for any more: these are not lost. */
  readonly isTaken: (address: IpAddress) => boolean;
}

/** What the other route servers say. */
export interface ElsewhereSight {
  /** The clients that this one had that another one has established, and that are not here with their routes. */
  readonly absent: ReadonlySet<IpAddress>;
  /** Whether the clients of each other one are known, and who is not in the list is with none of them. */
  readonly isWhole: boolean;
}

/** What has come of it for the moment. */
export interface LostNow {
  readonly clients: readonly {
    readonly address: IpAddress;
    readonly sinceMs: number;
    readonly phase: LostClientPhase;
  }[];
  /** Because of whom the route server is not ready; empty: it is. */
  readonly counted: readonly IpAddress[];
  /** After which time it is ready again at the latest. */
  readonly msLeft: number;
}

/** More are not remembered: a route server takes 5000 clients of its ranges, and who is gone need not be remembered for ever. */
export const mostRemembered = 10_000;

/** A client that no route server has had for this long has left. */
export const leftAfterMs = 3_600_000;

export const nobodyHad: ClientsRecord = {
  had: new Set(),
  lost: new Map(),
  nowhere: new Map(),
  budget: { usedMs: 0, atMs: 0, isSpending: false, isResting: false },
};

/** Remembers who is here now, and forgets whom it does not take. */
export function rememberClients(before: ClientsRecord, own: OwnClients): ClientsRecord {
  const had = new Set([...before.had].filter(own.isTaken));
  for (const address of own.established) had.add(address);
  // The oldest of those that are gone, and who is lost last of them: who comes and goes by many addresses hides nobody.
  const isGone = (address: IpAddress) => !own.mayBeHere.has(address);
  for (const isLeast of [(each: IpAddress) => isGone(each) && !before.lost.has(each), isGone, () => true]) {
    for (const address of had) {
      if (had.size <= mostRemembered) break;
      if (isLeast(address)) had.delete(address);
    }
  }
  return {
    ...before,
    had,
    lost: new Map([...before.lost].filter(([address]) => had.has(address))),
    nowhere: new Map([...before.nowhere].filter(([address]) => had.has(address) && !own.mayBeHere.has(address))),
  };
}

/** Those that it had and has not now. */
export function goneClients({ had }: ClientsRecord, own: OwnClients): readonly IpAddress[] {
  return [...had].filter((address) => !own.mayBeHere.has(address));
}

/**
 * Where those are that are gone. A client is lost while another route server is known to have it, and stays so while that
 * is not known any more: unknown is not none. It is back when its session and its routes are here.
 */
export function findLost(
  before: ClientsRecord,
  own: OwnClients,
  { absent, isWhole }: ElsewhereSight,
  rules: LossRules,
): ClientsRecord {
  const [had, lost] = [new Set(before.had), new Map<IpAddress, LostClient>()];
  const nowhere = new Map<IpAddress, number>();
  for (const address of before.had) {
    const known = before.lost.get(address);
    const isGone = !own.mayBeHere.has(address);
    if (!isGone) {
      // One that is here, and whose routes stay away, has had its time with the others.
      if (known && absent.has(address) && ageOf(known, rules) < rules.limitMs) lost.set(address, known);
      continue;
    }
    if (absent.has(address)) {
      lost.set(address, { sinceMs: known?.sinceMs ?? rules.nowMs, isElsewhere: true });
      continue;
    }
    const isElsewhere = known?.isElsewhere === true && !isWhole;
    // Nobody has it any more: a router that restarts is not told everywhere at one moment. Later its time goes on.
    if (known && (isElsewhere || ageOf(known, rules) >= 0)) lost.set(address, { ...known, isElsewhere });
    if (isElsewhere || !isWhole) {
      const since = before.nowhere.get(address);
      if (since !== undefined) nowhere.set(address, since);
      continue;
    }
    const sinceMs = before.nowhere.get(address) ?? rules.nowMs;
    if (rules.nowMs - sinceMs < leftAfterMs) nowhere.set(address, sinceMs);
    else for (const each of [had, lost]) each.delete(address);
  }
  return { ...before, had, lost, nowhere };
}

/**
 * Who counts now; the record is another one when the route server begins or ends to be unready because of that. One that
 * does not serve is not unready because of clients, and its budget is not spent.
 */
export function countLost(
  before: ClientsRecord,
  rules: LossRules & { readonly isServing: boolean },
): { readonly record: ClientsRecord; readonly now: LostNow } {
  const { nowMs, limitMs } = rules;
  const { usedMs, isResting } = budgetAt(before.budget, rules);
  const clients = [...before.lost].flatMap(([address, client]) => {
    if (!client.isElsewhere) return [];
    const ageMs = ageOf(client, rules);
    const phase: LostClientPhase = ageMs < 0 ? 'moment-ago' : ageMs >= limitMs || isResting ? 'over' : 'unready';
    return [{ address, sinceMs: client.sinceMs, phase, msLeft: limitMs - ageMs }];
  });
  const counting = rules.isServing ? clients.filter(({ phase }) => phase === 'unready') : [];
  const isSpending = counting.length > 0;
  const isSame = isSpending === before.budget.isSpending && isResting === before.budget.isResting;
  return {
    record: isSame ? before : { ...before, budget: { usedMs, atMs: nowMs, isSpending, isResting } },
    now: {
      clients: clients.map(({ address, sinceMs, phase }) => ({ address, sinceMs, phase })),
      counted: counting.map(({ address }) => address),
      msLeft: isSpending
        ? Math.min(
            limitMs - usedMs,
            counting.reduce((most, { msLeft }) => Math.max(most, msLeft), 0),
          )
        : 0,
    },
  };
}

/** From the moment at which it counts; before that it is negative. */
function ageOf({ sinceMs }: LostClient, { nowMs, holdMs }: LossRules): number {
  return nowMs - sinceMs - holdMs;
}

function budgetAt(before: UnreadyBudget, { nowMs, limitMs }: LossRules): { usedMs: number; isResting: boolean } {
  const elapsedMs = Math.max(0, nowMs - before.atMs);
  const usedMs = before.isSpending
    ? Math.min(limitMs, before.usedMs + elapsedMs)
    : Math.max(0, Math.min(limitMs, before.usedMs) - elapsedMs);
  return { usedMs, isResting: usedMs >= limitMs || (before.isResting && usedMs > 0) };
}

import type { IpAddress } from '@meshrs/network';
import type { Consent } from './engine-driver.ts';
import type { MayEnd, PendingChange } from './mesh-engine.ts';

/** What the agent itself has decided on, client by client. */
export interface Decided {
  /** A drain closes all sessions of clients. */
  readonly isClosed: () => boolean;
  /** By what it has decided on itself; who was let go by an answer is not among them. */
  readonly isEvicted: (address: IpAddress) => boolean;
  readonly isPinned: (address: IpAddress) => boolean;
  /** Pinned at this moment although it is up, because it comes back again and again before anybody sees it down. */
  readonly isTakenUp: (address: IpAddress) => boolean;
}

/**
 * The consent to what is desired with all that the agent adds. That ends no session, but for who is evicted, and all when they are
 * drained. To be pinned is not worth one, so nobody is asked about it, but for who is never seen without one. Without a consent there is nobody to ask.
 */
export function withAdditions(consent: Consent | undefined, decided: Decided): Consent {
  const { isClosed, isEvicted, isPinned, isTakenUp } = decided;
  return {
    mayEnd: (change) => {
      if (isClosed() || change.clients.every(isEvicted)) return true;
      if (isPinning(change, isPinned)) return change.clients.every(isTakenUp);
      return consent?.mayEnd(change) === true;
    },
    onDecided: (left) => consent?.onDecided(left.filter((each) => !isPinning(each, isPinned))),
  };
}

/** Whether it makes a neighbor of a range client, and does nothing else. */
export function isPinning({ change }: PendingChange, isPinned: Decided['isPinned']): boolean {
  // Of a neighbor the subject is its address.
  return change.kind === 'neighbor-added' && isPinned(change.subject as IpAddress);
}

/** Whom these changes would pin. */
export function pinningIn(changes: readonly PendingChange[], isPinned: Decided['isPinned']): readonly IpAddress[] {
  return changes.filter((each) => isPinning(each, isPinned)).map(({ change }) => change.subject as IpAddress);
}

/**
 * How long a client that was let go stays so in the `apply` that asked: as long as nearly all take. In one that takes longer, its
 * sessions elsewhere are another question by then.
 */
export const answerMs = 10_000;

/** The answers of one `apply`. */
export interface ApplyAnswers {
  /** Asks, and remembers whom that lets go. */
  readonly ask: MayEnd;
  /** What the agent itself adds, or takes back, may end other sessions than the settings alone do: asks where it is not remembered. */
  readonly askAgain: MayEnd;
}

export function createApplyAnswers(mayEnd: MayEnd, now: () => number): ApplyAnswers {
  const untilMs = new Map<IpAddress, number>();
  const ask: MayEnd = (change) => {
    const may = mayEnd(change);
    if (may) for (const client of change.clients) untilMs.set(client, now() + answerMs);
    return may;
  };
  const isLetGo = (client: IpAddress) => now() < (untilMs.get(client) ?? -Infinity);
  return { ask, askAgain: (change) => change.clients.every(isLetGo) || ask(change) };
}

import type { IpAddress } from '@meshrs/network';
import type { Consent } from './engine-driver.ts';
import type { PendingChange } from './mesh-engine.ts';

/** What the agent itself has decided on, client by client. */
export interface Decided {
  /** A drain closes all sessions of clients. */
  readonly isClosed: () => boolean;
  readonly isEvicted: (address: IpAddress) => boolean;
  readonly isPinned: (address: IpAddress) => boolean;
}

/**
 * The consent to what is desired with all that the agent adds. That ends no session, but for who is evicted, and all when they are
 * drained. To be pinned is never worth one, so nobody is asked about it. Without a consent there is nobody to ask.
 */
export function withAdditions(consent: Consent | undefined, { isClosed, isEvicted, isPinned }: Decided): Consent {
  return {
    mayEnd: (change) => {
      if (isClosed() || change.clients.every(isEvicted)) return true;
      return !isPinning(change, isPinned) && consent?.mayEnd(change) === true;
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

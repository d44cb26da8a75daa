import type { HoldVerdict } from '@meshrs/gate';
import type { TakenClients } from '../drain/drain-machine.ts';
import type { DrainRefusal } from '../drain/refusal.ts';
import type { LookAtOthers } from './look-at-others.ts';

/**
 * What a look says to a drain by hand: it goes on when every client has a session elsewhere that stays, seen after everybody
 * has seen that this route server is not Ready. Clients that have none in two looks refuse it. What is not known, and what another one
 * that asks, too, leaves open, is waited for, for the time of a question.
 */
export function answerAsk(facts: {
  readonly look: LookAtOthers;
  /** Undefined: this is the first one. */
  readonly before: LookAtOthers | undefined;
  readonly isForced: boolean;
  readonly isSeen: boolean;
}): 'accept' | 'refuse' | 'wait' {
  const { look, before, isForced, isSeen } = facts;
  if (isForced || look.verdict.kind === 'go') return isSeen ? 'accept' : 'wait';
  return before && isLacking(before) && isLacking(look) ? 'refuse' : 'wait';
}

/** Clients are known to have no session elsewhere that stays, whatever becomes of anybody who asks, too. */
function isLacking({ verdict, isContested }: LookAtOthers): boolean {
  const areKnown = verdict.missing.some(({ reason }) => reason.kind !== 'not-readable') || verdict.more.size > 0;
  return !isContested && verdict.unreadable.length === 0 && areKnown;
}

/** Whom a drain leaves without any session; undefined: nobody. */
export function takenBy(verdict: HoldVerdict): TakenClients | undefined {
  const clientCount = countOf(verdict);
  if (clientCount === 0) return undefined;
  return { clients: verdict.missing.slice(0, mostNamed).map(({ address }) => address), clientCount };
}

/** Why a drain by hand does not go on, by the last looks at the other route servers. */
export function refusalOf(look: LookAtOthers | undefined, verdict = look?.verdict): DrainRefusal {
  const missing = verdict?.missing ?? [];
  return {
    clients: missing.slice(0, mostNamed).map(({ address, name }) => ({ address, ...(name !== undefined && { name }) })),
    clientCount: verdict ? countOf(verdict) : 0,
    why: whyOf(look, verdict),
  };
}

/** Of very many the first ones are enough to see which they are. */
const mostNamed = 20;

function countOf({ missing, more }: HoldVerdict): number {
  return [...more.values()].reduce((sum, count) => sum + count, missing.length);
}

function whyOf(look: LookAtOthers | undefined, verdict: HoldVerdict | undefined): string {
  const silentCount = look?.silentCount ?? 0;
  const inTime = `The other route servers could not be asked in time${silentCount > 0 ? ` (${String(silentCount)} silent)` : ''}.`;
  if (!verdict) return inTime;
  const [unknown] = verdict.unreadable;
  if (unknown) return `Who the clients of this route server are is not known: ${unknown.why}.`;
  const draining = look?.draining ?? [];
  if (draining.length > 0) return `${draining.slice(0, 5).join(', ')} is being taken down, or is drained.`;
  const resetting = look?.resetting ?? [];
  if (resetting.length > 0) {
    return `${resetting.slice(0, 5).join(', ')} holds settings that reset sessions of its clients, and does not wait for the end of a drain by hand.`;
  }
  if (look?.isContested) return 'A route server of another side is about to end sessions, too, and goes first.';
  const [silent] = verdict.missing.flatMap(({ reason }) => (reason.kind === 'not-readable' ? [reason] : []));
  if (silent) return `What clients ${silent.routeServer} has is not known: ${silent.why}.`;
  // Each had one in the last look that came to its end: the one that would have counted came too late.
  if (countOf(verdict) === 0) return inTime;
  return 'Clients have no session, or none with their routes, with another side.';
}

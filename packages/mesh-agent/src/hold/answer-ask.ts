import type { TakenClients } from '../drain/drain-machine.ts';
import type { DrainRefusal } from '../drain/refusal.ts';
import type { LookAtOthers } from './look-at-others.ts';
import { lackingIn, missingIn, notKnownIn, type MissingInLook } from './missing-in.ts';

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
function isLacking(look: LookAtOthers): boolean {
  return !look.isContested && look.verdict.unreadable.length === 0 && splitOf(look).lacking.count > 0;
}

/** Where no other route server is known nobody was asked, and nothing is known of any client. */
function splitOf({ verdict, otherCount }: LookAtOthers) {
  if (otherCount === 0) return { lacking: { listed: [], count: 0 }, unknown: missingIn(verdict) };
  return { lacking: lackingIn(verdict), unknown: notKnownIn(verdict) };
}

/** Whom a drain leaves without any session, and of whom nobody knows; undefined: nobody. */
export function takenBy(look: LookAtOthers): TakenClients | undefined {
  const { lacking, unknown } = splitOf(look);
  const areUnknown = look.verdict.unreadable.length > 0;
  if (lacking.count + unknown.count === 0 && !areUnknown) return undefined;
  return {
    ...addressesOf(lacking),
    ...(unknown.count > 0 && { unknown: addressesOf(unknown) }),
    ...(areUnknown && { areUnknown }),
  };
}

function addressesOf({ listed, count }: MissingInLook) {
  return { clients: listed.slice(0, mostNamed).map(({ address }) => address), clientCount: count };
}

/** Why a drain by hand does not go on, by the last looks at the other route servers. */
export function refusalOf(look: LookAtOthers | undefined): DrainRefusal {
  if (!look) return { clients: [], clientCount: 0, why: whyOf(look) };
  const { lacking, unknown } = splitOf(look);
  return {
    ...namesOf(lacking),
    ...(unknown.count > 0 && { unknown: namesOf(unknown) }),
    why: whyOf(look),
  };
}

function namesOf({ listed, count }: MissingInLook) {
  const clients = listed.slice(0, mostNamed);
  return {
    clients: clients.map(({ address, name }) => ({ address, ...(name !== undefined && { name }) })),
    clientCount: count,
  };
}

/** Of very many the first ones are enough to see which they are. */
const mostNamed = 20;

function whyOf(look: LookAtOthers | undefined): string {
  const inTime = `The other route servers could not be asked in time${silentWords(look?.silent ?? [])}.`;
  if (!look) return inTime;
  const { verdict, draining, resetting, unlisted } = look;
  const [unknown] = verdict.unreadable;
  if (unknown) return `Who the clients of this route server are is not known: ${unknown.why}.`;
  if (look.otherCount === 0 && missingIn(verdict).count > 0) return nobodyKnown(unlisted);
  if (draining.length > 0) return `${draining.slice(0, 5).join(', ')} is being taken down, or is drained.`;
  if (resetting.length > 0) {
    return `${resetting.slice(0, 5).join(', ')} holds settings that reset sessions of its clients, and does not wait for the end of a drain by hand.`;
  }
  if (look.isContested) return 'A route server of another side is about to end sessions, too, and goes first.';
  const [silent] = verdict.missing.flatMap(({ reason }) => (reason.kind === 'not-readable' ? [reason] : []));
  if (silent) return `What clients ${silent.routeServer} has is not known: ${silent.why}${silentWords(look.silent)}.`;
  const [unheard] = verdict.missing.flatMap(({ reason }) => (reason.kind === 'not-heard' ? [reason] : []));
  if (unheard && lackingIn(verdict).count === 0) {
    return `No message of clients has come to ${unheard.routeServer} yet since this one listens: whether their sessions live is not known.`;
  }
  // Each had one in the last look that came to its end: the one that would have counted came too late.
  if (missingIn(verdict).count === 0) return inTime;
  return 'Clients have no session, or none with their routes, with another side.';
}

/** " (3 are silent: 10.0.0.1, 10.0.0.2, 10.0.0.3)"; of more than five the first ones. Nothing, where nobody is. */
function silentWords(silent: readonly string[]): string {
  if (silent.length === 0) return '';
  const named = silent.slice(0, 5).join(', ');
  const rest = silent.length > 5 ? ' and more' : '';
  return ` (${String(silent.length)} ${silent.length === 1 ? 'is' : 'are'} silent: ${named}${rest})`;
}

function nobodyKnown(unlisted: readonly string[]): string {
  const others =
    unlisted.length > 0
      ? `fleet.yml of this route server does not name ${unlisted.slice(0, 5).join(', ')}`
      : 'the sources of its mesh groups name none, or have not answered ("mesh" in /status)';
  return `No route server of another side is known: ${others}.`;
}

import { evictedOf, isDown, isOfClient, largestTold, type AwayClient } from './client-columns.ts';
import { lastLine, stateLetters } from './clients-format.ts';
import { shown } from './shown.ts';
import type { ClientsHead } from './told-clients.ts';
import type { AgentStatus, BgpSession, PassedOverNeighbor } from './status.ts';

/** An answer of GET /clients, and what of it tells whether the next one says the same. */
export interface ClientsText {
  readonly text: string;
  /** All that decides something, without what moves all the time. */
  readonly stable: string;
}

/** Neighbors of which nothing more is known are named, the first ones. */
const mostPassedOver = 50;
/** As many as an agent keeps out at once. */
const mostEvicted = 1000;
const longestWord = 200;

/**
 * What GET /clients answers, from what GET /status does.
 * @param sinceOf which session of its address this is: a number that changes when another one has come up
 * @param away who had a session a short time ago; who has one now is not away
 */
export function writeClients(
  status: AgentStatus,
  sinceOf: (session: BgpSession) => number,
  away: readonly AwayClient[] = [],
): ClientsText {
  const { sessions } = status;
  const list = sessions.kind === 'read' ? sessions.list.filter(isOfClient) : [];
  const byAddress = Map.groupBy(list, ({ address }) => address);
  const once = list.filter(({ address }) => byAddress.get(address)?.length === 1);
  const twice = [...byAddress].flatMap(([address, { length }]) => (length === 1 ? [] : [address]));
  const awayNow = new Map(away.map((client) => [client.address, client]));
  const told = new Set(sessions.kind === 'read' ? sessions.list.map(({ address }) => address) : []);
  const others = sessions.kind === 'read' ? away.filter(({ address }) => !told.has(address)) : [];
  const head = headOf(status, once.length + others.length, twice);
  const awayOf = (session: BgpSession) => (isDown(session) ? awayNow.get(session.address) : undefined);
  return {
    text: [
      asciiJson(head),
      ...once.map((session) => lineOf(session, awayOf(session))),
      ...others.map(awayLine),
      lastLine,
      '',
    ].join('\n'),
    stable: [
      asciiJson({
        ...head,
        agent: { ...head.agent, now: '' },
        engine: { ...head.engine, forMs: 0 },
        sessions: { ...head.sessions, ageMs: 0 },
      }),
      ...once.map((session) => stableLine(session, awayOf(session)?.sinceMs ?? sinceOf(session))),
      ...others.map(({ address, sinceMs }) => `${address} away ${String(sinceMs)}`),
    ].join('\n'),
  };
}

function headOf(status: AgentStatus, count: number, twice: readonly string[]): ClientsHead {
  const { agent, settings, fleet, engine, readiness, drain, hold, sessions } = status;
  const { now, pod, podRevision, address, routerId } = agent;
  const evicted = sessions.kind === 'read' ? evictedOf(sessions.list).slice(0, mostEvicted) : [];
  return {
    formatVersion: 1,
    agent: { now, pod, ...(podRevision !== undefined && { podRevision }), address, routerId },
    settings: {
      revision: settings.revision,
      ...(settings.refused && { refused: { revision: settings.refused.revision } }),
    },
    ...(fleet && {
      fleet: {
        ...(fleet.revision !== undefined && { revision: fleet.revision }),
        ...(fleet.failure && { failure: shortened(fleet.failure) }),
      },
    }),
    engine: {
      isConnected: engine.isConnected,
      since: engine.since,
      ...(engine.forMs !== undefined && { forMs: Math.round(engine.forMs) }),
      isApplied: engine.isApplied,
      ...(engine.failure && { failure: shortened(engine.failure) }),
    },
    readiness: { isReady: readiness.isReady },
    drain: drainOf(drain),
    ...(hold && { hold: { id: hold.id, until: hold.until, waitsFor: hold.waitsFor, for: hold.for } }),
    sessions:
      sessions.kind === 'read'
        ? {
            kind: 'read',
            ageMs: sessions.ageMs,
            count,
            passedOver: named([...twice.map(toldTwice), ...sessions.passedOver]),
            ...(evicted.length > 0 && { evicted }),
          }
        : sessions.kind === 'stale'
          ? { kind: 'stale', ageMs: sessions.ageMs, failure: shortened(sessions.failure) }
          : { kind: 'unreadable', failure: shortened(sessions.failure) },
  };
}

function drainOf(drain: AgentStatus['drain']): ClientsHead['drain'] {
  if (drain.phase === 'serving') return drain;
  const { phase, cause, requestedBy, requestedAt } = drain;
  return { phase, cause, requestedBy: shown(requestedBy), requestedAt };
}

/** Which is right nobody knows: none counts. */
function toldTwice(neighbor: string): PassedOverNeighbor {
  return { neighbor, why: 'the engine tells of it twice' };
}

/** Those that may have a session first: of the others nobody needs to know. */
function named(passedOver: readonly PassedOverNeighbor[]): PassedOverNeighbor[] {
  const mayBeUp = ({ state = 'unknown' }: PassedOverNeighbor) => state === 'established' || state === 'unknown';
  return [...passedOver.filter(mayBeUp), ...passedOver.filter((each) => !mayBeUp(each))]
    .slice(0, mostPassedOver)
    .map((each) => ({ ...each, neighbor: shown(each.neighbor, longestWord), why: shown(each.why, longestWord) }));
}

type Failure = NonNullable<ClientsHead['engine']['failure']>;

function shortened({ code, operation, message, retryable, causes }: Failure): Failure {
  const [firstCode, firstOperation, firstMessage] = [code, operation, message].map((text) => shown(text));
  return {
    ...{ code: firstCode ?? '', operation: firstOperation ?? '', message: firstMessage ?? '', retryable },
    causes: causes.slice(0, 5).map((cause) => shown(cause)),
  };
}

function awayLine({ address, forMs }: AwayClient): string {
  return [address, `${stateLetters.other}-`, numberOr(forMs / 1000), '-', '0', '-'].join(' ');
}

function lineOf(session: BgpSession, away: AwayClient | undefined): string {
  const { address, uptimeSeconds, receivedMessages, receivedPrefixes, name } = session;
  return [
    address,
    stateOf(session),
    numberOr(isDown(session) ? away && away.forMs / 1000 : uptimeSeconds),
    numberOr(receivedMessages),
    numberOr(receivedPrefixes),
    nameOf(name),
  ].join(' ');
}

/**
 * Without the counters of a session that has all its routes: of messages a reader asks anew, and prefixes that come and go
 * say nothing then.
 */
function stableLine(session: BgpSession, since: number): string {
  const { address, receivedPrefixes, endOfRib, name } = session;
  return [address, stateOf(session), since, endOfRib.received ? '' : receivedPrefixes, nameOf(name)].join(' ');
}

function stateOf({ state, endOfRib }: BgpSession): string {
  const letter = state === 'established' || state === 'unknown' ? stateLetters[state] : stateLetters.other;
  return `${letter}${endOfRib.received ? 'e' : '-'}`;
}

function numberOr(number: number | undefined): string {
  return number === undefined ? '-' : String(Math.min(Math.ceil(number), largestTold));
}

function nameOf(name: string | undefined): string {
  return name === undefined ? '-' : `=${encodeURIComponent(shown(name, 64).toWellFormed())}`;
}

/** JSON on one line, whose characters are one byte each. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

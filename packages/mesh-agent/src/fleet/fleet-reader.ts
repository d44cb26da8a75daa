import {
  agentPaths,
  clientsFields,
  createClientBook,
  discardColumns,
  largestClientsBytes,
  type ClientBook,
  type ClientColumns,
} from '@meshrs/contract';
import { ClientsNotUnderstood, createClientsReader, type ToldByAgent } from '@meshrs/contract/clients';
import type { AgentAnswer } from '@meshrs/gate';
import type { IncomingHttpHeaders } from 'node:http';
import { machineClock } from '../async/clock.ts';
import { createTurns } from '../async/turns.ts';
import { get, NoAnswer } from './get.ts';
import { readStatus } from './read-status.ts';

/** An answer of an agent of before takes megabytes while it is read, and these are few at a time. */
const mostStatuses = 4;
/** All that is kept of all agents: each takes 19 bytes. */
const mostSessions = 1_000_000;

/** Asks agents for their clients, again and again, and keeps what they told: who has nothing new says only that. */
export interface FleetReader {
  /**
   * Begins a look at these agents; what others told is forgotten. Columns that were told anew in the look before are
   * discarded now, but those that the next comparison goes by: a look may have failed before it was compared.
   */
  begin(addresses: readonly string[], needed?: ReadonlySet<ClientColumns>): void;
  /**
   * Never rejects: whatever comes, and however, is either an answer or none, with the reason in a few words. Whole is an
   * answer that counts messages anew, whether or not anything else has changed.
   */
  ask(address: string, wish: AgentWish): Promise<AgentAnswer>;
  /** Of all columns that were read since the last `begin`. */
  book(): ClientBook;
}

export interface AgentWish {
  readonly isWhole: boolean;
  /** Its pod, for who reaches pods by name; left out: of another cluster. */
  readonly pod?: string;
  readonly signal: AbortSignal;
}

/** What an agent told, and the tag of that. */
interface Kept {
  readonly tag: string;
  readonly told: ToldByAgent;
  /** When the engine was asked, by the agent's clock that never steps. */
  readonly readAtMs: number;
}

export function createFleetReader(): FleetReader {
  const kept = new Map<string, Kept>();
  const statuses = Array.from({ length: mostStatuses }, createTurns);
  let nextStatus = 0;
  let book = createClientBook();
  let sessions = 0;
  /** Columns of the look before that this one has told anew. */
  let replaced: ClientColumns[] = [];

  return {
    begin: (addresses, needed = new Set()) => {
      const old = replaced;
      replaced = old.filter((columns) => needed.has(columns));
      for (const columns of old) if (!needed.has(columns)) discardColumns(columns);
      const now = new Set(addresses);
      for (const address of [...kept.keys()]) if (!now.has(address)) drop(address);
      sessions = 0;
      if (!book.isFull()) return;
      // It holds what has gone long ago, too: what is told now is read anew, into another one.
      book = createClientBook();
      for (const address of [...kept.keys()]) drop(address);
    },
    ask: async (address, { isWhole, signal }) => {
      const answer = await askForClients(address, { before: isWhole ? undefined : kept.get(address), signal });
      const counted = answer.ok && answer.told.clients.kind === 'read' ? answer.told.clients.columns.count : 0;
      sessions += counted;
      if (sessions <= mostSessions) return answer;
      drop(address);
      return {
        ok: false,
        why: `GET ${agentPaths.clients} of ${address}: all agents together tell of more than ${String(mostSessions)} sessions`,
      };
    },
    book: () => book,
  };

  async function askForClients(
    address: string,
    { before, signal }: { readonly before: Kept | undefined; readonly signal: AbortSignal },
  ): Promise<AgentAnswer> {
    const askedAtMs = machineClock.monotonicMs();
    const path = agentPaths.clients;
    const of = book;
    const reader = createClientsReader(of);
    try {
      const { status, headers } = await get({
        ...{ address, path, largestBytes: largestClientsBytes, signal },
        ...(before && { headers: { 'if-none-match': before.tag } }),
        onPiece: (piece) => {
          reader.push(piece.toString('latin1'));
        },
      });
      if (status === 404) return await askForStatus(address, of, signal);
      const told = status === 304 ? unchanged(before, headers) : reader.end();
      if (status === 200) keep(address, told, headers);
      return { ok: true, told, tookMs: machineClock.monotonicMs() - askedAtMs };
    } catch (thrown) {
      drop(address);
      if (thrown instanceof NoAnswer) return { ok: false, why: thrown.message };
      if (!(thrown instanceof ClientsNotUnderstood)) throw thrown;
      if (thrown.isOtherFormat) return await askForStatus(address, of, signal);
      return { ok: false, why: `GET ${path} of ${address} is not understood: ${thrown.message}` };
    }
  }

  /** An agent of before, or of later. */
  function askForStatus(address: string, of: ClientBook, signal: AbortSignal): Promise<AgentAnswer> {
    nextStatus = (nextStatus + 1) % mostStatuses;
    const answer = () => readStatus(address, of, signal);
    return statuses[nextStatus]?.take(answer) ?? answer();
  }

  function drop(address: string): void {
    const clients = kept.get(address)?.told.clients;
    if (clients?.kind === 'read') replaced.push(clients.columns);
    kept.delete(address);
  }

  /** Only what an agent can say again by its tag is kept. */
  function keep(address: string, told: ToldByAgent, headers: IncomingHttpHeaders): void {
    const { tag, readAtMs } = fieldsOf(headers);
    drop(address);
    if (told.clients.kind === 'read' && tag !== undefined && readAtMs !== undefined)
      kept.set(address, { tag, told, readAtMs });
  }
}

/** An agent tells the age of one reading in each answer anew, in whole milliseconds, and a busy one a moment late. */
const sameReadingMs = 1000;

/**
 * What was told before, and is told again: by the same tag, with its age. A 304 without them is another's, and tells
 * nothing.
 */
function unchanged(before: Kept | undefined, headers: IncomingHttpHeaders): ToldByAgent {
  const { tag, ageMs, now, readAtMs } = fieldsOf(headers);
  const clients = before?.told.clients;
  if (!before || clients?.kind !== 'read' || tag !== before.tag) {
    throw new ClientsNotUnderstood('it says that nothing has changed of what it has not told');
  }
  if (ageMs === undefined || now === undefined || readAtMs === undefined) {
    throw new ClientsNotUnderstood('it says that nothing has changed, and not when it looked');
  }
  // The engine is another, or the agent: nobody knows how far apart the two answers are.
  if (readAtMs < before.readAtMs - sameReadingMs) throw new ClientsNotUnderstood('its clock has gone back');
  const laterMs = Math.max(0, readAtMs - before.readAtMs);
  const { agent, engine } = before.told;
  return {
    ...before.told,
    agent: { ...agent, now },
    engine: { ...engine, ...(engine.forMs !== undefined && { forMs: engine.forMs + laterMs }) },
    clients: { ...clients, ageMs, unchangedSeconds: laterMs / 1000 },
  };
}

function fieldsOf(headers: IncomingHttpHeaders) {
  const [ageMs, atMs] = [clientsFields.ageMs, clientsFields.atMs].map((name) => numberOf(headers[name]));
  return {
    tag: textOf(headers[clientsFields.tag], /^W\/"[\w-]{1,64}"$/),
    ageMs,
    now: textOf(headers[clientsFields.now], /^\d{4}-\d\d-\d\dT[\d:.]{1,20}Z$/),
    readAtMs: ageMs === undefined || atMs === undefined ? undefined : atMs - ageMs,
  };
}

function textOf(field: string | string[] | undefined, form: RegExp): string | undefined {
  return typeof field === 'string' && form.test(field) ? field : undefined;
}

function numberOf(field: string | string[] | undefined): number | undefined {
  const text = textOf(field, /^\d{1,15}$/);
  return text === undefined ? undefined : Number(text);
}

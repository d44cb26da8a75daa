import type { IpAddress } from '@meshrs/network';
import { z } from 'zod';
import { drainCauses, drainPhases, formerDrainCauses } from '../drain-phases.ts';
import { columnsOf, evictedOf, type ClientBook, type ClientColumns } from './client-columns.ts';
import type { SeenStatus } from './status.ts';
import { toldHold } from './told-hold.ts';
import { otherwise, wordOf, type Json } from './tolerance.ts';
import { passedOver, type SeenPassedOverNeighbor } from './told-sessions.ts';
import { address, count, failure, milliseconds, text, timestamp } from './values.ts';

/**
 * The first line of what GET /clients answers, as JSON: what GET /status tells, too, of whose answer it is and what its
 * route server runs. The sessions of clients follow, line by line (`write-clients.ts`).
 */
export const clientsHeadSchema = z.object({
  formatVersion: z.literal(1),
  agent: z.object({
    now: timestamp,
    pod: text,
    podRevision: text.exactOptional(),
    address,
    routerId: address,
  }),
  settings: z.object({ revision: text, refused: z.object({ revision: text }).exactOptional() }),
  fleet: z.object({ revision: text.exactOptional(), failure: failure.exactOptional() }).exactOptional(),
  engine: z.object({
    isConnected: z.boolean(),
    /** When it began to answer, or was lost. */
    since: timestamp,
    /** For how long, by a clock that never steps. */
    forMs: milliseconds.exactOptional(),
    isApplied: z.boolean(),
    failure: failure.exactOptional(),
  }),
  readiness: z.object({ isReady: z.boolean() }),
  drain: z.object({
    phase: wordOf(drainPhases),
    /** Who asked for it, and when by the agent's wall clock: for people. */
    cause: wordOf([...drainCauses, ...formerDrainCauses]).exactOptional(),
    requestedBy: text.exactOptional(),
    requestedAt: timestamp.exactOptional(),
  }),
  hold: toldHold.exactOptional(),
  sessions: z.union([
    z.object({
      kind: z.literal('read'),
      ageMs: milliseconds,
      /** How many lines follow. */
      count,
      passedOver: z.array(passedOver),
      /** Whom the route server keeps out: they are not on their way back. Left out: nobody, or by an agent of before. */
      evicted: z.array(address).exactOptional(),
    }),
    z.object({ kind: z.literal('stale'), ageMs: milliseconds, failure }),
    z.object({ kind: z.literal('unreadable'), failure }),
    otherwise('kind'),
  ]),
});

/** What an agent of this version writes. */
export type ClientsHead = Json<z.input<typeof clientsHeadSchema>>;
type SeenHead = Json<z.output<typeof clientsHeadSchema>>;

/** What an agent told of the clients of its route server, by whichever answer. */
export interface ToldByAgent extends Omit<SeenHead, 'formatVersion' | 'sessions'> {
  readonly clients: SeenClients;
}

export type SeenClients =
  | {
      readonly kind: 'read';
      /** How long ago the engine was asked. */
      readonly ageMs: number;
      readonly columns: ClientColumns;
      /** So long after the columns the agent told that nothing has changed but uptimes and counts that decide nothing. */
      readonly unchangedSeconds: number;
      readonly passedOver: readonly SeenPassedOverNeighbor[];
      /** Whom the route server keeps out, as far as its agent tells. */
      readonly evicted: readonly IpAddress[];
    }
  | Exclude<SeenHead['sessions'], { readonly kind: 'read' }>;

/** The same of what GET /status told. */
export function toldByStatus(book: ClientBook, status: SeenStatus): ToldByAgent {
  const { agent, settings, fleet, engine, readiness, drain, hold, sessions } = status;
  return {
    ...{
      agent,
      settings,
      engine,
      readiness,
      drain: drainOf(drain),
      ...(fleet && { fleet }),
      ...(hold && { hold: { id: hold.id, until: hold.until, waitsFor: hold.waitsFor, for: hold.for } }),
    },
    clients:
      sessions.kind === 'read'
        ? {
            ...{ kind: 'read', ageMs: sessions.ageMs, passedOver: sessions.passedOver },
            columns: columnsOf(book, sessions.list),
            unchangedSeconds: 0,
            evicted: evictedOf(sessions.list),
          }
        : sessions,
  };
}

/** What of a drain GET /clients tells, too. */
function drainOf(drain: SeenStatus['drain']): SeenHead['drain'] {
  const { phase, ...rest } = drain;
  return {
    phase,
    ...('cause' in rest && { cause: rest.cause }),
    ...('requestedBy' in rest && { requestedBy: rest.requestedBy }),
    ...('requestedAt' in rest && { requestedAt: rest.requestedAt }),
  };
}

import { z } from 'zod';
import { sessionKinds, sessionStates } from '../sessions.ts';
import { shown } from './shown.ts';
import { addedLater, otherwise, wordOf, writes, type Json } from './tolerance.ts';
import { address, asn, count, failure, milliseconds, text } from './values.ts';

/** A BGP session of a route server, as its engine tells of it. */
const session = z.object({
  address,
  /** Left out for a neighbor that belongs to no group: an evicted one, or somebody else's. */
  group: text.exactOptional(),
  /** A kind that the reader does not know may be a client's. */
  kind: wordOf(sessionKinds),
  /** The client's name in the settings; declared clients alone have one. */
  name: text.exactOptional(),
  state: wordOf(sessionStates),
  /** From the OPEN message for a range client; as configured otherwise. */
  remoteAsn: asn.exactOptional(),
  /** From the OPEN message; known while established. */
  remoteRouterId: address.exactOptional(),
  /** Since it was established; left out when it is not. */
  uptimeSeconds: z.number().nonnegative().exactOptional(),
  /** How often it came up, and went down, since the daemon knows the neighbor. */
  establishedCount: addedLater(count),
  droppedCount: addedLater(count),
  /** BGP messages of any type since the daemon knows the neighbor. */
  receivedMessages: addedLater(count),
  /** Prefixes of the family in use (EVPN, or IPv4 unicast for a reflector); 0 when it is not established. */
  receivedPrefixes: count,
  sentPrefixes: count,
  /**
   * End-of-RIB of the family in use (RFC 4724 section 2). FRR tells of it only where the neighbor knows graceful restart,
   * as every FRR does; of others both stay false.
   */
  endOfRib: z.object({ received: z.boolean(), sent: z.boolean() }),
  /** Why the last session ended, in the daemon's words. */
  lastResetReason: text.exactOptional(),
});

/** A neighbor of which nothing more is known than this: who has a session with it cannot be told. */
export const passedOver = z.object({
  /** As the daemon, or the agent, calls it: "eth0". */
  neighbor: text,
  why: text,
  /** Left out where that is not known either. */
  state: wordOf(sessionStates).exactOptional(),
});

export type BgpSession = Json<z.input<typeof session>>;
export type SeenSession = Json<z.output<typeof session>>;
export type PassedOverNeighbor = Json<z.input<typeof passedOver>>;
export type SeenPassedOverNeighbor = Json<z.output<typeof passedOver>>;

/** Entry for entry: one that is not as it should be is passed over by name, and the others are read. */
const list = writes<BgpSession[]>()(z.array(z.unknown()).transform(readEntries));

const told = { list, passedOver: z.array(passedOver) };

/**
 * The sessions of a route server, as the agent knows them: read a moment ago; last read longer ago, because the engine has
 * not answered since; or not known at all. None of the three says that there are no sessions: an empty list that was read
 * does.
 */
export const toldSessions = writes<ToldSessions>()(
  z
    .union([
      z.object({ kind: z.literal('read'), ageMs: milliseconds, ...told }),
      z.object({ kind: z.literal('stale'), ageMs: milliseconds, ...told, failure }),
      z.object({ kind: z.literal('unreadable'), failure }),
      otherwise('kind'),
    ])
    .transform((value): SeenSessions => {
      if (!('list' in value)) return value;
      const { list: entries, passedOver: others, ...rest } = value;
      return { ...rest, list: entries.whole, passedOver: [...others, ...entries.odd] };
    }),
);

/** What an agent of this version writes. */
export type ToldSessions =
  | ReadSessions<BgpSession, PassedOverNeighbor>
  | StaleSessions<BgpSession, PassedOverNeighbor>
  | { readonly kind: 'unreadable'; readonly failure: Failure };

/** What a reader of an agent of any version has. */
export type SeenSessions =
  | ReadSessions<SeenSession, SeenPassedOverNeighbor>
  | StaleSessions<SeenSession, SeenPassedOverNeighbor>
  | { readonly kind: 'unreadable'; readonly failure: Failure }
  /** A newer agent has another word for how it knows them. */
  | { readonly kind: 'unknown' };

interface ReadSessions<Session, PassedOver> {
  readonly kind: 'read';
  /** How long ago the engine was asked, by the agent's clock that never steps. */
  readonly ageMs: number;
  readonly list: readonly Session[];
  readonly passedOver: readonly PassedOver[];
}

interface StaleSessions<Session, PassedOver> extends Omit<ReadSessions<Session, PassedOver>, 'kind'> {
  readonly kind: 'stale';
  /** Why there is nothing newer. */
  readonly failure: Failure;
}

type Failure = Json<z.output<typeof failure>>;

interface Entries {
  readonly whole: readonly SeenSession[];
  readonly odd: readonly SeenPassedOverNeighbor[];
}

/** The sessions of an answer, and those of its entries that are none. */
export function readEntries(entries: readonly unknown[]): Entries {
  const whole: SeenSession[] = [];
  const odd: SeenPassedOverNeighbor[] = [];
  for (const [index, entry] of entries.entries()) {
    const { data, error } = session.safeParse(entry);
    if (data) whole.push(data);
    else odd.push({ neighbor: nameOf(entry, index), why: shown(whatIsOdd(error), 200) });
  }
  return { whole, odd };
}

/** Its address, where it has a text for one; its place in the list otherwise. */
function nameOf(entry: unknown, index: number): string {
  const named = z.object({ address: z.string() }).safeParse(entry);
  return named.success ? shown(named.data.address, 64) : `sessions.list[${String(index)}]`;
}

/** "remoteAsn: Invalid input" */
function whatIsOdd({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
}

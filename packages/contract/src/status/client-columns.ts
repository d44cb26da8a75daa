import { createAddressTable, type AddressTable, type IpAddress } from '@meshrs/network';
import type { SessionKind } from '../sessions.ts';
import type { Unknown } from './tolerance.ts';
import type { SeenSession } from './told-sessions.ts';

/** What all columns that are compared with each other share: a row for each address, and a number for each name. */
export interface ClientBook {
  readonly addresses: AddressTable;
  /** From 1 on; 0, which is no name's, when it holds as many as it may. */
  readonly numberOf: (name: string) => number;
  readonly nameOf: (number: number) => string | undefined;
  /** It holds as many addresses or names as it may: what is told of one more is not taken. */
  readonly isFull: () => boolean;
}

/**
 * The sessions of a route server that are neither the mesh's nor kept out, column by column: of half a million, objects
 * would take some 200 MiB, and these take 9.
 */
export interface ClientColumns {
  readonly book: ClientBook;
  readonly count: number;
  /** Of the address. */
  readonly rows: Uint32Array;
  /** `sessionBits`. */
  readonly states: Uint8Array;
  /** The number of its name; 0: it has none. */
  readonly names: Uint16Array;
  /** In seconds since it was established, or, of one that is down, since it had a session last; `notTold`. */
  readonly uptimes: Uint32Array;
  /** BGP messages that it has received; `notTold`. */
  readonly messages: Uint32Array;
  /** Prefixes that it has received. */
  readonly prefixes: Uint32Array;
}

export const sessionBits = {
  established: 1,
  /** Its state is not known, as a newer agent may tell of: it may be established. */
  unknown: 2,
  /** End-of-RIB has come. */
  endOfRib: 4,
} as const;

/** In place of a number that is not told. */
export const notTold = 0xffff_ffff;
/** Larger numbers count as this one. */
export const largestTold = notTold - 1;

/** More than a fleet of 500 route servers has; each takes some 16 bytes. */
const mostAddresses = 2 ** 19;
/** More than a topology can declare. */
const mostNames = 2 ** 16 - 1;

export function createClientBook(): ClientBook {
  const addresses = createAddressTable();
  const numbers = new Map<string, number>();
  const names: string[] = [];
  return {
    addresses,
    numberOf: (name) => {
      const known = numbers.get(name);
      if (known !== undefined) return known;
      // A number more would be another's in the columns: who has none is known by the address alone.
      if (names.length >= mostNames) return 0;
      // What is cut out of a large text keeps all of it in memory.
      const own = JSON.parse(JSON.stringify(name)) as string;
      names.push(own);
      numbers.set(own, names.length);
      return names.length;
    },
    nameOf: (number) => names[number - 1],
    isFull: () => addresses.size() >= mostAddresses || names.length >= mostNames,
  };
}

/** Whether it may be a client's; one of a kind that is not known, as a newer agent may tell of, may be. */
export function isOfClient({ kind }: { readonly kind: SessionKind | Unknown }): boolean {
  return kind !== 'mesh' && kind !== 'evicted';
}

/** Those that are kept out: nobody waits for them. */
export function evictedOf(
  sessions: readonly { readonly address: IpAddress; readonly kind: SessionKind | Unknown }[],
): readonly IpAddress[] {
  return sessions.flatMap(({ address, kind }) => (kind === 'evicted' ? [address] : []));
}

/**
 * A buffer of this size has pages of its own (malloc(3), M_MMAP_THRESHOLD), of which those that are written count, and which
 * go back with it; smaller ones stand between what was read from sockets, and leave holes there of twice their size.
 */
const ownPagesBytes = 132 * 1024;

export function createColumns(book: ClientBook, count: number): ClientColumns {
  const bytes = new ArrayBuffer(Math.max(count * 19, ownPagesBytes));
  const column = (index: number) => new Uint32Array(bytes, count * 4 * index, count);
  return {
    ...{ book, count, rows: column(0), uptimes: column(1), messages: column(2), prefixes: column(3) },
    ...{ names: new Uint16Array(bytes, count * 16, count), states: new Uint8Array(bytes, count * 18, count) },
  };
}

/**
 * Gives the memory of columns back at once, which nobody may read any more: the collector leaves tens of MiB of them before
 * it looks.
 */
export function discardColumns({ rows }: ClientColumns): void {
  if (rows.buffer instanceof ArrayBuffer) rows.buffer.transfer(0);
}

export function areDiscarded({ rows, count }: ClientColumns): boolean {
  return rows.length !== count;
}

/** A client that had a session a short time ago, and has none now. */
export interface AwayClient {
  readonly address: IpAddress;
  /** When it was first seen without one, by the clock of who saw it. */
  readonly sinceMs: number;
  /** How long ago that is. */
  readonly forMs: number;
}

/** The columns of these sessions, without those that are no client's, and of clients that are away. */
export function columnsOf(
  book: ClientBook,
  sessions: readonly SeenSession[],
  away: readonly AwayClient[] = [],
): ClientColumns {
  const ofClients = sessions.filter(isOfClient);
  const told = new Set<string>(sessions.map(({ address }) => address));
  const others = away.filter(({ address }) => !told.has(address));
  const awayFor = new Map(away.map(({ address, forMs }) => [address, forMs / 1000]));
  const columns = createColumns(book, ofClients.length + others.length);
  for (const [index, session] of ofClients.entries()) {
    columns.rows[index] = book.addresses.rowOf(session.address);
    columns.states[index] = stateBits(session);
    columns.names[index] = session.name === undefined ? 0 : book.numberOf(session.name);
    columns.uptimes[index] = toldNumber(isDown(session) ? awayFor.get(session.address) : session.uptimeSeconds);
    columns.messages[index] = toldNumber(session.receivedMessages);
    columns.prefixes[index] = toldNumber(session.receivedPrefixes);
  }
  for (const [place, { address, forMs }] of others.entries()) {
    const index = ofClients.length + place;
    columns.rows[index] = book.addresses.rowOf(address);
    columns.uptimes[index] = toldNumber(forMs / 1000);
    columns.messages[index] = notTold;
  }
  return columns;
}

/** Known to have no session. */
export function isDown({ state }: Pick<SeenSession, 'state'>): boolean {
  return state !== 'established' && state !== 'unknown';
}

export function stateBits({ state, endOfRib }: Pick<SeenSession, 'state' | 'endOfRib'>): number {
  return (
    (state === 'established' ? sessionBits.established : state === 'unknown' ? sessionBits.unknown : 0) |
    (endOfRib.received ? sessionBits.endOfRib : 0)
  );
}

export function toldNumber(number: number | undefined): number {
  return number === undefined ? notTold : Math.min(Math.ceil(number), largestTold);
}

/** What a session's columns hold, as an object; the name as a person may be shown it. */
export interface SessionInColumns {
  readonly address: IpAddress;
  readonly name?: string;
  readonly receivedPrefixes: number;
}

export function sessionIn({ book, rows, names, prefixes }: ClientColumns, index: number): SessionInColumns {
  const address = book.addresses.addressOf(rows[index] ?? -1);
  if (address === undefined) throw new Error(`There is no session ${String(index)}.`);
  const name = book.nameOf(names[index] ?? 0);
  return {
    address,
    ...(name !== undefined && { name }),
    receivedPrefixes: prefixes[index] ?? 0,
  };
}

import { sessionBits, sessionIn, type ClientBook, type ClientColumns } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { ClientsSight } from './route-server-sight.ts';
import { isToldAway, rememberSeen, type SeenOnSide } from './seen-clients.ts';

/** The clients of a side, each once; of two sessions the one with more routes counts. By the row of their address. */
export interface ClientsOfSide {
  readonly count: number;
  readonly has: (row: number) => boolean;
  /** It has no session there now, and had one a short time ago. */
  readonly isAway: (row: number) => boolean;
  readonly routeServerOf: (row: number) => string;
  readonly shownOf: (row: number) => { readonly address: IpAddress; readonly name?: string };
  /** What the side has of its routes; of one that is away it has none, and any number is as many. */
  readonly routesOf: (row: number) => { readonly endOfRib: boolean; readonly prefixes: number };
  /** Whether it is known by what stands at that place of these columns. */
  readonly isAt: (row: number, columns: ClientColumns, index: number) => boolean;
  /** For the next look; undefined where nobody keeps the time. */
  readonly seen: SeenOnSide | undefined;
  /** Gives its memory back; nobody asks it any more. */
  readonly discard: () => void;
}

/** By what those count who are away for a moment. */
export interface AwayRules {
  readonly book: ClientBook;
  /** Of a clock that never steps. */
  readonly atSeconds: number;
  readonly before: SeenOnSide | undefined;
}

/**
 * Those with a session that is established, or in a state that is not known: such a one may be. With `away` also those who had
 * one a short time ago, by the word of the agent or by the looks before.
 */
export function clientsOf(side: readonly ClientsSight[], rows: number, away?: AwayRules): ClientsOfSide {
  const told = side.map(({ name, reading }) => ({ name, reading, columns: columnsIn(reading) }));
  /** Of the route server, and one; 0: no client. */
  const places = new Uint32Array(rows);
  const indexes = new Uint32Array(rows);
  let count = 0;
  for (const [place, { name, columns }] of told.entries()) {
    for (let index = 0; columns && index < columns.count; index++) {
      if (!mayBeUp(columns, index)) continue;
      const row = columns.rows[index] ?? 0;
      const known = told[(places[row] ?? 0) - 1];
      if (!known?.columns) count += 1;
      else if (
        !isBefore({ name, columns, index }, { name: known.name, columns: known.columns, index: indexes[row] ?? 0 })
      )
        continue;
      places[row] = place + 1;
      indexes[row] = index;
    }
  }
  const seen = away && rememberSeen(side, places, away);
  for (const [place, { reading, columns }] of (away ? told : []).entries()) {
    for (let index = 0; columns && index < columns.count; index++) {
      const row = columns.rows[index] ?? 0;
      if (places[row] !== 0 || reading.kind !== 'read') continue;
      if (!isToldAway(columns, index, reading.unchangedSeconds)) continue;
      count += 1;
      places[row] = place + 1;
      indexes[row] = index;
    }
  }
  const remembered = new Map([...(seen?.away ?? [])].filter(([row]) => places[row] === 0));
  count += remembered.size;
  const toldOf = (row: number) => {
    const { name, columns } = told[(places[row] ?? 0) - 1] ?? {};
    return name !== undefined && columns ? { name, columns, index: indexes[row] ?? 0 } : undefined;
  };
  return {
    count,
    has: (row) => places[row] !== 0 || remembered.has(row),
    isAway: (row) => {
      const known = toldOf(row);
      return known ? !mayBeUp(known.columns, known.index) : remembered.has(row);
    },
    routeServerOf: (row) => {
      const name = toldOf(row)?.name ?? remembered.get(row)?.routeServer;
      if (name === undefined) throw new Error(`The address of row ${String(row)} is no client of the side.`);
      return name;
    },
    shownOf: (row) => {
      const known = toldOf(row);
      if (known) return sessionIn(known.columns, known.index);
      const address = away?.book.addresses.addressOf(row);
      if (address === undefined) throw new Error(`The address of row ${String(row)} is no client of the side.`);
      return { address };
    },
    routesOf: (row) => {
      const known = toldOf(row);
      return known ? { endOfRib: endOfRib(known) !== 0, prefixes: prefixes(known) } : { endOfRib: false, prefixes: 0 };
    },
    isAt: (row, columns, index) => {
      const known = toldOf(row);
      return known?.columns === columns && known.index === index;
    },
    seen,
    discard: () => {
      for (const { buffer } of [places, indexes]) buffer.transfer(0);
    },
  };
}

function columnsIn(reading: ClientsSight['reading']): ClientColumns | undefined {
  return reading.kind === 'read' ? reading.clients : undefined;
}

function mayBeUp({ states }: ClientColumns, index: number): boolean {
  return ((states[index] ?? 0) & (sessionBits.established | sessionBits.unknown)) !== 0;
}

interface Session {
  readonly name: string;
  readonly columns: ClientColumns;
  readonly index: number;
}

function isBefore(one: Session, other: Session): boolean {
  const difference = endOfRib(other) - endOfRib(one) || prefixes(other) - prefixes(one);
  return difference < 0 || (difference === 0 && one.name < other.name);
}

function endOfRib({ columns, index }: Pick<Session, 'columns' | 'index'>): number {
  return (columns.states[index] ?? 0) & sessionBits.endOfRib;
}

function prefixes({ columns, index }: Pick<Session, 'columns' | 'index'>): number {
  return columns.prefixes[index] ?? 0;
}

import { sessionBits, type ClientColumns } from '@meshrs/contract';
import type { ClientsSight } from './route-server-sight.ts';

/** The clients of a side, each once; of two sessions the one with more routes counts. By the row of their address. */
export interface ClientsOfSide {
  readonly count: number;
  readonly has: (row: number) => boolean;
  readonly routeServerOf: (row: number) => string;
  readonly columnsOf: (row: number) => ClientColumns;
  /** The place of its session in the columns. */
  readonly indexOf: (row: number) => number;
  /** Gives its memory back; nobody asks it any more. */
  readonly discard: () => void;
}

/** Those with a session that is established, or in a state that is not known: such a one may be. */
export function clientsOf(side: readonly ClientsSight[], rows: number): ClientsOfSide {
  const told = side.flatMap(({ name, reading }) =>
    reading.kind === 'read' ? [{ name, columns: reading.clients }] : [],
  );
  /** Of the route server, and one; 0: no client. */
  const places = new Uint32Array(rows);
  const indexes = new Uint32Array(rows);
  let count = 0;
  for (const [place, { name, columns }] of told.entries()) {
    for (let index = 0; index < columns.count; index++) {
      if (((columns.states[index] ?? 0) & (sessionBits.established | sessionBits.unknown)) === 0) continue;
      const row = columns.rows[index] ?? 0;
      const known = told[(places[row] ?? 0) - 1];
      if (!known) count += 1;
      else if (!isBefore({ name, columns, index }, { ...known, index: indexes[row] ?? 0 })) continue;
      places[row] = place + 1;
      indexes[row] = index;
    }
  }
  const toldOf = (row: number) => {
    const found = told[(places[row] ?? 0) - 1];
    if (!found) throw new Error(`The address of row ${String(row)} is no client of the side.`);
    return found;
  };
  return {
    count,
    has: (row) => places[row] !== 0,
    routeServerOf: (row) => toldOf(row).name,
    columnsOf: (row) => toldOf(row).columns,
    indexOf: (row) => indexes[row] ?? 0,
    discard: () => {
      for (const { buffer } of [places, indexes]) buffer.transfer(0);
    },
  };
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

function endOfRib({ columns, index }: Session): number {
  return (columns.states[index] ?? 0) & sessionBits.endOfRib;
}

function prefixes({ columns, index }: Session): number {
  return columns.prefixes[index] ?? 0;
}

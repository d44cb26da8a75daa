import { sessionBits, type ClientBook } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { ClientsOfSide } from './clients-of-side.ts';
import type { Keeper } from './keepers.ts';
import type { Keeping } from './keeping.ts';
import type { ClientsSight } from './route-server-sight.ts';
import type {
  AskedClients,
  MissingClient,
  MissingReason,
  SidesComparison,
  UnknownClients,
} from './sides-comparison.ts';

/** A quarter of a million clients may be missing; nobody reads their names. Whom somebody asks about are all listed. */
export const listedAtMost = 1000;

interface Facts {
  readonly ofNext: readonly ClientsSight[];
  readonly keepers: readonly Keeper[];
  readonly clients: ClientsOfSide;
  readonly keeping: Keeping;
  readonly allowMissing: readonly IpAddress[];
  /** Of them those that had a session elsewhere a short time ago: these are waited for. */
  readonly isOnItsWay: (row: number) => boolean;
  readonly about: AskedClients;
  /** A route server of another side of which nobody knows whether it keeps them. */
  readonly unknown: UnknownClients | undefined;
}

/** The clients of the next side that nobody keeps, in order of address. */
export function findMissing(
  book: ClientBook,
  facts: Facts,
): Pick<SidesComparison, 'missing' | 'more' | 'allowMissing' | 'needlesslyAllowed'> {
  const { clients, keeping, allowMissing, isOnItsWay, about } = facts;
  const { addresses } = book;
  const isAllowed = new Uint8Array(addresses.size());
  for (const row of rowsOf(book, allowMissing)) if (!isOnItsWay(row)) isAllowed[row] = 1;
  const isMissing = (row: number) => clients.has(row) && !keeping.isKept(row);
  const rows =
    about === 'all' ? rowsWhere(addresses.size(), isMissing) : rowsOf(book, [...new Set(about)]).filter(isMissing);
  rows.sort(addresses.compareRows);
  const mostListed = about === 'all' ? listedAtMost : Infinity;
  const listed: { readonly row: number; readonly reason: MissingReason }[] = [];
  const allowed: typeof listed = [];
  const counts = new Map<MissingReason['kind'], number>();
  for (const row of rows) {
    const reason = reasonOf(row, facts);
    if (isAllowed[row] === 1) {
      allowed.push({ row, reason });
      continue;
    }
    const count = (counts.get(reason.kind) ?? 0) + 1;
    counts.set(reason.kind, count);
    if (count <= mostListed) listed.push({ row, reason });
  }
  const nameOf = namesOf(book, facts, [...listed, ...allowed]);
  const shown = ({ row, reason }: (typeof listed)[number]): MissingClient => {
    const { address, name = nameOf(row) } = clients.shownOf(row);
    return {
      address,
      ...(name !== undefined && { name }),
      routeServer: clients.routeServerOf(row),
      ...(clients.isAway(row) && { isAway: true }),
      reason,
    };
  };
  const more = [...counts].flatMap(([kind, count]) =>
    count > mostListed ? [[kind, count - mostListed] as const] : [],
  );
  return {
    missing: listed.map(shown),
    more: new Map(more),
    allowMissing: allowed.map(shown),
    needlesslyAllowed: rowsOf(book, [...new Set(allowMissing)])
      .filter((row) => clients.has(row) && keeping.isKept(row))
      .sort(addresses.compareRows)
      .flatMap((row) => addresses.addressOf(row) ?? []),
  };
}

function reasonOf(row: number, { keeping, unknown }: Facts): MissingReason {
  return (
    keeping.reasonOf(row) ??
    (unknown ? { kind: 'not-readable', routeServer: unknown.routeServer, why: unknown.why } : { kind: 'no-session' })
  );
}

/** Without a list of all that are none: there may be a million. */
function rowsWhere(size: number, isWanted: (row: number) => boolean): number[] {
  const rows: number[] = [];
  for (let row = 0; row < size; row++) if (isWanted(row)) rows.push(row);
  return rows;
}

export function rowsOf({ addresses }: ClientBook, list: readonly IpAddress[]): number[] {
  return list.flatMap((address) => addresses.find(address) ?? []);
}

/** The name that any session gives an address whose own has none. */
function namesOf(
  book: ClientBook,
  { ofNext, keepers }: Facts,
  missing: readonly { readonly row: number }[],
): (row: number) => string | undefined {
  const names = new Map(missing.map(({ row }) => [row, 0]));
  const told = [
    ...ofNext.flatMap(({ reading }) => (reading.kind === 'read' ? [reading.clients] : [])),
    ...keepers.map(({ clients }) => clients),
  ];
  const { established, unknown } = sessionBits;
  for (const [place, columns] of (missing.length === 0 ? [] : told).entries()) {
    // Of the side that keeps, one that may be established is none that is.
    const bits = place < told.length - keepers.length ? established | unknown : established;
    for (let index = 0; index < columns.count; index++) {
      const row = columns.rows[index] ?? 0;
      const name = columns.names[index] ?? 0;
      if (name !== 0 && ((columns.states[index] ?? 0) & bits) !== 0 && names.has(row)) names.set(row, name);
    }
  }
  return (row) => book.nameOf(names.get(row) ?? 0);
}

import { clientsReturnMs, notTold, sessionBits, type ClientBook, type ClientColumns } from '@meshrs/contract';
import type { ClientsSight } from './route-server-sight.ts';

/**
 * A client whose session has ended may be on its way back for as long as the slowest one takes to dial again: until then it
 * counts as a client of that side. One that stays away for longer has left.
 */
export const awaySeconds = clientsReturnMs / 1000;

/** Who was seen on a side in the looks before, by the row of its address. */
export interface SeenOnSide {
  readonly book: ClientBook;
  /** The place of the route server that had its session in the last look, and one; 0: none had. */
  readonly places: Uint16Array | Uint32Array;
  readonly names: readonly string[];
  readonly away: ReadonlyMap<number, SeenAway>;
}

export interface SeenAway {
  readonly sinceSeconds: number;
  readonly routeServer: string;
}

/** When each client that may be missing was last seen with a session elsewhere, by the row of its address. */
export interface KeptBefore {
  readonly book: ClientBook;
  readonly atSeconds: ReadonlyMap<number, number>;
}

/** How an agent tells of a client that had a session a short time ago. */
export function isToldAway({ states, uptimes }: ClientColumns, index: number, unchangedSeconds: number): boolean {
  if (((states[index] ?? 0) & (sessionBits.established | sessionBits.unknown)) !== 0) return false;
  const told = uptimes[index] ?? notTold;
  return told !== notTold && told + unchangedSeconds <= awaySeconds;
}

/**
 * Remembers who is there, and since when who was is not: an agent of before does not tell that, nor one whose record is lost.
 * Those of a route server that does not tell its clients are where they were, and whom the one that had them keeps out has not
 * just gone.
 * @param placeOf the place of the route server that has a session of the row, and one; 0: none has
 */
export function rememberSeen(
  side: readonly ClientsSight[],
  placeOf: Uint32Array,
  by: { readonly book: ClientBook; readonly atSeconds: number; readonly before: SeenOnSide | undefined },
): SeenOnSide {
  const { book, atSeconds } = by;
  const names = side.map(({ name }) => name);
  const places = names.length < 0xffff ? Uint16Array.from(placeOf) : placeOf.slice();
  const away = new Map<number, SeenAway>();
  const isKeptOut = keptOutBy(side, book);
  // Rows of another book are other addresses.
  const before = by.before?.book === book ? by.before : undefined;
  for (const [row, seen] of before?.away ?? []) {
    const isYoung = atSeconds - seen.sinceSeconds <= awaySeconds;
    if (places[row] === 0 && isYoung && !isKeptOut(seen.routeServer, row)) away.set(row, seen);
  }
  const silent = new Map(
    side.flatMap(({ name, reading }, place) =>
      reading.kind === 'unreadable' || reading.kind === 'stale' ? [[name, place + 1] as const] : [],
    ),
  );
  for (let row = 0; row < (before?.places.length ?? 0); row++) {
    const then = before?.places[row] ?? 0;
    if (then === 0 || places[row] !== 0) continue;
    const routeServer = before?.names[then - 1] ?? '';
    const place = silent.get(routeServer);
    if (place !== undefined) places[row] = place;
    else if (!isKeptOut(routeServer, row)) away.set(row, { sinceSeconds: atSeconds, routeServer });
  }
  return { book, places, names, away };
}

/** Whether a route server says that it keeps a client out: that another one does tells nothing of a session here. */
function keptOutBy(side: readonly ClientsSight[], book: ClientBook): (routeServer: string, row: number) => boolean {
  const evicted = new Map(
    side.flatMap(({ name, reading }) =>
      reading.kind === 'read' && reading.evicted ? [[name, new Set(reading.evicted)] as const] : [],
    ),
  );
  return (routeServer, row) => {
    const address = book.addresses.addressOf(row);
    return address !== undefined && evicted.get(routeServer)?.has(address) === true;
  };
}

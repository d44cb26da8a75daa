import type { ClientBook } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import { clientsOf } from './clients-of-side.ts';
import { keepersOf, type SessionsBefore, type SidesMemory } from './keepers.ts';
import { considerByName, createKeeping } from './keeping.ts';
import { rememberKept } from './allowed-clients.ts';
import { findMissing, rowsOf } from './missing-clients.ts';
import { endangeredUnknown, isEstablished, type ClientsReading, type ClientsSight } from './route-server-sight.ts';
import type { AskedClients, SidesComparison, UnknownClients } from './sides-comparison.ts';

export interface ComparisonOptions {
  /** The side that would be taken away. */
  readonly next: string;
  readonly allowMissing: readonly IpAddress[];
  readonly memory: SidesMemory;
  /** What time it is, by a clock that never steps. Left out: nobody remembers who may be missing and was elsewhere. */
  readonly atSeconds?: number;
  /** Who had a session a short time ago, and has none now, counts as a client, too; it needs the time. */
  readonly areAwayCounted?: boolean;
  /** Whose keeping is told; left out: all. */
  readonly about?: AskedClients;
  /** By side; one that is not named has not changed. */
  readonly secondsSinceChange?: ReadonlyMap<string, number>;
  /**
   * For how long the comparisons whose memory this is have listened: who sent no message in that time keeps nobody. Left out:
   * one look alone, or one that ends no session.
   */
  readonly listenedSeconds?: number | undefined;
  /** For how long a message counts; left out: as long as they listen. */
  readonly heardForSeconds?: number | undefined;
}

/**
 * Which clients with a session on the side `next` would be without any, were that side taken away: those without an
 * established session, with their routes and heard from since the last change and since the listening began, with a route server of another side that stays.
 */
export function compareSides(routeServers: readonly ClientsSight[], options: ComparisonOptions): SidesComparison {
  const { next, allowMissing, memory, atSeconds, areAwayCounted, about = 'all' } = options;
  const { secondsSinceChange = new Map<string, number>(), listenedSeconds, heardForSeconds } = options;
  const ofNext = routeServers.filter(({ side }) => side === next);
  const others = routeServers
    .filter(({ side, isForeign }) => side !== next && !isForeign)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const book = bookOf(routeServers);
  const rows = book?.addresses.size() ?? 0;
  const time = book && atSeconds !== undefined ? { book, atSeconds } : undefined;
  const clients = clientsOf(ofNext, rows, areAwayCounted && time ? { ...time, before: memory.next } : undefined);
  const keepers = keepersOf(others, { memory, secondsSinceChange, listenedSeconds, heardForSeconds, rows });
  const keeping = createKeeping(keepers, clients, rows);
  for (const [place, { clients: columns }] of keepers.entries()) {
    for (let index = 0; index < columns.count; index++) {
      const row = columns.rows[index] ?? 0;
      if (clients.has(row) && isEstablished(columns, index)) keeping.consider(row, place, index);
    }
  }
  if (book) considerByName(book, { ofNext, others, keepers, clients }, keeping.consider);
  const unknown = others.flatMap(unknownClients).find(({ kind }) => kind !== 'partial');
  const kept =
    time && rememberKept(rowsOf(time.book, allowMissing), { ...time, before: memory.kept, keepers, keeping });
  const isOnItsWay = (row: number) => kept?.atSeconds.has(row) === true;
  const found =
    book && findMissing(book, { ofNext, keepers, clients, keeping, allowMissing, isOnItsWay, about, unknown });
  keeping.discard();
  clients.discard();
  return {
    clientCount: clients.count,
    ...(found ?? { missing: [], more: new Map(), allowMissing: [], needlesslyAllowed: [] }),
    unreadable: ofNext.flatMap(unknownClients),
    memory: {
      next: clients.seen,
      kept,
      keepers: new Map([
        ...keepersNotRead(memory, others),
        ...keepers.map(({ key, name, listening, clients, unchangedSeconds, settled }): [string, SessionsBefore] => [
          key,
          {
            routeServer: name,
            clients,
            unchangedSeconds,
            settled,
            heard: listening.remembered,
            isWaiting: listening.isWaiting,
          },
        ]),
      ]),
    },
  };
}

/** Of who was not read in this look the next one knows what was known before it. */
function keepersNotRead({ keepers }: SidesMemory, others: readonly ClientsSight[]): [string, SessionsBefore][] {
  const notRead = new Set(others.flatMap(({ name, reading }) => (isNotKnown(reading) ? [name] : [])));
  return [...keepers].filter(([, { routeServer }]) => notRead.has(routeServer));
}

function isNotKnown({ kind }: ClientsReading): boolean {
  return kind === 'unreadable' || kind === 'stale';
}

/** Rows are numbers of one book: of two, they would tell of other addresses. */
function bookOf(routeServers: readonly ClientsSight[]): ClientBook | undefined {
  const books = routeServers.flatMap(({ reading }) => (reading.kind === 'read' ? [reading.clients.book] : []));
  if (new Set(books).size > 1) throw new Error('The sessions of these route servers are read by several books.');
  return books[0];
}

function unknownClients({ name: routeServer, reading }: ClientsSight): readonly UnknownClients[] {
  switch (reading.kind) {
    case 'engine-down':
    case 'counted-as-none':
      return [];
    case 'unreadable':
    case 'stale':
      return [{ routeServer, kind: reading.kind, why: reading.why }];
    case 'read':
      return endangeredUnknown(reading.passedOver)
        .slice(0, 1)
        .map(({ neighbor, why }) => ({ routeServer, kind: 'partial', why: `its neighbor ${neighbor}: ${why}` }));
  }
}

import { areDiscarded, notTold, type ClientColumns } from '@meshrs/contract';
import { listen, type HeardSessions, type HeardNow, type SessionBefore } from './heard-sessions.ts';
import type { KeptBefore, SeenOnSide } from './seen-clients.ts';
import { isLeaving, type ClientsSight, type DrainSight } from './route-server-sight.ts';

/** What one comparison tells the next. */
export interface SidesMemory {
  /** By route server: another pod of a name has other sessions. */
  readonly keepers: ReadonlyMap<string, SessionsBefore>;
  /** Who was seen on the next side; undefined: nobody keeps the time. */
  readonly next: SeenOnSide | undefined;
  /** Which clients that may be missing were kept. */
  readonly kept: KeptBefore | undefined;
}

export interface SessionsBefore {
  readonly routeServer: string;
  readonly clients: ClientColumns;
  readonly unchangedSeconds: number;
  /**
   * 1 for a session that had all routes: a client without End-of-RIB whose routes come and go never has the same number of
   * prefixes on two sides in two looks that are not of one moment.
   */
  readonly settled: Uint8Array;
  readonly heard: HeardSessions | undefined;
  readonly isWaiting: boolean;
}

export const nothingRemembered: SidesMemory = { keepers: new Map(), next: undefined, kept: undefined };

/** What was heard counts no longer: somebody begins to listen anew. */
export function forgetHeard(memory: SidesMemory): SidesMemory {
  const keepers = [...memory.keepers].map(
    ([key, known]) => [key, { ...known, heard: undefined, isWaiting: false }] as const,
  );
  return { ...memory, keepers: new Map(keepers) };
}

/** The route servers some of whose sessions are still to be heard from: only an answer that counts messages anew can tell. */
export function listeningTo(memory: SidesMemory): ReadonlySet<string> {
  return new Set(
    [...memory.keepers.values()].flatMap(({ routeServer, isWaiting }) => (isWaiting ? [routeServer] : [])),
  );
}

/** The columns that the next comparison goes by. */
export function columnsIn(memory: SidesMemory): ReadonlySet<ClientColumns> {
  return new Set([...memory.keepers.values()].map(({ clients }) => clients));
}

/** A route server of another side whose clients are known: each established session of it may keep a client. */
export interface Keeper {
  readonly key: string;
  readonly name: string;
  readonly side: string;
  /** Its sessions are about to end. */
  readonly isLeaving: boolean;
  readonly drain: DrainSight | undefined;
  readonly clients: ClientColumns;
  readonly unchangedSeconds: number;
  /** It was seen with all routes before, and is still that session. */
  readonly wasSettled: (index: number) => boolean;
  /** What is found out of its sessions now. */
  readonly settled: Uint8Array;
  readonly listening: HeardNow;
}

export function keepersOf(
  others: readonly ClientsSight[],
  by: {
    readonly memory: SidesMemory;
    readonly secondsSinceChange: ReadonlyMap<string, number>;
    readonly listenedSeconds: number | undefined;
    readonly heardForSeconds: number | undefined;
    /** How many rows the addresses have. */
    readonly rows: number;
  },
): readonly Keeper[] {
  let places: Uint32Array | undefined;
  return others.flatMap((sight): readonly Keeper[] => {
    const { reading, side, name } = sight;
    if (reading.kind !== 'read') return [];
    const { clients, unchangedSeconds, ageMs, drain } = reading;
    const key = keyOf(sight);
    const known = by.memory.keepers.get(key);
    // Rows of another book are other addresses.
    const before = known?.clients.book === clients.book && !areDiscarded(known.clients) ? known : undefined;
    const find = before ? finder(before, clients, () => (places ??= new Uint32Array(by.rows))) : () => undefined;
    const isAnySettled = before?.settled.includes(1) === true;
    const times = {
      sinceChange: by.secondsSinceChange.get(side) ?? Infinity,
      ...{ listened: by.listenedSeconds, heardFor: by.heardForSeconds },
    };
    return [
      {
        ...{ key, name, side, clients, unchangedSeconds, isLeaving: isLeaving(sight), drain },
        wasSettled: (index) => {
          const then = isAnySettled ? find(index) : undefined;
          const told = clients.uptimes[index] ?? notTold;
          // A shorter uptime than then: it is another session.
          return (
            then !== undefined &&
            before?.settled[then.index] === 1 &&
            (told === notTold ? -1 : told + unchangedSeconds) >= then.uptimeSeconds
          );
        },
        settled: new Uint8Array(clients.count),
        listening: listen({ clients, unchangedSeconds, ageMs }, times, before?.heard, find),
      },
    ];
  });
}

function keyOf({ name, identity }: ClientsSight): string {
  return JSON.stringify([name, identity]);
}

/** What an agent tells in whole seconds and what it measures of its own clock may differ by this, and more. */
const clockSeconds = 0.25;

/**
 * Where a session was in the look before.
 * @param lendPlaces one number for each row; all 0, and so again afterwards
 */
function finder(
  { clients: before, unchangedSeconds }: SessionsBefore,
  now: ClientColumns,
  lendPlaces: () => Uint32Array,
): (index: number) => SessionBefore | undefined {
  const at = (index: number): SessionBefore => {
    const told = before.uptimes[index] ?? notTold;
    const later = Math.max(0, Math.floor(unchangedSeconds - clockSeconds));
    return { index, uptimeSeconds: told === notTold ? 0 : told + later };
  };
  if (before === now) return at;
  // Made when it is first asked for: most sessions have all that counts.
  let indexes: Uint32Array | undefined;
  return (index) => {
    indexes ??= placesOf(before, now, lendPlaces());
    const found = indexes[index] ?? 0;
    return found === 0 ? undefined : at(found - 1);
  };
}

/** For each session its place in the columns before, and one; 0: it was not there. */
function placesOf(before: ClientColumns, now: ClientColumns, places: Uint32Array): Uint32Array {
  for (let index = 0; index < before.count; index++) places[before.rows[index] ?? 0] = index + 1;
  const indexes = now.rows.map((row) => places[row] ?? 0);
  for (let index = 0; index < before.count; index++) places[before.rows[index] ?? 0] = 0;
  return indexes;
}

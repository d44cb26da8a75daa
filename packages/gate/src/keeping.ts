import { sessionBits, type ClientBook } from '@meshrs/contract';
import type { ClientsOfSide } from './clients-of-side.ts';
import { declaredIn } from './declared-names.ts';
import type { Keeper } from './keepers.ts';
import { isEstablished, type ClientsSight } from './route-server-sight.ts';
import type { MissingReason } from './sides-comparison.ts';

/** What is found out of the clients of the next side, by the row of their address. */
export interface Keeping {
  /** An established session of this client, with the keeper at that place. */
  readonly consider: (row: number, place: number, index: number) => void;
  /** Some session keeps it: it stays, has its routes, and was heard from. */
  readonly isKept: (row: number) => boolean;
  /** The best that there is instead; undefined: no session. */
  readonly reasonOf: (row: number) => MissingReason | undefined;
  /** Gives its memory back; nobody asks it any more. */
  readonly discard: () => void;
}

export function createKeeping(keepers: readonly Keeper[], clients: ClientsOfSide, rows: number): Keeping {
  const kept = new Uint8Array(rows);
  // Places of keepers, and one; 0: there is none. Three columns of a quarter of a million rows, in half the memory.
  const places = () => (keepers.length < 0xffff ? new Uint16Array(rows) : new Uint32Array(rows));
  const [complete, staying, any] = [places(), places(), places()];
  const mostPrefixes = new Uint32Array(rows);

  return {
    consider: (row, place, index) => {
      const keeper = keepers[place];
      if (!keeper) return;
      any[row] ||= place + 1;
      if (keeper.isLeaving) return;
      const prefixes = keeper.clients.prefixes[index] ?? 0;
      if (staying[row] === 0 || prefixes > (mostPrefixes[row] ?? 0)) {
        staying[row] = place + 1;
        mostPrefixes[row] = prefixes;
      }
      if (!hasRoutes(keeper, index, row)) return;
      keeper.settled[index] = 1;
      complete[row] ||= place + 1;
      if (keeper.listening.isHeard(index)) kept[row] = 1;
    },
    isKept: (row) => kept[row] === 1,
    reasonOf: (row) => {
      const [whole, stays, goes] = [complete, staying, any].map((each) => keepers[(each[row] ?? 0) - 1]);
      if (whole) return { kind: 'not-heard', routeServer: whole.name };
      if (stays) {
        const { endOfRib, prefixes } = clients.routesOf(row);
        return {
          kind: 'without-routes',
          routeServer: stays.name,
          receivedPrefixes: mostPrefixes[row] ?? 0,
          ...(!endOfRib && { expectedPrefixes: prefixes }),
        };
      }
      return goes && { kind: 'leaving', routeServer: goes.name, ...(goes.drain && { drain: goes.drain }) };
    },
    discard: () => {
      for (const { buffer } of [kept, complete, staying, any, mostPrefixes]) {
        if (buffer instanceof ArrayBuffer) buffer.transfer(0);
      }
    },
  };

  /**
   * FRR tells of End-of-RIB where the client knows graceful restart (RFC 4724), as FRR itself does by default, although the
   * route server offers none (held by packages/mesh-agent/test/frr/end-of-rib.test.ts). A client whose session with the next
   * side has none sends none that could be seen: its prefixes are compared.
   */
  function hasRoutes({ clients: columns, wasSettled }: Keeper, index: number, row: number): boolean {
    if (((columns.states[index] ?? 0) & sessionBits.endOfRib) !== 0) return true;
    const { endOfRib, prefixes } = clients.routesOf(row);
    return (!endOfRib && (columns.prefixes[index] ?? 0) >= prefixes) || wasSettled(index);
  }
}

/**
 * Sessions of clients from another address. A client is its address. From another one it is known by the name that the
 * settings give both: a declared client has one address per family, and may dial one VIP from the one and one from the
 * other. What a client says itself is no sign: whoever is let in may say another's AS and router-id, and an MLAG pair has
 * one of each; were it counted, the gate would open for a client that has no other session.
 */
export function considerByName(
  book: ClientBook,
  by: {
    readonly ofNext: readonly ClientsSight[];
    readonly others: readonly ClientsSight[];
    readonly keepers: readonly Keeper[];
    readonly clients: ClientsOfSide;
  },
  consider: Keeping['consider'],
): void {
  const { clients, keepers } = by;
  const byName = clientsByName(by.ofNext, clients);
  if (byName.size === 0) return;
  const { familyOf } = book.addresses;
  const onNext = declaredIn(by.ofNext, book);
  const bySide = Map.groupBy(by.others, ({ side }) => side);
  const declared = new Map<string, Uint32Array>();
  for (const [place, { side, clients: columns }] of keepers.entries()) {
    for (let index = 0; index < columns.count; index++) {
      const name = columns.names[index] ?? 0;
      if (name === 0 || !isEstablished(columns, index)) continue;
      const other = columns.rows[index] ?? 0;
      for (const row of byName.get(name) ?? []) {
        if (familyOf(row) === familyOf(other)) continue;
        const onOther = declared.get(side) ?? declaredIn(bySide.get(side) ?? [], book);
        declared.set(side, onOther);
        // Settings that give an address to another client, or to none, are of another time: the name may have moved.
        if ([onNext, onOther].every((names) => names[row] === name && names[other] === name))
          consider(row, place, index);
      }
    }
  }
}

/** The rows of the next side's clients that have a name, by its number. */
function clientsByName(
  ofNext: readonly ClientsSight[],
  clients: ClientsOfSide,
): ReadonlyMap<number, readonly number[]> {
  const rows = new Map<number, number[]>();
  for (const { reading } of ofNext) {
    if (reading.kind !== 'read') continue;
    const { clients: columns } = reading;
    for (let index = 0; index < columns.count; index++) {
      const row = columns.rows[index] ?? 0;
      const isThisOne = clients.has(row) && clients.isAt(row, columns, index);
      const name = columns.names[index] ?? 0;
      if (name !== 0 && isThisOne) rows.set(name, [...(rows.get(name) ?? []), row]);
    }
  }
  return rows;
}

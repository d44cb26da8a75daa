import { familyOf, type IpAddress } from '@meshrs/network';
import { clientSessions, knownSessions, type ClientSession, type ClientsSight } from './route-server-sight.ts';

/**
 * The established sessions of a client with other sides. A client is its address. From another address it is known by the
 * name that the settings give both: a declared client has one address per family, and may dial one VIP from the one and
 * one from the other. What a client says itself is no sign: whoever is let in may say another's AS and router-id, and an
 * MLAG pair has one of each; were it counted, the gate would open for a client that has no other session.
 */
export function findSameClients(
  ofNext: readonly ClientsSight[],
  others: readonly ClientsSight[],
): (client: ClientSession) => readonly ClientSession[] {
  const sides = new Map(
    [...Map.groupBy([...ofNext, ...others], ({ side }) => side)].map(([side, list]) => [side, declaredIn(list)]),
  );
  const established = clientSessions(others);
  const byAddress = Map.groupBy(established, ({ address }) => address);
  const byName = Map.groupBy(established, ({ name }) => name);

  return (client) => [
    ...(byAddress.get(client.address) ?? []),
    ...(byName.get(client.name) ?? []).filter((other) => isDeclaredAlike(client, other)),
  ];

  /** Settings that give an address to another client, or to none, are of another time: the name may have moved. */
  function isDeclaredAlike(one: ClientSession, other: ClientSession): boolean {
    const { name } = one;
    return (
      name !== undefined &&
      familyOf(one.address) !== familyOf(other.address) &&
      [one.side, other.side].every((side) =>
        [one.address, other.address].every((address) => sides.get(side)?.(address) === name),
      )
    );
  }
}

/** The name that all route servers of a side that tell of an address give it; undefined where they do not agree. */
function declaredIn(side: readonly ClientsSight[]): (address: IpAddress) => string | undefined {
  const names = new Map<IpAddress, Set<string | undefined>>();
  for (const { address, name } of knownSessions(side)) {
    names.set(address, (names.get(address) ?? new Set()).add(name));
  }
  return (address) => {
    const [name, ...more] = names.get(address) ?? [];
    return more.length === 0 ? name : undefined;
  };
}

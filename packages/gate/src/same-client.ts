import type { IpAddress } from '@meshrs/network';
import { clientSessions, knownSessions, type ClientSession, type ClientsSight } from './route-server-sight.ts';

/**
 * The established sessions of a client with other sides. A client is its address. AS and router-id are supporting facts:
 * they name a client that dials each VIP from another address, and they name both of an MLAG pair with one automatic
 * router-id. So they count alone only where no side has two addresses with them, neither side knows the other address,
 * and the names in the settings do not differ.
 */
export function findSameClients(
  ofNext: readonly ClientsSight[],
  others: readonly ClientsSight[],
): (client: ClientSession) => readonly ClientSession[] {
  const sides = new Map(
    [...Map.groupBy([...ofNext, ...others], ({ side }) => side)].map(([side, list]) => [side, routersOf(list)]),
  );
  const established = clientSessions(others);
  const byAddress = Map.groupBy(established, ({ address }) => address);
  const byRouter = Map.groupBy(established, routerOf);

  return (client) => {
    const router = routerOf(client);
    const supported = router === undefined ? [] : (byRouter.get(router) ?? []);
    return [
      ...(byAddress.get(client.address) ?? []),
      ...supported.filter((other) => other.address !== client.address && isSupported(client, other, router)),
    ];
  };

  function isSupported(one: ClientSession, other: ClientSession, router: string | undefined): boolean {
    const [ofOne, ofOther] = [sides.get(one.side), sides.get(other.side)];
    return (
      router !== undefined &&
      ofOne?.isAlone(router) === true &&
      ofOther?.isAlone(router) === true &&
      !ofOne.knows(other.address) &&
      !ofOther.knows(one.address) &&
      (one.name === undefined || other.name === undefined || one.name === other.name)
    );
  }
}

/** What a side knows of the routers of its clients. */
function routersOf(side: readonly ClientsSight[]) {
  const sessions = knownSessions(side);
  // Of a side that does not tell everything, nobody knows what stands there only once.
  const isWhole = side.every(({ reading }) =>
    reading.kind === 'read' ? reading.passedOver.length === 0 : !['unreadable', 'stale'].includes(reading.kind),
  );
  const addresses = new Map<string | undefined, Set<IpAddress>>();
  for (const session of sessions) {
    const router = routerOf(session);
    addresses.set(router, (addresses.get(router) ?? new Set()).add(session.address));
  }
  // Those that are kept out, too: it is they who are missing.
  const known = new Set(
    side.flatMap(({ reading }) => (reading.kind === 'read' ? reading.sessions.map(({ address }) => address) : [])),
  );
  return {
    isAlone: (router: string) => isWhole && addresses.get(router)?.size === 1,
    knows: (address: IpAddress) => known.has(address),
  };
}

function routerOf({ remoteAsn, remoteRouterId }: ClientSession): string | undefined {
  return remoteAsn === undefined || remoteRouterId === undefined ? undefined : `${String(remoteAsn)} ${remoteRouterId}`;
}

import { contains, rangeOf, type IpAddress } from '@meshrs/network';
import type { FrrConfig, FrrFamily, Neighbor } from '@meshrs/router-config/frr';
import type { BgpSession, RouteServerIntent } from '@meshrs/contract';
import { isClientGroup, isPinned } from '@meshrs/router-config/route-server/frr';
import type { NeighborDetails } from './neighbor-details.ts';
import type { SummaryPeer } from './summary.ts';

/** The sessions as the agent tells of them; neighbors that are only kept out are in no summary. */
export function toSessions(
  config: FrrConfig,
  intent: RouteServerIntent | undefined,
  peers: readonly SummaryPeer[],
  detailsOf: (peer: SummaryPeer) => NeighborDetails | undefined,
): readonly BgpSession[] {
  const neighbors = new Map(config.router?.neighbors.map((neighbor) => [neighbor.address, neighbor]));
  const groupOfRange = findGroups(config);
  const clientGroups = new Set<string>(config.router?.groups.filter(isClientGroup).map(({ name }) => name));
  const names = new Map(
    intent?.clientGroups.flatMap((group) => group.neighbors.map(({ address, name }) => [address, name] as const)),
  );
  const seen = new Set(peers.map(({ address }) => address));
  const heldOut = [...neighbors.values()].filter(
    (neighbor) => !seen.has(neighbor.address) && !(isPinned(neighbor) && !neighbor.shutdown),
  );
  return [
    ...peers.map((peer) => {
      const details = detailsOf(peer);
      const neighbor = neighbors.get(peer.address);
      const group = neighbor || !peer.isDynamic ? neighbor?.group : groupOfRange(peer.address);
      const name = names.get(peer.address);
      const isEstablished = peer.state === 'established';
      const { address, remoteAsn, uptimeSeconds } = peer;
      return {
        address,
        ...(group !== undefined && { group }),
        kind: kindOf(neighbor, peer.isDynamic, clientGroups),
        ...(name !== undefined && { name }),
        state: peer.state,
        ...(remoteAsn !== undefined && { remoteAsn }),
        ...(isEstablished && details?.remoteRouterId !== undefined && { remoteRouterId: details.remoteRouterId }),
        ...(uptimeSeconds !== undefined && { uptimeSeconds }),
        establishedCount: peer.establishedCount,
        droppedCount: peer.droppedCount,
        receivedMessages: peer.receivedMessages,
        receivedPrefixes: peer.receivedPrefixes,
        sentPrefixes: peer.sentPrefixes,
        endOfRib: isEstablished && details ? details.endOfRib : { received: false, sent: false },
        // Of one that is up and never was lost, bgpd tells what it waited for before.
        ...(details?.lastResetReason !== undefined &&
          !(isEstablished && peer.droppedCount === 0) && { lastResetReason: details.lastResetReason }),
      };
    }),
    ...heldOut.map((neighbor) => ({
      address: neighbor.address,
      ...(neighbor.group !== undefined && { group: neighbor.group }),
      kind: kindOf(neighbor, false, clientGroups),
      state: neighbor.shutdown ? ('shutdown' as const) : ('idle' as const),
      ...(typeof neighbor.remoteAs === 'number' && { remoteAsn: neighbor.remoteAs }),
      establishedCount: 0,
      droppedCount: 0,
      receivedMessages: 0,
      receivedPrefixes: 0,
      sentPrefixes: 0,
      endOfRib: { received: false, sent: false },
    })),
  ];
}

/**
 * Whether there is something to tell of a neighbor. Of one that never came there is not, if it is one for no reason of its own:
 * because its range is narrow, or because it was there before bgpd started.
 */
export function findThere(config: FrrConfig, isKept: (address: IpAddress) => boolean): (peer: SummaryPeer) => boolean {
  const pinned = new Set(
    config.router?.neighbors
      .filter((each) => isPinned(each) && !each.shutdown && isKept(each.address))
      .map(({ address }) => address),
  );
  return ({ address, state, establishedCount, receivedMessages, isOverLimit }) =>
    !pinned.has(address) || !isDown(state) || establishedCount > 0 || receivedMessages > 0 || isOverLimit === true;
}

/**
 * bgpd does not dial a passive neighbor: until one comes it is in one of these. In Connect it is for a moment: bgp_connect()
 * of bgp_network.c opens no socket for it, and the event that makes it Active waits behind those of all the others.
 */
function isDown(state: SummaryPeer['state']): boolean {
  return state === 'idle' || state === 'connect' || state === 'active';
}

/** The family whose sessions are counted: the one that the groups have. */
export function familyOf(config: FrrConfig): FrrFamily {
  return config.router?.groups.find(({ family }) => family?.isActive)?.family?.name ?? 'l2vpn evpn';
}

function kindOf(
  neighbor: Neighbor | undefined,
  isDynamic: boolean,
  clientGroups: ReadonlySet<string>,
): BgpSession['kind'] {
  if (isDynamic) return 'range-client';
  if (!neighbor) return 'unknown';
  if (neighbor.shutdown) return 'evicted';
  if (neighbor.group === undefined) return 'unknown';
  if (!clientGroups.has(neighbor.group)) return 'mesh';
  return isPinned(neighbor) ? 'range-client' : 'declared-client';
}

/** Of a client that came from a listen range: ranges do not overlap. */
export function findGroups(config: FrrConfig): (address: IpAddress) => string | undefined {
  const ranges = (config.router?.ranges ?? []).map(({ prefix, group }) => ({ range: rangeOf(prefix), group }));
  return (address) => {
    const own = rangeOf(address);
    return ranges.find(({ range }) => contains(range, own))?.group;
  };
}

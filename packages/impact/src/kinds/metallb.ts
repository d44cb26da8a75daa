import { contains, parseAddress, rangeOf } from '@meshrs/network';
import { labels, ports } from '@meshrs/contract';
import {
  changedPaths,
  describeChanges,
  listed,
  loadBalancers,
  poolRange,
  sideOf,
  sidesWithRouteServers,
  takesSide,
  type BgpPeerView,
  type BuiltCluster,
  type ObjectView,
} from '@meshrs/manifests/built';
import { resetting, type Effect } from '../effect.ts';
import { pairs } from '../pairs.ts';

/** What routers take as an update of a path that stays. */
const harmlessInAdvertisement = ['communities', 'localPref', 'asPathPrepend'];

/** VIPs that are withdrawn, for a moment or for good. */
export function metallbEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return [
    ...peerEffects(before, after),
    ...profileEffects(before, after),
    ...advertisementEffects(before, after),
    ...poolEffects(before, after),
  ];
}

/** An edit of a BGPPeer resets the sessions of the nodes that it takes, and with them goes the VIP. */
function peerEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  const allSides = sidesWithRouteServers(before);
  const sidesOf = (peer: BgpPeerView): string[] =>
    allSides.filter((side) => takesSide(peer.spec.nodeSelectors, labels.side, side));
  return pairs(before.peers, after.peers).flatMap(({ id, before: old, after: next }): Effect[] => {
    const changes = changedPaths(old.spec, next?.spec, 'spec');
    if (changes.length === 0) return [];
    const what = next ? describeChanges(changes) : `the session with ${old.spec.peerAddress ?? 'its router'} ends`;
    return [resetting({ object: id, sides: sidesOf(old) }, what, `its nodes withdraw the VIP${needing(old, next)}`)];
  });
}

/**
 * What no build can see. MetalLB that misses a Secret keeps its old configuration of that node (config_controller.go), so that
 * the roll-out goes on.
 */
function needing(old: BgpPeerView, next: BgpPeerView | undefined): string {
  const name = next?.spec.passwordSecret?.name;
  if (name === undefined || name === old.spec.passwordSecret?.name) return '';
  return `; without the Secret ${name} a speaker that starts anew has no session`;
}

/** Tighter intervals can end a session that the looser ones kept. */
function profileEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return changedObjects('BFDProfile', before, after).map(({ id, old, changes }) =>
    resetting({ object: id, sides: sidesOrAll(old, before) }, describeChanges(changes), 'BFD of its sessions restarts'),
  );
}

function advertisementEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return changedObjects('BGPAdvertisement', before, after).flatMap(({ id, old, changes }): Effect[] => {
    const harmful = changes.filter(
      ({ path }) => !harmlessInAdvertisement.some((field) => path.startsWith(`spec.${field}`)),
    );
    if (harmful.length === 0) return [];
    const where = { object: id, sides: sidesOrAll(old, before) };
    return [resetting(where, describeChanges(harmful), 'the VIP may be withdrawn')];
  });
}

/** Addresses in use that a pool no longer has. */
function poolEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return pairs(before.pools, after.pools).flatMap(({ id, before: old, after: next }): Effect[] => {
    const ranges = (next?.spec.addresses ?? []).map(poolRange);
    const users = loadBalancers(before).filter(
      ({ pool, view }) => pool === old.metadata.name && view.spec.ports.some(({ port }) => port === ports.bgp),
    );
    const lost = users
      .flatMap(({ addresses }) => addresses)
      .filter((text) => {
        const address = parseAddress(text);
        return address && !ranges.some((range) => range && contains(range, rangeOf(address)));
      });
    if (lost.length === 0) return [];
    return [{ kind: 'loses', object: id, sides: sidesOrAll(old, before), detail: `the VIP ${listed(lost)}` }];
  });
}

function changedObjects(kind: string, before: BuiltCluster, after: BuiltCluster) {
  const ofKind = ({ objects }: BuiltCluster) => objects.filter(({ view }) => view.kind === kind);
  return pairs(ofKind(before), ofKind(after))
    .map(({ id, before: old, after: next }) => ({
      id,
      old,
      changes: changedPaths(old['spec'], next?.['spec'], 'spec'),
    }))
    .filter(({ changes }) => changes.length > 0);
}

function sidesOrAll(object: ObjectView, cluster: BuiltCluster): string[] {
  const own = sideOf(object);
  return own.length > 0 ? own : sidesWithRouteServers(cluster);
}

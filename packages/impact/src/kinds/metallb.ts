import { contains, parseAddress, rangeOf, type IpAddress } from '@meshrs/network';
import { ports } from '@meshrs/contract';
import {
  changedPaths,
  describeChanges,
  listed,
  loadBalancers,
  nodeLabelOf,
  poolRange,
  selects,
  sideOf,
  sidesWithRouteServers,
  takesSide,
  type AddressPoolView,
  type BgpPeerView,
  type BuiltCluster,
  type ObjectView,
  type ServiceView,
} from '@meshrs/manifests/built';
import { z } from 'zod';
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
  const nodeLabel = nodeLabelOf(before);
  const sidesOf = (peer: BgpPeerView): string[] =>
    allSides.filter((side) => takesSide(peer.spec.nodeSelectors, nodeLabel, side));
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
  const all = ['BGPAdvertisement', 'L2Advertisement'].flatMap((kind) => changedObjects(kind, before, after));
  return all.flatMap(({ id, old, changes }): Effect[] => {
    const harmful = changes.filter(
      ({ path }) => !harmlessInAdvertisement.some((field) => path.startsWith(`spec.${field}`)),
    );
    if (harmful.length === 0) return [];
    const where = { object: id, sides: announcesVips(old, before) ? sidesOrAll(old, before) : [] };
    return [resetting(where, describeChanges(harmful), 'the VIP may be withdrawn')];
  });
}

const announced = z.looseObject({
  ipAddressPools: z.array(z.string()).default([]),
  ipAddressPoolSelectors: z.array(z.unknown()).default([]),
});

/** Whether a VIP of route servers is in what it announces; one that names no pool announces all of them. */
function announcesVips(advertisement: ObjectView, cluster: BuiltCluster): boolean {
  const { success, data } = announced.safeParse(advertisement['spec'] ?? {});
  if (!success || data.ipAddressPools.length === 0 || data.ipAddressPoolSelectors.length > 0) return true;
  return vips(cluster).some(({ pool }) => pool === undefined || data.ipAddressPools.includes(pool));
}

/** The Services that clients dial. */
function vips(cluster: BuiltCluster) {
  // MetalLB serves the class that the topology gives them, or those without one.
  const classes = new Set(cluster.services.map(({ view }) => view.spec.loadBalancerClass));
  return [...classes]
    .flatMap((ofClass) => loadBalancers(cluster, { loadBalancerClass: ofClass }))
    .filter(({ view }) => view.spec.ports.some(({ port }) => port === ports.bgp));
}

/** Addresses in use that a pool no longer has, or gives their Service no more. */
function poolEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return pairs(before.pools, after.pools).flatMap(({ id, before: old, after: next }): Effect[] => {
    const users = vips(before).filter(({ pool }) => pool === old.metadata.name);
    const lost = users.flatMap(({ addresses, view }) =>
      addresses.filter((text) => {
        const address = parseAddress(text);
        return address && !(next && gives(next, address) && takes(next, view));
      }),
    );
    if (lost.length === 0) return [];
    return [{ kind: 'loses', object: id, sides: sidesOrAll(old, before), detail: `the VIP ${listed(lost)}` }];
  });
}

/** MetalLB's allocator, `poolFor` and `cidrIsBuggy`: the first and the last of each 256 addresses are left out on request. */
function gives({ spec }: AddressPoolView, address: IpAddress): boolean {
  const range = rangeOf(address);
  const isBuggy = range.family === 'ipv4' && [0n, 255n].includes(range.first & 0xffn);
  if (spec['avoidBuggyIPs'] === true && isBuggy) return false;
  return spec.addresses.map(poolRange).some((each) => each && contains(each, range));
}

/**
 * MetalLB's allocator, `isPoolCompatibleWithService`; of a namespace by its own labels a build knows nothing, and MetalLB makes
 * names of them.
 */
function takes({ spec: { serviceAllocation } }: AddressPoolView, { metadata }: ServiceView): boolean {
  if (!serviceAllocation) return true;
  const { namespaces, namespaceSelectors, serviceSelectors } = serviceAllocation;
  if (namespaceSelectors.length > 0) return false;
  const isNamed = namespaces.length === 0 || namespaces.includes(metadata.namespace ?? '');
  const isSelected = serviceSelectors.length === 0 || serviceSelectors.some((each) => selects(each, metadata.labels));
  return isNamed && isSelected;
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

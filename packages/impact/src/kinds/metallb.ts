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
import { isGenerated } from '../generated.ts';
import { pairs } from '../pairs.ts';

/** What routers take as an update of a path that stays. */
const harmlessInAdvertisement = ['localPref', 'asPathPrepend'];

/** VIPs that are withdrawn, for a moment or for good. */
export function metallbEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return [
    ...peerEffects(before, after),
    ...profileEffects(before, after),
    ...communityEffects(before, after),
    ...advertisementEffects(before, after),
    ...poolEffects(before, after),
    ...newAnnouncements(before, after),
  ];
}

/** Of the user's: what routers hear from the nodes of all sides from then on. What is generated comes with its side. */
function newAnnouncements(before: BuiltCluster, after: BuiltCluster): Effect[] {
  const known = new Set(before.objects.map(({ id }) => id));
  interface Comer {
    readonly id: string;
    readonly view: Parameters<typeof isGenerated>[0];
  }
  const comes = ({ id, view }: Comer, detail: string): Effect[] =>
    known.has(id) || isGenerated(view) ? [] : [{ kind: 'comes', object: id, sides: [], detail }];
  return [
    ...after.pools.flatMap((pool) =>
      comes(pool, `MetalLB may give ${listed(pool.view.spec.addresses)} to Services, and nodes announce what it gave`),
    ),
    ...after.objects.flatMap((object) => {
      const { success, data } = announced.safeParse(object.view['spec'] ?? {});
      const chosen = success && data.ipAddressPools.length > 0 && data.ipAddressPoolSelectors.length === 0;
      const pools = chosen ? `what Services have of ${listed(data.ipAddressPools)}` : 'what Services have of any pool';
      if (object.view.kind === 'BGPAdvertisement') return comes(object, `nodes announce ${pools} to their routers`);
      return object.view.kind === 'L2Advertisement' ? comes(object, `nodes answer for ${pools} (ARP, NDP)`) : [];
    }),
    ...after.peers.flatMap((peer) =>
      comes(peer, `MetalLB has a session with ${peer.view.spec.peerAddress ?? 'a router'}, and announces to it`),
    ),
    ...servicesWithAddresses(after).flatMap(({ id, view, addresses }) =>
      comes(
        { id, view },
        `nodes take what goes to ${addresses.length > 0 ? listed(addresses) : 'the address that it gets'}`,
      ),
    ),
  ];
}

function servicesWithAddresses(cluster: BuiltCluster) {
  const balancers = balancersOf(cluster).map(({ id, view, addresses }) => ({
    ...{ id, view, addresses: [...addresses, ...view.spec.externalIPs] },
  }));
  const asked = new Set(balancers.map(({ id }) => id));
  const others = cluster.services.flatMap(({ id, view }) =>
    asked.has(id) || view.spec.externalIPs.length === 0 ? [] : [{ id, view, addresses: view.spec.externalIPs }],
  );
  return [...balancers, ...others];
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

/**
 * Tighter intervals can end a session that the looser ones kept. Of a profile that no peer has before and after nobody notices anything:
 * what a peer gets or gives up is told of the peer.
 */
function profileEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  const usedIn = ({ peers }: BuiltCluster): Set<string> =>
    new Set(peers.flatMap(({ view: { metadata, spec } }) => profileOf(metadata.namespace, spec.bfdProfile)));
  const [was, is] = [usedIn(before), usedIn(after)];
  return changedObjects('BFDProfile', before, after).map(({ id, old, changes }) => {
    const [key = ''] = profileOf(old.metadata.namespace, old.metadata.name);
    const sides = was.has(key) && is.has(key) ? sidesOrAll(old, before) : [];
    return resetting({ object: id, sides }, describeChanges(changes), 'BFD of its sessions restarts');
  });
}

function profileOf(namespace: string | undefined, name: string | undefined): string[] {
  return name === undefined || name === '' ? [] : [`${namespace ?? ''}/${name}`];
}

/** What a name stands for: another value is another community of every announcement that has the name. */
function communityEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  const known = new Map(before.communities.map(({ id, view }) => [id, view]));
  const ids = [...new Set([...known.keys(), ...after.communities.map(({ id }) => id)])];
  return ids.flatMap((id): Effect[] => {
    const [old, next] = [known.get(id), after.communities.find((each) => each.id === id)?.view];
    const changes = changedPaths(old?.spec, next?.spec, 'spec');
    if (changes.length === 0) return [];
    const valuesOf = (view: typeof old): Map<string, string> =>
      new Map(view?.spec.communities.map(({ name, value }) => [name, value]));
    const [had, has] = [valuesOf(old), valuesOf(next)];
    const others = new Set([...had.keys(), ...has.keys()].filter((name) => had.get(name) !== has.get(name)));
    const using = before.objects.filter(
      ({ view }) =>
        view.kind === 'BGPAdvertisement' &&
        announcesVips(view, before) &&
        (announced.safeParse(view['spec'] ?? {}).data?.communities.some((name) => others.has(name)) ?? true),
    );
    const sides = [...new Set(using.flatMap(({ view }) => sidesOrAll(view, before)))].sort();
    const said = old && next ? describeChanges(changes) : `it ${next ? 'comes' : 'goes'}`;
    if (sides.length === 0) return [{ kind: 'changes', object: id, sides, detail: said }];
    return [{ kind: 'may-reset', object: id, sides, detail: `${said}; ${byPolicies}` }];
  });
}

const byPolicies =
  'the session stays, but whether routers take the VIP, and pass it on, their policies decide by these: see that each of them takes it with the new ones';

function advertisementEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  const all = ['BGPAdvertisement', 'L2Advertisement'].flatMap((kind) => changedObjects(kind, before, after));
  return all.flatMap(({ id, old, changes }): Effect[] => {
    const harmful = changes.filter(
      ({ path }) => !harmlessInAdvertisement.some((field) => path.startsWith(`spec.${field}`)),
    );
    if (harmful.length === 0) return [];
    const isOfPolicies = harmful.every(({ path }) => path.startsWith('spec.communities'));
    const where = { object: id, sides: announcesVips(old, before) ? sidesOrAll(old, before) : [] };
    if (isOfPolicies && where.sides.length > 0) {
      return [{ kind: 'may-reset', ...where, detail: `${describeChanges(harmful)}; ${byPolicies}` }];
    }
    return [resetting(where, describeChanges(harmful), 'the VIP may be withdrawn')];
  });
}

const announced = z.looseObject({
  ipAddressPools: z.array(z.string()).default([]),
  ipAddressPoolSelectors: z.array(z.unknown()).default([]),
  communities: z.array(z.string()).default([]),
});

/** Whether a VIP of route servers is in what it announces; one that names no pool announces all of them. */
function announcesVips(advertisement: ObjectView, cluster: BuiltCluster): boolean {
  const { success, data } = announced.safeParse(advertisement['spec'] ?? {});
  if (!success || data.ipAddressPools.length === 0 || data.ipAddressPoolSelectors.length > 0) return true;
  return vips(cluster).some(({ pool }) => pool === undefined || data.ipAddressPools.includes(pool));
}

/** The Services that clients dial. */
function vips(cluster: BuiltCluster) {
  return balancersOf(cluster).filter(({ view }) => view.spec.ports.some(({ port }) => port === ports.bgp));
}

function balancersOf(cluster: BuiltCluster) {
  // MetalLB serves the class that the topology gives them, or those without one.
  const classes = new Set(cluster.services.map(({ view }) => view.spec.loadBalancerClass));
  return [...classes].flatMap((ofClass) => loadBalancers(cluster, { loadBalancerClass: ofClass }));
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

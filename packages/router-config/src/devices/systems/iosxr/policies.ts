import { hostPrefix, type IpPrefix } from '@meshrs/network';
import type { AttachedRouter, AttachedSide, Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { notEmpty } from '../../words.ts';
import { block, type Block, type Line } from '../block.ts';

/*
 * RPL: a policy that does not say "pass" drops, and every eBGP session needs one each way (Cisco IOS XR Routing Configuration Guide,
 * "Implementing Routing Policy").
 */

export function attachedPolicies(device: Device, attached: AttachedRouter): Block[] {
  const names = namesOf(device);
  const { anycast, sides, underlay, vrf } = attached;
  const isAnycast = `destination in (${hostPrefix(anycast.address)})`;
  const isVip = notEmpty(sides, names.vips)
    .map((side) => `destination in ${names.metallb(side).addresses}`)
    .join(' or ');
  return [
    ...sides.map((side) => prefixSet(names.metallb(side).addresses, side.accepted)),
    ...sides.map((side) =>
      policy(
        names.metallb(side).filter,
        ...when(`destination in ${names.metallb(side).addresses} and next-hop in (${nextHopsOf(side)})`, 'pass'),
        'drop',
      ),
    ),
    policy(names.nothing, 'drop'),
    /*
     * For a policy of somebody's, which decides of all other routes: after "done" nothing behind the "apply" drops a VIP. Without the
     * "pass" before it, "if apply" would take it for a no ("Behavior of pass/drop/done RPL Statements").
     */
    ...(underlay?.protocol === 'bgp'
      ? [policy(names.keepsAnycast, ...when(isAnycast, 'drop'), ...when(isVip, 'pass', 'done'))]
      : []),
    ...(underlay && underlay.protocol !== 'bgp' ? [policy(names.vips, ...when(isVip, 'pass'), 'drop')] : []),
    // Named for what is told elsewhere: connected routes and the VRF's.
    ...(vrf ? [policy(names.vrfExport, ...when(isAnycast, 'drop'), 'pass')] : []),
  ];
}

/** What a client tells a route server, and takes from it. */
export function clientPolicies(device: Device, routeServerAsn: number): Block[] {
  const names = namesOf(device);
  return [
    {
      ...block(`as-path-set ${names.evpn}`, `passes-through '${String(routeServerAsn)}'`),
      end: 'end-set',
    },
    // GRACEFUL_SHUTDOWN (RFC 8326): used while there is no other.
    policy(names.evpnIn, ...when('community matches-any (graceful-shutdown)', 'set local-preference 0'), 'pass'),
    policy(names.evpnOut, ...when(`as-path in ${names.evpn}`, 'drop'), 'pass'),
  ];
}

function nextHopsOf({ name, nodes }: AttachedSide): string {
  return notEmpty(nodes, `of next hops of side ${name}`)
    .map(({ address }) => address)
    .join(', ');
}

function prefixSet(name: string, prefixes: readonly IpPrefix[]): Block {
  return {
    ...block(
      `prefix-set ${name}`,
      notEmpty(prefixes, name).map((prefix, index) => (index < prefixes.length - 1 ? `${prefix},` : prefix)),
    ),
    end: 'end-set',
  };
}

function policy(name: string, ...statements: readonly Line[]): Block {
  return { ...block(`route-policy ${name}`, statements), end: 'end-policy' };
}

function when(condition: string, ...actions: readonly string[]): Line[] {
  return [{ ...block(`if ${condition} then`, actions), end: 'endif' }];
}

import { hostPrefix, type IpPrefix } from '@meshrs/network';
import { vipsOf, type AttachedRouter, type Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { notEmpty } from '../../words.ts';
import { block, type Block, type Line } from '../block.ts';

export function attachedFilters(device: Device, attached: AttachedRouter): Line[] {
  const { anycast, sides, underlay, vrf } = attached;
  const names = namesOf(device);
  const vips = vipsOf(attached);
  const isIgp = underlay !== undefined && underlay.protocol !== 'bgp';
  const keepsAnycast = underlay?.protocol === 'bgp' || vrf !== undefined;
  return [
    ...sides.flatMap((side) => {
      const { addresses, nextHops } = names.metallb(side);
      const subnets = [...new Set(side.nodes.map(({ subnet }) => subnet))];
      return [prefixList(addresses, side.accepted), prefixList(nextHops, subnets, 32)];
    }),
    ...(keepsAnycast ? [prefixList(names.anycast, [hostPrefix(anycast.address)])] : []),
    ...(isIgp ? [prefixList(names.vips, vips)] : []),
    ...sides.map((side) => {
      const { filter, addresses, nextHops } = names.metallb(side);
      return entry(filter, 'permit', 10, [
        `match ip address prefix-list ${addresses}`,
        `match ip next-hop prefix-list ${nextHops}`,
      ]);
    }),
    entry(names.nothing, 'deny', 10),
    ...(keepsAnycast
      ? [
          entry(names.keepsAnycast, 'deny', 10, [`match ip address prefix-list ${names.anycast}`]),
          entry(names.keepsAnycast, 'permit', 20),
        ]
      : []),
    ...(isIgp ? [entry(names.vips, 'permit', 10, [`match ip address prefix-list ${names.vips}`])] : []),
  ];
}

/** A client tells a route server nothing that bears the AS of the route servers. */
export function clientFilters(device: Device, routeServerAsn: number): Line[] {
  const { evpn } = namesOf(device);
  return [
    `ip as-path access-list ${evpn} permit _${String(routeServerAsn)}_ any`,
    entry(evpn, 'deny', 10, [`match as-path ${evpn}`]),
    entry(evpn, 'permit', 20),
  ];
}

function prefixList(name: string, prefixes: readonly IpPrefix[], longest?: number): Block {
  return block(
    `ip prefix-list ${name}`,
    notEmpty(prefixes, name).map((prefix, index) => {
      const inside = longest === undefined || prefix.endsWith(`/${String(longest)}`) ? '' : ` le ${String(longest)}`;
      return `seq ${String(10 * (index + 1))} permit ${prefix}${inside}`;
    }),
  );
}

function entry(name: string, action: 'permit' | 'deny', sequence: number, matches: readonly string[] = []): Block {
  return block(`route-map ${name} ${action} ${String(sequence)}`, matches);
}

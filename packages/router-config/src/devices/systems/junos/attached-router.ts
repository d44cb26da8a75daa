import { compareAddresses, hostPrefix, type IpAddress } from '@meshrs/network';
import { mostPathsOf, type AttachedRouter, type AttachedSide, type Device } from '../../device.ts';
import { namesOf, placeholderOf } from '../../names.ts';
import { notEmpty, word } from '../../words.ts';
import { branch, oneOrMore, text, type Branch, type JunosStatement } from './statement.ts';

/** Of the main table lo0.0, beside what stands on it; of a VRF a unit of its own. */
export function anycastUnit({ anycast, vrf }: AttachedRouter): { readonly name: string; readonly number: string } {
  const name = word(anycast.interface ?? (vrf ? 'lo0.100' : 'lo0.0'));
  return { name, number: name.split('.')[1] ?? '0' };
}

/** The router's own address where this file writes it, as the primary one. */
export function markedAddress(attached: AttachedRouter): IpAddress | undefined {
  const own = ownAddress(attached);
  if (own === undefined || attached.vrf) return own;
  return compareAddresses(attached.anycast.address, own) < 0 ? own : undefined;
}

/** The router's own address on the unit, which stays the primary one; undefined: it is not known. */
function ownAddress({ loopback, vrf }: AttachedRouter): IpAddress | undefined {
  return vrf ? vrf.loopback : loopback;
}

/**
 * An address that several routers have must never be the primary one, by which a router is known. Without a word about it that is the
 * numerically lowest one of the unit (Junos' `default-address-selection`): where that would be the anycast one, the router's own is
 * marked. Nothing is said where it would not, since the unit may have other addresses, of which this file knows nothing.
 */
export function anycastInterface(attached: AttachedRouter): Branch {
  const { anycast } = attached;
  const marked = markedAddress(attached);
  return branch(
    'interfaces',
    branch(
      'lo0',
      branch(
        `unit ${anycastUnit(attached).number}`,
        branch(
          'family inet',
          `address ${hostPrefix(anycast.address)}`,
          marked === undefined ? undefined : branch(`address ${hostPrefix(marked)}`, 'primary', 'preferred'),
        ),
      ),
    ),
  );
}

/** What the loopback interface has besides. */
export function loopbackAssumption(attached: AttachedRouter): string {
  const own = ownAddress(attached);
  const { name } = anycastUnit(attached);
  const why = 'the anycast address, which other routers have, must never be the primary one.';
  if (own === undefined) return `${name} has an IPv4 address of its own that is marked "primary": ${why}`;
  return attached.vrf
    ? `${name} is free, or in the VRF ${attached.vrf.name} with ${own} as its primary address: ${why}`
    : `${own} is the primary address of ${name}: ${why}`;
}

/** A group for each side: what changes in it resets the sessions of that side's nodes alone. */
export function metallbGroups(device: Device, attached: AttachedRouter): Branch[] {
  const { anycast, sides, bfd } = attached;
  const names = namesOf(device);
  return sides.map((side) =>
    branch(
      `group ${word(names.metallb(side).group)}`,
      'type external',
      // The session goes from a loopback to a node on a port: to Junos that is not directly connected.
      'multihop',
      `local-address ${anycast.address}`,
      'passive',
      `import ${word(names.metallb(side).filter)}`,
      branch(
        'family inet',
        // Without "teardown" it only writes to the log.
        branch('unicast', branch('prefix-limit', `maximum ${String(side.prefixLimit)}`)),
      ),
      `authentication-key ${text(placeholderOf(side.secret))}`,
      `export ${word(names.nothing)}`,
      `peer-as ${String(anycast.metallbAsn)}`,
      device.asn === anycast.routerAsn ? undefined : `local-as ${String(anycast.routerAsn)} private`,
      side.nodes.length > 1 ? 'multipath' : undefined,
      bfd &&
        branch(
          'bfd-liveness-detection',
          `multiplier ${String(bfd.detectMultiplier)}`,
          branch('transmit-interval', `minimum-interval ${String(bfd.transmitMilliseconds)}`),
          `minimum-receive-interval ${String(bfd.receiveMilliseconds)}`,
          'session-mode multihop',
        ),
      side.nodes.map(({ name, address }) => branch(`neighbor ${address}`, `description ${text(`MetalLB on ${name}`)}`)),
    ),
  );
}

/** What MetalLB may tell, that it is told nothing, and how flows are spread where several nodes announce one VIP. */
export function attachedPolicies(device: Device, attached: AttachedRouter): JunosStatement[] {
  const names = namesOf(device);
  return [
    ...attached.sides.map((side) => {
      const { addresses } = names.metallb(side);
      return branch(`prefix-list ${word(addresses)}`, notEmpty(side.accepted, addresses));
    }),
    ...attached.sides.map((side) =>
      branch(
        `policy-statement ${word(names.metallb(side).filter)}`,
        branch(
          'term vips',
          branch('from', `prefix-list ${word(names.metallb(side).addresses)}`, `next-hop ${nextHopsOf(side)}`),
          'then accept',
        ),
        branch('term rest', 'then reject'),
      ),
    ),
    branch(`policy-statement ${word(names.nothing)}`, 'then reject'),
    ...(isMultipath(attached)
      ? [
          // All routes come to it: those of others are for the policies behind it, and for the default.
          branch(
            `policy-statement ${word(names.balance)}`,
            branch(
              'term vips',
              branch('from', vipLists(device, attached)),
              branch('then', 'load-balance per-packet', 'accept'),
            ),
          ),
        ]
      : []),
  ];
}

export function isMultipath(attached: AttachedRouter): boolean {
  return mostPathsOf(attached) > 1;
}

/** The condition of every term that tells VIPs to others: from BGP, and one of those that MetalLB may tell. */
export function fromVips(device: Device, attached: AttachedRouter): Branch {
  return branch('from', 'protocol bgp', vipLists(device, attached));
}

function vipLists(device: Device, { sides }: AttachedRouter): string[] {
  const names = namesOf(device);
  return notEmpty(sides, 'of VIPs').map((side) => `prefix-list ${word(names.metallb(side).addresses)}`);
}

function nextHopsOf({ name, nodes }: AttachedSide): string {
  return oneOrMore(
    nodes.map(({ address }) => address),
    `of next hops of side ${name}`,
  );
}

import type { System } from '@meshrs/topology';
import type { Device } from './device.ts';
import { deviceSystems } from './systems/index.ts';

/** Why a device has no file, by a code that stays the same. A file with half of what a device needs is never made. */
export const notMadeReasons = {
  'no-nodes': 'no node is on it, so that it has nothing to take from MetalLB',
  'system-not-made': 'files of this system are not made yet',
  'ipv6-not-made': 'it needs a session over IPv6 or a VIP of IPv6, and files have IPv4 alone yet',
  'vrf-not-made': 'FRR takes the name of a VRF, and whether sessions and routes of one are right was not tried yet',
  'gateway-not-made':
    'a gateway makes the routes of others its own, and what that needs is not made yet for any system',
  'mpls-not-made': 'EVPN over MPLS is made for Junos and IOS-XR alone',
} as const;
export type NotMadeCode = keyof typeof notMadeReasons;

const withMpls: readonly System[] = ['junos', 'iosxr'];

/** The first reason that holds; undefined: its file is made. */
export function whyNotMade({ system, ipv6, attached, client }: Device): NotMadeCode | undefined {
  if (ipv6 !== 'needed' && !attached && !client) return 'no-nodes';
  if (!deviceSystems[system]) return 'system-not-made';
  if (ipv6 === 'needed') return 'ipv6-not-made';
  if (attached?.vrf && system === 'frr') return 'vrf-not-made';
  if (client?.role === 'gateway') return 'gateway-not-made';
  if (client?.encapsulation === 'mpls' && !withMpls.includes(system)) return 'mpls-not-made';
  return undefined;
}

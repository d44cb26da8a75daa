import type { AttachedSide, Device, RouteServerSession } from './device.ts';
import { shortened, word } from './words.ts';

/** Together at most 55 characters with what stands around them, which every system takes as the name of a group. */
const longestFleet = 24;
const longestSide = 16;

/**
 * Names of what a device's file makes, which on the device stand beside names of others. The name of a side stands at the end, behind
 * one word for each kind, and no name without a side begins with such a word and "-": so no side makes the name of something else.
 */
export function namesOf({ fleet }: Pick<Device, 'fleet'>) {
  const own = word(`meshrs-${shortened(fleet, longestFleet)}`);
  const ofSide = (kind: 'nodes' | 'in' | 'vips' | 'hops' | 'evpn', side: string): string =>
    word(`${own}-${kind}-${shortened(side, longestSide)}`);
  return {
    /** Of a side's sessions with MetalLB: group, filter of its routes, its addresses and its next hops. */
    metallb: ({ name }: Pick<AttachedSide, 'name'>) => ({
      group: ofSide('nodes', name),
      filter: ofSide('in', name),
      addresses: ofSide('vips', name),
      nextHops: ofSide('hops', name),
    }),
    /** Timers of BFD. */
    bfd: own,
    /** Lets nothing out. */
    nothing: `${own}-nothing`,
    /** The anycast loopback, and the filter that keeps it in. */
    anycast: `${own}-anycast`,
    keepsAnycast: `${own}-underlay`,
    /** The VIPs of all sides, for what tells them to others. */
    vips: `${own}-vips`,
    /** Spreads flows over several nodes that announce one VIP. */
    balance: `${own}-balance`,
    /** What a VRF takes and tells. */
    vrfImport: `${own}-vrf-import`,
    vrfExport: `${own}-vrf-export`,
    /** What it tells beside the VIPs, where a policy of somebody's may stand before it. */
    vrfExportRest: `${own}-vrf-export-rest`,
    /** Routes of the route servers, to and from a client. */
    evpn: `${own}-rs`,
    evpnIn: `${own}-rs-in`,
    evpnOut: `${own}-rs-out`,
    /** A client's sessions with the route servers of a side. */
    evpnOf: ({ side }: Pick<RouteServerSession, 'side'>) => ofSide('evpn', side),
  };
}

/** What stands where the password of a Secret is to be written. */
export function placeholderOf(secret: string): string {
  return word(`FILL-IN-${secret}`);
}

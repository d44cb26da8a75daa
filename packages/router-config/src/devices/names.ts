import type { AttachedSide, Device } from './device.ts';

/** Names of what a device's file makes, which on the device stand beside names of others. */
export function namesOf({ fleet }: Pick<Device, 'fleet'>) {
  const own = `meshrs-${fleet}`;
  return {
    /** Of a side's sessions with MetalLB: group, filter of its routes, its addresses and its next hops. */
    metallb: ({ name }: Pick<AttachedSide, 'name'>) => ({
      group: `${own}-${name}`,
      filter: `${own}-${name}-in`,
      addresses: `${own}-${name}-vips`,
      nextHops: `${own}-${name}-hops`,
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
    /** Routes of the route servers, to and from a client. */
    evpn: `${own}-evpn`,
  };
}

/** What stands where the password of a Secret is to be written. */
export function placeholderOf(secret: string): string {
  return `FILL-IN-${secret}`;
}

import type { System } from './schema/systems.ts';

/** What a system of routers can do, as far as a topology can ask for it. */
export interface SystemCapabilities {
  /** What people call it. */
  readonly title: string;
  /** Its smallest hold time, in seconds; undefined: that of BGP, 3 (RFC 4271 section 4.2). */
  readonly smallestHoldSeconds?: number;
  /** Characters of a VRF's name. */
  readonly vrfNameLength: number;
  /**
   * Whether the anycast loopback may stand on an interface of its own beside the main loopback, in one table: else it is on that, and
   * an IGP that has the one tells the other.
   */
  readonly hasSeveralLoopbacks: boolean;
}

/**
 * Sources: Junos OS BGP User Guide, "hold-time" (10 to 65 535 s); Junos OS CLI reference, "routing-instances" (128); Cisco IOS XR MPLS
 * Layer 3 VPN Configuration Guide and Cisco NX-OS Unicast Routing Configuration Guide, "vrf" (32); Linux, IFNAMSIZ (15, a VRF is an
 * interface there). EOS, SR Linux: no limit was found that is lower than that of a topology.
 */
export const systemCapabilities: Readonly<Record<System, SystemCapabilities>> = {
  junos: { title: 'Junos', smallestHoldSeconds: 10, vrfNameLength: 128, hasSeveralLoopbacks: false },
  iosxr: { title: 'IOS-XR', vrfNameLength: 32, hasSeveralLoopbacks: true },
  frr: { title: 'FRR', vrfNameLength: 15, hasSeveralLoopbacks: true },
  eos: { title: 'EOS', vrfNameLength: 128, hasSeveralLoopbacks: true },
  nxos: { title: 'NX-OS', vrfNameLength: 32, hasSeveralLoopbacks: true },
  srlinux: { title: 'SR Linux', vrfNameLength: 128, hasSeveralLoopbacks: true },
  nvue: { title: 'Cumulus Linux (NVUE)', vrfNameLength: 15, hasSeveralLoopbacks: true },
};

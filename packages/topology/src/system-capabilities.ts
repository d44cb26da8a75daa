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
  /**
   * The loopback by which it is known and from which a client dials, and that of the anycast address where a topology names none: two
   * interfaces, since each has one address. Undefined: an interface has several.
   */
  readonly loopbacks?: { readonly main: string; readonly anycast: string };
  /** How it spells a loopback interface, and an example; undefined: as a topology takes it. */
  readonly loopback?: { readonly pattern: RegExp; readonly example: string };
  /** Its file has the filter of an underlay that runs in a VRF. Else an underlay is of the main table alone. */
  readonly hasUnderlayInVrf: boolean;
  /** What names a process of OSPF; undefined: any name, or there is one process without a name. */
  readonly ospfProcess?: { readonly pattern: RegExp; readonly allowed: string };
  /** In a VRF its router-id is an address of the VRF's loopback, so that this needs one that no other router has. */
  readonly needsVrfLoopback: boolean;
}

/** 1 to 65535 (EOS User Manual, "router ospf"). */
const eosOspfProcess = /^(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$/;

/**
 * Sources: Junos OS BGP User Guide, "hold-time" (10 to 65 535 s); Junos OS CLI reference, "routing-instances" (128); Cisco IOS XR MPLS
 * Layer 3 VPN Configuration Guide and Cisco NX-OS Unicast Routing Configuration Guide, "vrf" (32); Linux, IFNAMSIZ (15, a VRF is an
 * interface there); Junos OS Routing Protocols User Guide, "router-id" (elected from lo0 of the instance). EOS, SR Linux: no limit was found that is lower than that of a topology.
 */
export const systemCapabilities: Readonly<Record<System, SystemCapabilities>> = {
  junos: {
    title: 'Junos',
    smallestHoldSeconds: 10,
    vrfNameLength: 128,
    hasSeveralLoopbacks: false,
    loopback: { pattern: /^lo0\.[0-9]+$/, example: 'lo0.100' },
    hasUnderlayInVrf: true,
    needsVrfLoopback: true,
  },
  iosxr: {
    title: 'IOS-XR',
    vrfNameLength: 32,
    hasSeveralLoopbacks: true,
    loopbacks: { main: 'Loopback0', anycast: 'Loopback100' },
    loopback: { pattern: /^Loopback[0-9]+$/, example: 'Loopback100' },
    hasUnderlayInVrf: false,
    needsVrfLoopback: false,
  },
  frr: { title: 'FRR', vrfNameLength: 15, hasSeveralLoopbacks: true, hasUnderlayInVrf: false, needsVrfLoopback: false },
  eos: {
    title: 'EOS',
    vrfNameLength: 128,
    hasSeveralLoopbacks: true,
    loopbacks: { main: 'Loopback0', anycast: 'Loopback100' },
    loopback: { pattern: /^Loopback[0-9]+$/, example: 'Loopback100' },
    ospfProcess: { pattern: eosOspfProcess, allowed: 'a number from 1 to 65535' },
    hasUnderlayInVrf: false,
    needsVrfLoopback: false,
  },
  nxos: {
    title: 'NX-OS',
    vrfNameLength: 32,
    hasSeveralLoopbacks: true,
    loopbacks: { main: 'loopback0', anycast: 'loopback100' },
    hasUnderlayInVrf: false,
    needsVrfLoopback: false,
  },
  srlinux: {
    title: 'SR Linux',
    vrfNameLength: 128,
    hasSeveralLoopbacks: true,
    hasUnderlayInVrf: false,
    needsVrfLoopback: false,
  },
  nvue: {
    title: 'Cumulus Linux (NVUE)',
    vrfNameLength: 15,
    hasSeveralLoopbacks: true,
    hasUnderlayInVrf: false,
    needsVrfLoopback: false,
  },
};

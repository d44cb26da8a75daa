import { hostPrefix } from '@meshrs/network';
import type { System } from '@meshrs/topology';
import type { AttachedRouter, Device } from './device.ts';
import { namesOf } from './names.ts';

/** What keeps the anycast loopback, which other routers have, too, from being told to others. */
export interface AnycastKept {
  /** What the file does; undefined: nothing. */
  readonly byFile: string | undefined;
  /** What the rest of the device's configuration has to do. */
  readonly byYours: string;
}

/** No eBGP session of IOS-XR is without a policy, and a file replaces none: one of the device's has to apply the file's. */
const systemsWithPolicyOfYours: readonly System[] = ['iosxr'];

export function anycastKept(device: Device, { anycast, underlay, vrf }: AttachedRouter): AnycastKept {
  const { keepsAnycast } = namesOf(device);
  const reject = `reject ${hostPrefix(anycast.address)} first: other routers have the same address, and MetalLB's sessions would go to one that does not know them.`;
  if (vrf) {
    return {
      byFile: `the policies of this file keep it from what the VRF ${vrf.name} tells`,
      byYours: `In the VRF ${vrf.name} your policies to other neighbors and for other protocols ${reject}`,
    };
  }
  if (!underlay) {
    return {
      byFile: undefined,
      byYours: `Your policies to each neighbor, for each protocol and for connected routes ${reject} This file has none for that, since the topology names no underlay.`,
    };
  }
  switch (underlay.protocol) {
    case 'bgp':
      return {
        byFile: systemsWithPolicyOfYours.includes(device.system)
          ? `the policy ${keepsAnycast} keeps it from the neighbors of ${underlay.name} as soon as your policy to them applies it, and until then nothing does`
          : `the policy ${keepsAnycast} keeps it from the neighbors of ${underlay.name}`,
        byYours: `Your policies to neighbors other than those of ${underlay.name}, for other protocols and for connected routes ${reject}`,
      };
    case 'ospf':
    case 'isis': {
      const protocol = underlay.protocol === 'ospf' ? 'OSPF' : 'IS-IS';
      return {
        byFile: `of BGP ${protocol} gets the VIPs alone`,
        byYours: `${protocol} does not run on the anycast loopback. Your policies to each neighbor and for connected routes ${reject}`,
      };
    }
  }
}

import { vipsOf, type Device } from '../../device.ts';
import type { DeviceSystem } from '../../device-system.ts';
import { pathsKept, placesTaken, vrfKept } from '../assumed.ts';
import { namesOf } from '../../names.ts';
import { anycastInterfaceOf } from './attached-router.ts';
import { renderIosxr } from './render.ts';
import { replacedInVrf, stays, takeBack } from './take-back.ts';

export const iosxr: DeviceSystem = {
  title: 'IOS-XR',
  extension: 'conf',
  comment: (text) => `! ${text}`,
  load: (path) => [
    `Fill in what is listed below, in a copy, then in configuration mode: load disk0:/${path.split('/').at(-1) ?? path}`,
    'show commit changes diff, then: commit confirmed 300, and when all sessions are up: commit',
    'This text was not loaded on a device.',
  ],
  assumes,
  render: renderIosxr,
  show: ({ attached, client }) => {
    const vrf = attached?.vrf ? ` vrf ${attached.vrf.name}` : '';
    return [
      ...(attached ? [`show bgp${vrf} ipv4 unicast summary`] : []),
      ...vipsOf(attached).map((vip) => `show route${vrf} ${vip}`),
      ...(attached?.bfd ? ['show bfd session'] : []),
      ...(client ? ['show bgp l2vpn evpn summary'] : []),
    ];
  },
  takeBack,
  stays,
};

function assumes(device: Device): string[] {
  const { attached, asn } = device;
  return [
    `If BGP runs already, its AS is ${String(asn)}.`,
    ...pathsKept(attached, 'maximum-paths ebgp'),
    ...(attached
      ? [
          `${anycastInterfaceOf(attached.anycast)} is free: no address of yours is on it, and it gets that of the anycast loopback.`,
        ]
      : []),
    ...placesTaken(attached, replacedInVrf),
    ...(attached?.underlay?.protocol === 'bgp'
      ? [
          `The policy out of the neighbor-group ${attached.underlay.name} begins with "apply ${namesOf(device).keepsAnycast}", which keeps the anycast address in and lets the VIPs out: write it there before you commit. It decides of both for good: what stands behind it in your policy acts on other routes alone, and drops no VIP. No eBGP session is without a policy, and this file replaces none of yours.`,
        ]
      : []),
    ...(attached?.bfd ? ['Multihop BFD has a line card: "bfd multipath include location ..." is yours.'] : []),
    ...(attached?.vrf ? ['The ports to the nodes are in the VRF.', vrfKept(attached.vrf)] : []),
  ];
}

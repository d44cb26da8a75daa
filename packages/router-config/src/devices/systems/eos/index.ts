import { vipsOf } from '../../device.ts';
import type { DeviceSystem } from '../../device-system.ts';
import { groupTaken, pathsKept, placesTaken, vrfKept } from '../assumed.ts';
import { anycastInterfaceOf } from './attached-router.ts';
import { renderEos } from './render.ts';
import { replacedInVrf, stays, takeBack } from './take-back.ts';

export const eos: DeviceSystem = {
  title: 'EOS',
  extension: 'conf',
  comment: (text) => `! ${text}`,
  load: (path) => [
    `Fill in what is listed below, in a copy, then: configure session meshrs, copy flash:${path.split('/').at(-1) ?? path} session-config`,
    'show session-config diffs, then: commit timer 00:05:00, and when all sessions are up: configure session meshrs commit',
    'This text was not loaded on a device.',
  ],
  assumes: ({ attached, client, asn }) => [
    `If BGP runs already, its AS is ${String(asn)}, and its model is multi-agent ("service routing protocols model multi-agent").`,
    ...pathsKept(attached, 'maximum-paths'),
    ...(attached
      ? [
          `${anycastInterfaceOf(attached.anycast)} is free: no address of yours is on it, and it gets that of the anycast loopback.`,
        ]
      : []),
    ...placesTaken(attached, replacedInVrf),
    ...groupTaken(attached),
    ...(client ? ['The VNIs, and their route-distinguishers, are yours.'] : []),
    ...(attached?.vrf
      ? ['The ports to the nodes are in the VRF, whose routes go by EVPN.', vrfKept(attached.vrf)]
      : []),
  ],
  render: renderEos,
  show: ({ attached, client }) => {
    const vrf = attached?.vrf ? ` vrf ${attached.vrf.name}` : '';
    return [
      ...(attached ? [`show ip bgp summary${vrf}`] : []),
      ...vipsOf(attached).map((vip) => `show ip route${vrf} ${vip}`),
      ...(attached?.bfd ? ['show bfd peers'] : []),
      ...(client ? ['show bgp evpn summary'] : []),
    ];
  },
  takeBack,
  stays,
};

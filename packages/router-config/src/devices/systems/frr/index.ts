import { hostPrefix } from '@meshrs/network';
import { vipsOf } from '../../device.ts';
import type { DeviceSystem } from '../../device-system.ts';
import { groupTaken, pathsKept, placesTaken } from '../assumed.ts';
import { renderFrr } from './render.ts';
import { takeBack } from './take-back.ts';

export const frr: DeviceSystem = {
  title: 'FRRouting',
  extension: 'conf',
  comment: (text) => `! ${text}`,
  load: (path) => [
    `Fill in what is listed below, in a copy, then: vtysh -f ${path.split('/').at(-1) ?? path} && vtysh -c "write memory"`,
    'It adds to what runs, and may be loaded again: "No changes found to be committed!" is no error then.',
    'On SONiC it lasts with docker_routing_config_mode split alone.',
  ],
  assumes: ({ attached, client, asn }) => [
    `If bgpd runs already, its AS is ${String(asn)}.`,
    ...pathsKept(attached, 'maximum-paths'),
    ...(attached
      ? [
          `${attached.anycast.interface ?? 'lo'} has the address ${hostPrefix(attached.anycast.address)} of the anycast loopback: this file gives no interface an address.`,
        ]
      : []),
    ...placesTaken(attached, []),
    ...(client
      ? ['It is FRR 10.4 or newer: one before loses kernel routes when one of several route servers goes.']
      : []),
    ...groupTaken(attached),
  ],
  render: renderFrr,
  show: ({ attached, client }) => [
    ...(attached ? ["vtysh -c 'show bgp ipv4 unicast summary'"] : []),
    ...vipsOf(attached).map((vip) => `vtysh -c 'show bgp ipv4 unicast ${vip}'`),
    ...(attached?.bfd ? ["vtysh -c 'show bfd peers brief'"] : []),
    ...(client ? ["vtysh -c 'show bgp l2vpn evpn summary'"] : []),
  ],
  takeBack,
  stays: () => [],
};

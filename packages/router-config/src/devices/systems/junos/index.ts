import { hostPrefix } from '@meshrs/network';
import { vipsOf, type Device } from '../../device.ts';
import type { DeviceSystem } from '../../device-system.ts';
import { namesOf } from '../../names.ts';
import { anycastUnit, isMultipath, loopbackAssumption } from './attached-router.ts';
import { policiesOf, renderJunos } from './render.ts';
import type { JunosStatement } from './statement.ts';
import { underlayAssumptions } from './underlay.ts';
import { vrfAssumptions } from './vrf.ts';

export const junos: DeviceSystem = {
  title: 'Junos',
  extension: 'conf',
  comment: (text) => `# ${text}`,
  load: (path) => [
    `Fill in what is listed below, in a copy, then in configuration mode: load merge ${path.split('/').at(-1) ?? path}`,
    'show | compare, then: commit confirmed 5, and when all sessions are up: commit',
  ],
  assumes,
  render: renderJunos,
  show: ({ attached, client }) => {
    const vrf = attached?.vrf?.name;
    return [
      vrf === undefined ? 'show bgp summary' : `show bgp summary instance ${vrf}`,
      ...(vrf !== undefined && client ? ['show bgp summary'] : []),
      ...vipsOf(attached).map((vip) => `show route ${vip} exact${vrf === undefined ? '' : ` table ${vrf}.inet.0`}`),
      ...(attached?.bfd ? ['show bfd session'] : []),
    ];
  },
  takeBack,
};

function assumes(device: Device): string[] {
  const { attached, client, asn } = device;
  const noneInVrf = attached?.vrf ? `, and none of its own in ${attached.vrf.name}` : '';
  return [
    `The AS of the device is there, and is ${String(asn)} ("routing-options autonomous-system"${noneInVrf}): without one BGP does not commit, and with another one sessions are refused.`,
    ...(attached ? [loopbackAssumption(attached)] : []),
    ...(attached?.vrf ? vrfAssumptions(device, attached.vrf) : []),
    ...(attached?.underlay ? underlayAssumptions(attached.underlay) : []),
    ...(client ? ['The switch options (route-distinguisher, vrf-target, VNIs) are yours.'] : []),
  ];
}

/** What the device had before in its place comes back by nothing: its router-id stays. */
function takeBack(device: Device): string[] {
  const { attached, client } = device;
  const names = namesOf(device);
  const place = attached?.vrf ? `routing-instances ${attached.vrf.name} protocols` : 'protocols';
  const groups = attached?.sides.map((side) => `delete ${place} bgp group ${names.metallb(side).group}`) ?? [];
  const ofClient = client?.sessions.map(({ side }) => `delete protocols bgp group ${names.evpnOf({ side })}`) ?? [];
  if (!attached) return ofClient;
  const { underlay, anycast, vrf } = attached;
  const exports = underlay?.protocol === 'bgp' ? `bgp group ${underlay.name}` : underlay?.protocol;
  return [
    ...groups,
    ...ofClient,
    ...(exports === undefined ? [] : [`delete ${place} ${exports} export ${names.keepsAnycast}`]),
    ...(vrf ? [`delete routing-instances ${vrf.name}`] : []),
    ...(isMultipath(attached) ? [`delete routing-options forwarding-table export ${names.balance}`] : []),
    ...policiesOf(device, attached).map((each) => `delete policy-options ${nameOf(each)}`),
    `delete interfaces lo0 unit ${anycastUnit(attached).number} family inet address ${hostPrefix(anycast.address)}`,
  ];
}

/** "community NAME" of "community NAME members …". */
function nameOf(statement: JunosStatement): string {
  return typeof statement === 'string' ? statement.split(' ').slice(0, 2).join(' ') : statement.name;
}

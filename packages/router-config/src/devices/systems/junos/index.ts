import { vipsOf, type Device } from '../../device.ts';
import type { DeviceSystem } from '../../device-system.ts';
import { loopbackAssumption } from './attached-router.ts';
import { renderJunos } from './render.ts';
import { stays, takeBack } from './take-back.ts';
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
  stays,
};

function assumes(device: Device): string[] {
  const { attached, client, asn } = device;
  const noneInVrf = attached?.vrf ? `, and none of its own in ${attached.vrf.name}` : '';
  return [
    `The AS of the device is there, and is ${String(asn)} ("routing-options autonomous-system"${noneInVrf}): without one BGP does not commit, and with another one sessions are refused.`,
    ...(attached ? [loopbackAssumption(attached)] : []),
    ...(attached?.vrf ? vrfAssumptions(device, attached, attached.vrf) : []),
    ...(attached?.underlay ? underlayAssumptions(attached.underlay) : []),
    ...(client ? ['The switch options (route-distinguisher, vrf-target, VNIs) are yours.'] : []),
  ];
}

import { hostPrefix } from '@meshrs/network';
import type { AttachedRouter, Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { word } from '../../words.ts';
import { block, renderLines, type Block, type Line } from '../block.ts';
import { anycastInterfaceOf, metallbGroups, metallbNeighbors } from './attached-router.ts';
import { evpnLines, routeServerNeighbors } from './evpn-client.ts';
import { attachedFilters, clientFilters } from './filters.ts';

/** What a session of configuration adds to what is there. */
export function renderEos(device: Device): string {
  const { attached, client } = device;
  return renderLines(
    [
      ...(attached?.vrf
        ? [`vrf instance ${word(attached.vrf.name)}`, `ip routing vrf ${word(attached.vrf.name)}`]
        : []),
      ...(attached ? [loopback(attached), ...attachedFilters(device, attached)] : []),
      ...(client ? clientFilters(device, client.routeServerAsn) : []),
      bgp(device),
      ...(attached ? igp(device, attached) : []),
    ],
    '   ',
  );
}

function loopback({ anycast, vrf }: AttachedRouter): Block {
  return block(
    `interface ${anycastInterfaceOf(anycast)}`,
    'description anycast loopback for MetalLB',
    vrf ? `vrf ${word(vrf.name)}` : undefined,
    `ip address ${hostPrefix(anycast.address)}`,
  );
}

function bgp(device: Device): Block {
  const { asn, attached, client } = device;
  const inMain = attached && !attached.vrf ? attached : undefined;
  const names = namesOf(device);
  const groups = attached?.sides.map((side) => names.metallb(side).group) ?? [];
  const activated = inMain ? groups.map((group) => `neighbor ${group} activate`) : [];
  const underlay = inMain?.underlay?.protocol === 'bgp' ? inMain.underlay : undefined;
  return block(
    `router bgp ${String(asn)}`,
    attached ? metallbGroups(device, attached) : [],
    underlay ? `neighbor ${word(underlay.name)} route-map ${names.keepsAnycast} out` : undefined,
    inMain ? metallbNeighbors(device, inMain) : [],
    client ? routeServerNeighbors(device, client) : [],
    client ? block('address-family evpn', evpnLines(device, client)) : undefined,
    // Whether a new neighbor speaks IPv4 unicast is said, whatever the default is there.
    attached || client
      ? block(
          'address-family ipv4',
          activated,
          client?.sessions.map(({ vip }) => `no neighbor ${vip} activate`),
        )
      : undefined,
    attached?.vrf ? inVrf(device, attached, attached.vrf) : undefined,
  );
}

function inVrf(device: Device, attached: AttachedRouter, vrf: NonNullable<AttachedRouter['vrf']>): Block {
  const names = namesOf(device);
  return block(
    `vrf ${word(vrf.name)}`,
    `rd ${word(vrf.routeDistinguisher)}`,
    vrf.importTargets.map((target) => `route-target import evpn ${word(target)}`),
    vrf.exportTargets.map((target) => `route-target export evpn ${word(target)}`),
    metallbNeighbors(device, attached),
    `redistribute connected route-map ${names.keepsAnycast}`,
    block(
      'address-family ipv4',
      attached.sides.map((side) => `neighbor ${names.metallb(side).group} activate`),
    ),
  );
}

/** The IGP has nothing of BGP: the VIPs are brought into it, and nothing else. */
function igp(device: Device, { underlay, vrf }: AttachedRouter): Line[] {
  if (!underlay || underlay.protocol === 'bgp' || vrf) return [];
  const { vips } = namesOf(device);
  return underlay.protocol === 'ospf'
    ? [block(`router ospf ${word(underlay.name)}`, `redistribute bgp route-map ${vips}`)]
    : [block(`router isis ${word(underlay.name)}`, `redistribute bgp route-map ${vips}`)];
}

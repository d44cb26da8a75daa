import type { AttachedRouter, Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { word } from '../../words.ts';
import { block, renderLines, type Block, type Line } from '../block.ts';
import { anycastInterfaceOf, ipv4AddressOf, neighborGroups, neighbors } from './attached-router.ts';
import { routeServerNeighbors } from './evpn-client.ts';
import { attachedPolicies, clientPolicies } from './policies.ts';

/** What a commit adds to what is there. */
export function renderIosxr(device: Device): string {
  const { attached, client } = device;
  return renderLines(
    [
      ...(attached?.vrf ? [vrfTargets(device, attached.vrf)] : []),
      ...(attached ? [loopback(attached)] : []),
      ...(attached ? attachedPolicies(device, attached) : []),
      ...(client ? clientPolicies(device, client.routeServerAsn) : []),
      bgp(device),
      ...(attached ? igp(device, attached) : []),
    ],
    ' ',
  );
}

function vrfTargets(device: Device, vrf: NonNullable<AttachedRouter['vrf']>): Block {
  return block(
    `vrf ${word(vrf.name)}`,
    block(
      'address-family ipv4 unicast',
      block('import route-target', vrf.importTargets.map(word)),
      `export route-policy ${namesOf(device).vrfExport}`,
      block('export route-target', vrf.exportTargets.map(word)),
    ),
  );
}

function loopback({ anycast, vrf }: AttachedRouter): Block {
  return block(
    `interface ${anycastInterfaceOf(anycast)}`,
    'description anycast loopback for MetalLB',
    vrf ? `vrf ${word(vrf.name)}` : undefined,
    ipv4AddressOf(anycast.address),
  );
}

function bgp(device: Device): Block {
  const { asn, attached, client } = device;
  const inMain = attached && !attached.vrf ? attached : undefined;
  return block(
    `router bgp ${String(asn)}`,
    // Of a neighbor or of a VRF it does not commit without the same here.
    inMain ? block('address-family ipv4 unicast') : undefined,
    attached?.vrf ? block('address-family vpnv4 unicast') : undefined,
    client
      ? block('address-family l2vpn evpn', client.role === 'transit' ? 'retain route-target all' : undefined)
      : undefined,
    attached ? neighborGroups(device, attached) : [],
    inMain ? neighbors(device, inMain) : [],
    client ? routeServerNeighbors(device, client) : [],
    attached?.vrf ? inVrf(device, attached, attached.vrf) : undefined,
  );
}

function inVrf(device: Device, attached: AttachedRouter, vrf: NonNullable<AttachedRouter['vrf']>): Block {
  return block(
    `vrf ${word(vrf.name)}`,
    `rd ${word(vrf.routeDistinguisher)}`,
    block('address-family ipv4 unicast', `redistribute connected route-policy ${namesOf(device).vrfExport}`),
    neighbors(device, attached),
  );
}

/** The IGP has nothing of BGP: the VIPs are brought into it, and nothing else. */
function igp(device: Device, { underlay, vrf }: AttachedRouter): Line[] {
  if (!underlay || underlay.protocol === 'bgp' || vrf) return [];
  const redistribute = `redistribute bgp ${String(device.asn)} route-policy ${namesOf(device).vips}`;
  return underlay.protocol === 'ospf'
    ? [block(`router ospf ${word(underlay.name)}`, redistribute)]
    : [block(`router isis ${word(underlay.name)}`, block('address-family ipv4 unicast', redistribute))];
}

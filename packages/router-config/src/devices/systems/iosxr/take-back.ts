import type { AttachedRouter, Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { outOfPlaces } from '../assumed.ts';
import { anycastInterfaceOf, ipv4AddressOf } from './attached-router.ts';
import { attachedPolicies, clientPolicies } from './policies.ts';

/*
 * Each command is whole by itself, as "show running-config formal" has it. A policy or a set that is in use is not removed ("Implementing
 * Routing Policy"), and in use is what was committed: what uses it goes by a commit before.
 */

/** What takes the place of statements that the VRF may have. */
export const replacedInVrf = ['redistribute connected', 'export route-policy'];

export function takeBack(device: Device): string[] {
  const { asn, attached, client } = device;
  const blocks = [
    ...(attached ? attachedPolicies(device, attached) : []),
    ...(client ? clientPolicies(device, client.routeServerAsn) : []),
  ].map(({ enter }) => enter);
  const policies = blocks.filter((enter) => enter.startsWith('route-policy '));
  const sets = blocks.filter((enter) => !enter.startsWith('route-policy '));
  return [
    ...(attached ? takeOff(device, attached) : []),
    ...(client?.sessions.map(({ vip }) => `no router bgp ${String(asn)} neighbor ${vip}`) ?? []),
    'commit',
    ...(attached?.underlay?.protocol === 'bgp' && !attached.vrf
      ? [`! Now take "apply ${namesOf(device).keepsAnycast}" out of your policy of the underlay, and commit.`]
      : []),
    ...policies.map((enter) => `no ${enter}`),
    'commit',
    ...(sets.length === 0 ? [] : [...sets.map((enter) => `no ${enter}`), 'commit']),
  ];
}

/** Sessions, the anycast address, and what policies are attached to; never an interface, a VRF or a process. */
function takeOff(device: Device, attached: AttachedRouter): string[] {
  const { anycast, sides, vrf } = attached;
  const names = namesOf(device);
  const bgp = `router bgp ${String(device.asn)}`;
  const place = vrf ? `${bgp} vrf ${vrf.name}` : bgp;
  const own = `interface ${anycastInterfaceOf(anycast)}`;
  return [
    ...sides.flatMap((side) => side.nodes.map(({ address }) => `no ${place} neighbor ${address}`)),
    ...sides.map((side) => `no ${bgp} neighbor-group ${names.metallb(side).group}`),
    `no ${own} ${ipv4AddressOf(anycast.address)}`,
    `no ${own} description`,
    ...detachments(device, attached),
  ];
}

/** Statements that are alone in their place, each as one command. */
function detachments(device: Device, attached: AttachedRouter): string[] {
  const { underlay, vrf } = attached;
  const asn = String(device.asn);
  const family = 'address-family ipv4 unicast';
  if (vrf) {
    return outOfPlaces(attached, replacedInVrf, (statement) => [
      statement === 'export route-policy'
        ? `no vrf ${vrf.name} ${family} ${statement} ${namesOf(device).vrfExport}`
        : `no router bgp ${asn} vrf ${vrf.name} ${family} ${statement}`,
    ]);
  }
  if (!underlay) return [];
  const process = `router ${underlay.protocol} ${underlay.name}${underlay.protocol === 'isis' ? ` ${family}` : ''}`;
  return outOfPlaces(attached, [], (statement) => [`no ${process} ${statement} ${asn}`]);
}

export function stays({ attached }: Device): string[] {
  const families = 'The address families of BGP itself.';
  if (!attached) return [families];
  const { anycast, vrf } = attached;
  return [
    families,
    `The interface ${anycastInterfaceOf(anycast)}, without an address.`,
    ...(vrf ? [`The VRF ${vrf.name}, with its route-distinguisher and route targets.`] : []),
  ];
}

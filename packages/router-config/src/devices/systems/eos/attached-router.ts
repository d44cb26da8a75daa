import type { AttachedRouter, Device } from '../../device.ts';
import { namesOf, placeholderOf } from '../../names.ts';
import { word } from '../../words.ts';
import { lineText, type Line } from '../block.ts';

export function anycastInterfaceOf({ interface: own }: AttachedRouter['anycast']): string {
  return word(own ?? 'Loopback100');
}

/** A group for each side: what changes in it resets the sessions of that side's nodes alone. */
export function metallbGroups(device: Device, { anycast, sides, bfd }: AttachedRouter): Line[] {
  const names = namesOf(device);
  return sides.flatMap((side) => {
    const { group, filter } = names.metallb(side);
    return [
      `neighbor ${group} peer group`,
      `neighbor ${group} remote-as ${String(anycast.metallbAsn)}`,
      ...(device.asn === anycast.routerAsn
        ? []
        : [`neighbor ${group} local-as ${String(anycast.routerAsn)} no-prepend replace-as`]),
      `neighbor ${group} passive`,
      `neighbor ${group} update-source ${anycastInterfaceOf(anycast)}`,
      ...(bfd ? [`neighbor ${group} bfd`] : []),
      // From a loopback to a node on a port.
      `neighbor ${group} ebgp-multihop 2`,
      `neighbor ${group} route-map ${filter} in`,
      `neighbor ${group} route-map ${names.nothing} out`,
      `neighbor ${group} password 0 ${placeholderOf(side.secret)}`,
      `neighbor ${group} maximum-routes ${String(side.prefixLimit)} warning-only`,
    ];
  });
}

export function metallbNeighbors(device: Device, { sides }: AttachedRouter): Line[] {
  const names = namesOf(device);
  return sides.flatMap((side) =>
    side.nodes.flatMap(({ name, address }) => [
      `neighbor ${address} peer group ${names.metallb(side).group}`,
      `neighbor ${address} description ${lineText(`MetalLB on ${name}`)}`,
    ]),
  );
}

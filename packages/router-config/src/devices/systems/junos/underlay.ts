import { hostPrefix } from '@meshrs/network';
import type { AttachedRouter, Device } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { fromVips } from './attached-router.ts';
import { word } from '../../words.ts';
import { branch, type Branch, type JunosStatement } from './statement.ts';

/** Named terms that reject stand before any that accepts; what follows the VIPs is decided by the policies behind it. */
export function underlayPolicy(device: Device, attached: AttachedRouter): JunosStatement[] {
  const { anycast, underlay } = attached;
  if (!underlay) return [];
  const names = namesOf(device);
  return [
    branch(
      `policy-statement ${word(names.keepsAnycast)}`,
      branch('term anycast', branch('from', `route-filter ${hostPrefix(anycast.address)} exact`), 'then reject'),
      branch('term vips', fromVips(device, attached), 'then accept'),
    ),
  ];
}

/** Where it stands: of BGP at the group of the underlay, never at all of BGP, where it would be MetalLB's as well. */
export function underlayExport(device: Device, { underlay }: AttachedRouter): Branch | undefined {
  if (!underlay) return undefined;
  const attach = `export ${word(namesOf(device).keepsAnycast)}`;
  return underlay.protocol === 'bgp'
    ? branch('bgp', branch(`group ${word(underlay.name)}`, attach))
    : branch(underlay.protocol, attach);
}

/** An export at a group takes the place of what stands at all of BGP, and one at a neighbor that of the group's. */
export function underlayAssumptions({ protocol, name }: NonNullable<AttachedRouter['underlay']>): string[] {
  return [
    `Its policy is the first one where the underlay is exported: put it there with "insert ... export meshrs... before OTHER" if "show" has another one in front.`,
    ...(protocol === 'bgp'
      ? [
          `What the underlay exports besides stands at its group ${name}: an export at all of BGP does nothing there any more, and with one at a neighbor this file's does nothing.`,
        ]
      : []),
  ];
}

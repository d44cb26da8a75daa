import { mostPathsOf, type AttachedRouter } from '../device.ts';

/*
 * Statements that act on more than our sessions, or take the place of one that is there, are in no file: its head says what the device
 * is to have.
 */

/** Of all of BGP, or of all of a VRF: a number of ours would be fewer paths for all others. */
export function pathsKept(attached: AttachedRouter | undefined, statement: string): string[] {
  const most = attached ? mostPathsOf(attached) : 0;
  if (most < 2) return [];
  const place = attached?.vrf ? ` in the VRF ${attached.vrf.name}` : '';
  return [
    `"${statement}" of BGP${place} is at least ${String(most)}: as many nodes announce one VIP. It acts on all routes there, so it is not in this file.`,
  ];
}

/** With another one all that the VRF has told would be told anew. */
export function vrfKept({ name, routeDistinguisher }: NonNullable<AttachedRouter['vrf']>): string {
  return `If the VRF ${name} is there already, its route-distinguisher is ${routeDistinguisher}: another one would be replaced, and all of its routes told anew.`;
}

/** A protocol or a VRF has one policy in such a place: ours ends what another one let in. */
export function placesTaken(attached: AttachedRouter | undefined, inVrf: readonly string[]): string[] {
  const { underlay, vrf } = attached ?? {};
  const free = (statement: string, place: string): string =>
    `"${statement}" of ${place} has no policy of yours: that of this file would take its place.`;
  if (vrf) return inVrf.map((statement) => free(statement, `the VRF ${vrf.name}`));
  if (!underlay || underlay.protocol === 'bgp') return [];
  return [free('redistribute bgp', `${underlay.protocol === 'ospf' ? 'OSPF' : 'IS-IS'} ${underlay.name}`)];
}

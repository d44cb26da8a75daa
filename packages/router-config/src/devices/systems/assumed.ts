import { hostPrefix } from '@meshrs/network';
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

/** Where one statement of a kind stands alone: to load ours removes one that is there, and to take ours out brings none back. */
interface SolePlace {
  readonly statement: string;
  readonly owner: string;
  /** What one of somebody's has to do, so that ours is not needed. */
  readonly instead: string;
}

const leftOut = "leave this file's out of the copy, and out of what takes it back.";

/** `inVrf`: statements that a system's file writes in a VRF, with a policy. */
export function placesTaken(attached: AttachedRouter | undefined, inVrf: readonly string[]): string[] {
  return solePlaces(attached, inVrf).map(
    ({ statement, owner, instead }) =>
      `"${statement}" of ${owner} is not there, with a policy or without: this file's would take its place. If it is, keep yours, let it ${instead}, and ${leftOut}`,
  );
}

/** What is said before ours is taken out of such places. */
export function placesAgain(attached: AttachedRouter, inVrf: readonly string[]): string[] {
  return outOfPlaces(attached, inVrf, () => []);
}

/** What takes ours out of such places, each behind a word about one that was there before. */
export function outOfPlaces(
  attached: AttachedRouter,
  inVrf: readonly string[],
  commandsFor: (statement: string) => readonly string[],
): string[] {
  return solePlaces(attached, inVrf).flatMap(({ statement, owner }) => [
    again(statement, owner),
    ...commandsFor(statement),
  ]);
}

function solePlaces(attached: AttachedRouter | undefined, inVrf: readonly string[]): SolePlace[] {
  if (!attached) return [];
  const { anycast, underlay, vrf } = attached;
  if (vrf) {
    const instead = `reject ${hostPrefix(anycast.address)} first`;
    return inVrf.map((statement) => ({ statement, owner: `the VRF ${vrf.name}`, instead }));
  }
  if (!underlay || underlay.protocol === 'bgp') return [];
  const owner = `${underlay.protocol === 'ospf' ? 'OSPF' : 'IS-IS'} ${underlay.name}`;
  return [{ statement: 'redistribute bgp', owner, instead: 'bring the VIPs in' }];
}

/** Where a peer group of the underlay, which is somebody's, gets our route-map. */
export function groupTaken(attached: AttachedRouter | undefined): string[] {
  const group = underlayGroup(attached);
  if (!attached || group === undefined) return [];
  return [
    `The peer group ${group} is there, and neither it nor a neighbor in it has a route-map out of its own: the group's would be replaced, and the neighbor's would keep this one out. If one is there, keep yours, let it reject ${hostPrefix(attached.anycast.address)} first and let the VIPs out, and ${leftOut}`,
  ];
}

/** Before the command that takes it off that group. */
export function groupAgain(attached: AttachedRouter): string[] {
  const group = underlayGroup(attached);
  return group === undefined ? [] : [again('route-map ... out', `the peer group ${group}`)];
}

function underlayGroup(attached: AttachedRouter | undefined): string | undefined {
  return attached?.underlay?.protocol === 'bgp' && !attached.vrf ? attached.underlay.name : undefined;
}

function again(statement: string, owner: string): string {
  return `! Now: if "${statement}" of ${owner} was there before this file, write yours again in place of the next "no".`;
}

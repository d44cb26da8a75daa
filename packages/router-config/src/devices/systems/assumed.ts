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

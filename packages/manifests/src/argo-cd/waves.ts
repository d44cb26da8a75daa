import { sidesOf, type ClusterScope, type SideScope } from '../scope.ts';

/**
 * Sync waves inside the one Application of a cluster (Argo CD documentation, "Sync Phases and Waves"): a wave begins when
 * every object of the one before is healthy. First what a gate needs to run at all, then the closing of what a sync before
 * left open (the API server refuses others' changes meanwhile), what the sides share, and then for each side its gate, its settings and
 * MetalLB's objects, and its StatefulSets last: they bear the revision of all that came before. Between them there is
 * room for objects of the user's.
 */
export const sharedWaves = { gates: 0, closing: 1, base: 2, cluster: 5 } as const;

const firstGate = 10;
const step = 10;

/**
 * The gate before what Argo CD deletes: that comes after the last wave of all (`PruneLast`), a user's own too, whatever wave
 * its object had.
 */
export const removalWave = 1_000_000;

/** The gate that asks whether a side may go. */
export function gateWave(scope: SideScope): number {
  return firstGate + step * positionOf(scope);
}

export function sideWave(scope: SideScope): number {
  return gateWave(scope) + 1;
}

export function statefulSetWave(scope: SideScope): number {
  return gateWave(scope) + 2;
}

/** Waves of what the root Application holds: MetalLB is healthy before the first of its objects is made. */
export const rootWaves = { projects: 0, metallb: 1, routeServers: 2 } as const;

function positionOf(scope: SideScope & ClusterScope): number {
  return sidesOf(scope).findIndex(({ side }) => side === scope.side);
}

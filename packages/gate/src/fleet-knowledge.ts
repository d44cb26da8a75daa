import type { SideElsewhereSight, SideSight } from './roll-out.ts';
import type { RouteServerSight } from './route-server-sight.ts';

/**
 * The object that tells all route servers of all others: who is in the fleet. One that lacks it evicts a route server that
 * is new, or comes with another router-id (docs/decisions/0026).
 */
export interface FleetSight {
  readonly configMap: string;
  /** SHA-256 of what it holds, in hexadecimal; undefined while there is no such ConfigMap, or nothing in it. */
  readonly revision: string | undefined;
  /** Since anybody last changed it; undefined where that is not known. */
  readonly secondsSinceChange: number | undefined;
}

/** What keeps a side from being changed: a route server may not know who will be in the fleet. */
export type FleetGap =
  | { readonly kind: 'no-object'; readonly configMap: string }
  /** Another revision than the object's: kubelet has not brought it yet. */
  | (Lacking & { readonly kind: 'other'; readonly revision: string })
  /** What kubelet has brought cannot be used. */
  | (Lacking & { readonly kind: 'refused'; readonly why: string })
  /** Its agent does not tell: that is not known, and not equal. */
  | (Lacking & { readonly kind: 'not-told' })
  | (Lacking & { readonly kind: 'not-readable'; readonly why: string });

interface Lacking {
  readonly routeServer: string;
  readonly configMap: string;
  /** The revision of the ConfigMap. */
  readonly wanted: string;
}

export interface FleetFindings {
  /** What the gate waits for. */
  readonly gaps: readonly FleetGap[];
  /** What it does not wait for: nothing would come of it, or it would hold up what fixes the side. */
  readonly passed: readonly FleetGap[];
}

/** Within this time the kubelet has brought a changed ConfigMap to a pod: it looks at each after 60 to 90 s. */
export const fleetArrivesSeconds = 120;

/**
 * Whether the route servers know who is in the fleet, before a side changes:
 * - One of any side that has another revision gets the new one by itself, and is waited for. One of the next side, too: of
 *   several replicas one keeps its sessions while another is replaced.
 * - One of the next side that cannot use its file, or does not tell, is fixed by the roll: a new pod reads it at its start.
 * - One of a later side that does not tell, since its agent is older, cannot get it before its own turn; nor can one that
 *   refuses what another can use, since then the fault is its own.
 * - Where no client has a session with the next side, there may be a fault that the commit fixes. It waits for what comes by
 *   itself, as long as that takes, and for nothing else.
 */
export function findFleetGaps(
  fleet: FleetSight | undefined,
  view: {
    readonly next: string;
    readonly sides: readonly (SideSight | SideElsewhereSight)[];
    readonly routeServers: readonly RouteServerSight[];
    /** A client has a session with the next side, or that is not known. */
    readonly hasClients: boolean;
  },
): FleetFindings {
  if (!fleet) return { gaps: [], passed: [] };
  const { configMap, revision: wanted, secondsSinceChange = 0 } = fleet;
  if (wanted === undefined) return { gaps: [{ kind: 'no-object', configMap }], passed: [] };
  const order = view.sides.map(({ name }) => name);
  const position = order.indexOf(view.next);
  const mayArrive = view.hasClients || secondsSinceChange < fleetArrivesSeconds;
  const isUsable = view.routeServers.some(({ fleet: known }) => 'revision' in known && known.revision === wanted);
  const gaps: FleetGap[] = [];
  const passed: FleetGap[] = [];
  for (const routeServer of view.routeServers) {
    const gap = gapOf(routeServer, { configMap, wanted });
    const turn = Math.sign(order.indexOf(routeServer.side) - position);
    if (!gap || isNobodysMatter(routeServer, gap, turn)) continue;
    const isForItsTurn = turn > 0 && (gap.kind === 'not-told' || (gap.kind === 'refused' && isUsable));
    const isWaitedFor = gap.kind === 'other' ? mayArrive : view.hasClients && !isForItsTurn;
    (isWaitedFor ? gaps : passed).push(gap);
  }
  return { gaps, passed };
}

function gapOf(
  { name: routeServer, fleet }: RouteServerSight,
  object: Pick<Lacking, 'configMap' | 'wanted'>,
): FleetGap | undefined {
  if ('revision' in fleet && fleet.revision === object.wanted) return undefined;
  const lacking = { routeServer, ...object };
  switch (fleet.kind) {
    case 'told':
      return { ...lacking, kind: 'other', revision: fleet.revision };
    case 'refused':
      return { ...lacking, kind: 'refused', why: fleet.why };
    case 'not-told':
      return { ...lacking, kind: 'not-told' };
    case 'not-readable':
      return { ...lacking, kind: 'not-readable', why: fleet.why };
  }
}

/** `turn`: below 0 for an earlier side, 0 for the next one, above for a later one. */
function isNobodysMatter({ isTerminating, isForeign, reading }: RouteServerSight, gap: FleetGap, turn: number) {
  // It evicts nobody for long, and kubelet brings nothing to a pod that ends.
  if (isTerminating || isForeign) return true;
  if (turn === 0) return gap.kind !== 'other';
  // An earlier side's is a gap of its roll-out already, and an engine that does not run has nobody to evict.
  return gap.kind === 'not-readable' && (turn < 0 || reading.kind === 'engine-down');
}

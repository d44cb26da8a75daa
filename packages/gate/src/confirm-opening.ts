import type { GateVerdict, GateView } from './decide-gate.ts';
import type { RouteServerSight } from './route-server-sight.ts';

/**
 * How long after the first look that would open a second one must agree. One look is one moment: a drain, an eviction or
 * another sync that begins in it is not in it yet. Each of those is seen within a second or two of its beginning: Kubernetes
 * marks a pod that it takes, the agent tells of a drain and looks at its engine once a second, and Argo CD applies the
 * objects of a wave within moments of each other. Every sync pays this time once a side.
 */
export const confirmAfterMs = 3000;

/** A look that would open, kept for the next. */
export interface OpeningLook {
  readonly atMs: number;
  readonly why: Extract<GateVerdict, { kind: 'open' }>['why'];
  /** Whether the side's turn would be opened. */
  readonly opensTurn: boolean;
  /** What was looked at: whose answers, and which objects. */
  readonly basis: string;
  /** What each route server said what moment it is, by the identity of its answer. */
  readonly saidAt: ReadonlyMap<string, string>;
}

export type Confirmation =
  | { readonly kind: 'open' }
  /** Without `first`, the next look that would open is the first. */
  | { readonly kind: 'not-yet'; readonly first: OpeningLook | undefined; readonly why: NotYet };

export type NotYet =
  | { readonly kind: 'shut' }
  | { readonly kind: 'first-look' }
  /** It would open as well, but by another reason, or by other objects or pods. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'too-early' }
  /** It told the same moment in both looks: the answer is one of before. */
  | { readonly kind: 'repeated'; readonly routeServers: readonly string[] }
  /** Its agent answers, and what it tells of its engine is of before the first look: one reading is no two. */
  | { readonly kind: 'not-read-since'; readonly routeServers: readonly string[] };

/** Whether a look confirms an earlier one, `first`; `atMs` is of a clock that never steps. */
export function confirmOpening(
  first: OpeningLook | undefined,
  look: {
    readonly atMs: number;
    readonly verdict: GateVerdict;
    readonly view: ConfirmedView;
    readonly afterMs: number;
  },
): Confirmation {
  const { atMs, verdict, view, afterMs } = look;
  if (verdict.kind === 'shut') return { kind: 'not-yet', first: undefined, why: { kind: 'shut' } };
  const basis = basisOf(view);
  const now: OpeningLook = { atMs, why: verdict.why, opensTurn: opensTurn(verdict), basis, saidAt: saidAtOf(view) };
  if (!first) return { kind: 'not-yet', first: now, why: { kind: 'first-look' } };
  const isSame = first.why === now.why && first.opensTurn === now.opensTurn && first.basis === basis;
  if (!isSame) return { kind: 'not-yet', first: now, why: { kind: 'changed' } };
  if (atMs - first.atMs < afterMs) return { kind: 'not-yet', first, why: { kind: 'too-early' } };
  const repeated = namesOf(
    view,
    ({ identity }) => now.saidAt.has(identity) && now.saidAt.get(identity) === first.saidAt.get(identity),
  );
  if (repeated.length > 0) return { kind: 'not-yet', first, why: { kind: 'repeated', routeServers: repeated } };
  const notReadSince = namesOf(
    view,
    ({ reading }) => reading.kind === 'read' && reading.ageMs >= Math.ceil(atMs - first.atMs),
  );
  return notReadSince.length === 0
    ? { kind: 'open' }
    : { kind: 'not-yet', first, why: { kind: 'not-read-since', routeServers: notReadSince } };
}

function namesOf(
  { routeServers }: ConfirmedView,
  isMeant: (routeServer: RouteServerSight) => boolean,
): readonly string[] {
  return routeServers.filter(isMeant).map(({ name }) => name);
}

/** Whether the API server is to let the side change after this opening. */
export function opensTurn(verdict: Extract<GateVerdict, { kind: 'open' }>): boolean {
  return verdict.why !== 'nothing-changes' || verdict.mayChange;
}

/**
 * How long to wait before the next look: as long as ever, and no longer than until a look can confirm the first one, so that
 * a sync pays the time between both and no more. `atMs` is of the same clock as the first look's.
 */
export function untilNextLookMs(
  first: OpeningLook | undefined,
  { atMs, afterMs, pollMs }: { readonly atMs: number; readonly afterMs: number; readonly pollMs: number },
): number {
  const leftMs = first ? first.atMs + afterMs - atMs : 0;
  // That time is over where an answer was repeated, or told nothing newer: then it is asked for as often as ever.
  return leftMs > 0 ? Math.min(leftMs, pollMs) : pollMs;
}

type ConfirmedView = Pick<GateView, 'routeServers' | 'sides' | 'fleet'>;

/** Everything that a drain, another sync, a deleted pod or a pod of another life changes. */
function basisOf({ routeServers, sides, fleet }: ConfirmedView): string {
  const pods = routeServers.map(({ name, side, identity, isTerminating, isForeign, reading, fleet: known }) => [
    ...[name, side, identity, isTerminating, isForeign, reading.kind],
    ...[known.kind, 'revision' in known && known.revision],
    ...(reading.kind === 'read' ? [reading.isDraining, reading.settingsRevision, reading.refusedRevision] : []),
  ]);
  const objects = sides.map((side) =>
    'agents' in side
      ? [side.name]
      : [
          side.name,
          side.statefulSets.map(({ name, found }) => [name, found?.generation, found?.sideRevision, found?.markedAtMs]),
          ...[side.settings.revision, side.settings.sideRevision, side.settings.changedAtMs],
        ],
  );
  return JSON.stringify([pods.map((pod) => JSON.stringify(pod)).sort(), objects, fleet?.revision]);
}

function saidAtOf({ routeServers }: ConfirmedView): ReadonlyMap<string, string> {
  return new Map(
    routeServers.flatMap(({ identity, reading }) =>
      reading.kind === 'read' ? [[identity, reading.saidAt] as const] : [],
    ),
  );
}

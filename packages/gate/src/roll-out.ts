import { clientsReturnMs } from '@meshrs/contract';
import type { DrainSight, RouteServerSight } from './route-server-sight.ts';

/** What a side's roll-out is seen by. */
export interface SideSight {
  readonly name: string;
  readonly statefulSets: readonly StatefulSetSight[];
  readonly settings: {
    readonly configMap: string;
    /** SHA-256 of the settings text, in hexadecimal; undefined while there is no such ConfigMap. */
    readonly revision: string | undefined;
    /** What it says that the side's objects are; undefined where it says nothing. */
    readonly sideRevision: string | undefined;
    /** When anybody last changed it, by the API server's clock; undefined where that is not known. */
    readonly changedAtMs: number | undefined;
    /** When it was written with `sideRevision`, by the same clock; undefined where that is not known. */
    readonly markedAtMs: number | undefined;
  };
}

/** What a side of another cluster is to run; what it runs is seen by its agents alone. */
export interface SideElsewhereSight {
  readonly name: string;
  readonly settingsRevision: string;
  /** The names of their sights are their addresses. */
  readonly agents: readonly { readonly address: string; readonly podRevision: string }[];
}

export interface StatefulSetSight {
  readonly name: string;
  /** Undefined while there is no such StatefulSet. */
  readonly found:
    | {
        readonly replicas: number;
        readonly updatedReplicas: number;
        readonly readyReplicas: number;
        /** The controller has seen the newest specification. */
        readonly isObserved: boolean;
        /** The value of the annotation that says what the side's objects are. */
        readonly sideRevision: string | undefined;
        /** When who wrote that annotation last changed the StatefulSet, by the API server's clock. */
        readonly markedAtMs: number | undefined;
        /** Grows with each change of what is wanted of it. */
        readonly generation: number;
      }
    | undefined;
}

/** What a side that bears the mark of a commit has else than that commit wants. */
export type MarkGap =
  /** The settings bear another mark: a sync changed them, and did not come to the StatefulSets. */
  | { readonly kind: 'settings-of-another-commit'; readonly configMap: string }
  /** Somebody changed the settings after they were marked, or, where they bear no mark, after the StatefulSets were. */
  | { readonly kind: 'settings-changed-since'; readonly configMap: string }
  | { readonly kind: 'no-route-server' }
  | RollOutGap;

/** What keeps a side from running what is wanted. */
export type RollOutGap =
  | { readonly kind: 'no-stateful-set'; readonly name: string }
  | { readonly kind: 'no-settings'; readonly configMap: string }
  | { readonly kind: 'not-observed'; readonly name: string }
  | { readonly kind: 'not-updated'; readonly name: string; readonly count: number; readonly replicas: number }
  | { readonly kind: 'not-ready'; readonly name: string; readonly count: number; readonly replicas: number }
  | { readonly kind: 'not-readable'; readonly routeServer: string; readonly why: string }
  | { readonly kind: 'leaving'; readonly routeServer: string; readonly drain?: DrainSight }
  | { readonly kind: 'old-settings'; readonly routeServer: string }
  | { readonly kind: 'settings-refused'; readonly routeServer: string }
  /** `waitsUntil`: what is not applied waits until then at the latest. */
  | { readonly kind: 'not-applied'; readonly routeServer: string; readonly waitsUntil?: string }
  | {
      readonly kind: 'other-settings';
      readonly routeServer: string;
      readonly revision: string;
      readonly wanted: string;
    }
  | {
      readonly kind: 'other-pod';
      readonly routeServer: string;
      /** Undefined: its agent does not tell. */
      readonly revision: string | undefined;
      readonly wanted: string;
    }
  | { readonly kind: 'unready'; readonly routeServer: string }
  /** Its engine has only just begun: that it has no client yet does not mean that nobody comes back to it. */
  | { readonly kind: 'just-started'; readonly routeServer: string; readonly seconds: number | undefined };

/** Whether a side runs what the cluster wants of it; empty: it does. */
export function findRollOutGaps(side: SideSight, routeServers: readonly RouteServerSight[]): readonly RollOutGap[] {
  const { revision } = side.settings;
  return [
    ...side.statefulSets.flatMap(statefulSetGaps),
    ...(revision === undefined ? [{ kind: 'no-settings', configMap: side.settings.configMap } as const] : []),
    ...routeServers
      .filter((routeServer) => routeServer.side === side.name)
      .flatMap((routeServer) => routeServerGaps(routeServer, revision)),
  ];
}

/** The same for a side of another cluster. An agent of which nothing was seen counts as one that does not answer. */
export function findGapsElsewhere(
  { settingsRevision, agents }: SideElsewhereSight,
  routeServers: readonly RouteServerSight[],
): readonly RollOutGap[] {
  return agents.flatMap(({ address, podRevision }): readonly RollOutGap[] => {
    const seen = routeServers.find(({ name }) => name === address);
    if (!seen) return [{ kind: 'not-readable', routeServer: address, why: 'it was not asked' }];
    const { reading } = seen;
    if (reading.kind === 'read' && reading.podRevision !== podRevision) {
      return [{ kind: 'other-pod', routeServer: address, revision: reading.podRevision, wanted: podRevision }];
    }
    if (reading.kind === 'read' && reading.settingsRevision !== settingsRevision) {
      if (reading.refusedRevision === settingsRevision) return [{ kind: 'settings-refused', routeServer: address }];
      const revision = reading.settingsRevision;
      return [{ kind: 'other-settings', routeServer: address, revision, wanted: settingsRevision }];
    }
    const gaps = routeServerGaps(seen, settingsRevision);
    return gaps.length === 0 && reading.kind === 'read' && !reading.isReady
      ? [{ kind: 'unready', routeServer: address }]
      : gaps;
  });
}

/**
 * What may still take sessions of a side away although nobody touches it: pods of an older revision that the controller
 * takes next, settings that wait for the kubelet, pods of several that come and go behind one VIP. Not that the only pod
 * of a StatefulSet is unready, which moves nothing, nor settings that an agent refuses: the commit that fixes these must not wait for
 * them. A route server that cannot be read counts by its clients.
 */
export function findUnrest(
  side: SideSight | SideElsewhereSight,
  routeServers: readonly RouteServerSight[],
): readonly RollOutGap[] {
  const [statefulSets, revision] = 'agents' in side ? [[], undefined] : [side.statefulSets, side.settings.revision];
  return [
    ...statefulSets
      .filter(({ found }) => found !== undefined)
      .flatMap(statefulSetGaps)
      .filter((gap) => gap.kind !== 'not-ready' || gap.replicas > 1),
    ...routeServers
      .filter((routeServer) => routeServer.side === side.name && routeServer.reading.kind === 'read')
      .flatMap((routeServer) => routeServerGaps(routeServer, revision))
      .filter(({ kind }) => kind !== 'settings-refused'),
  ];
}

/**
 * Route servers of the side that goes next whose clients may be on their way back: who they are is not known before they
 * are there, or the time in which a client tries again is over. Readiness says when they are, but not where several pods
 * share a VIP, because it does not wait for clients there.
 */
export function findJustStarted(
  side: SideSight | SideElsewhereSight,
  routeServers: readonly RouteServerSight[],
): readonly RollOutGap[] {
  const isShared = 'statefulSets' in side && side.statefulSets.some(({ found }) => (found?.replicas ?? 0) > 1);
  return routeServers.flatMap(({ side: of, name, reading }): readonly RollOutGap[] => {
    if (of !== side.name || reading.kind !== 'read' || (reading.isReady && !isShared)) return [];
    const { engineAgeMs } = reading;
    if (engineAgeMs === undefined ? reading.isReady : engineAgeMs >= clientsReturnMs) return [];
    const seconds = engineAgeMs === undefined ? undefined : Math.round(engineAgeMs / 1000);
    return [{ kind: 'just-started', routeServer: name, seconds }];
  });
}

/**
 * Whether a side whose StatefulSets bear the mark of what was committed is like that; empty: it is, and nothing of it
 * changes. The mark is written last in a sync, so a sync that failed halfway, or a hand, may have changed what it stands
 * for: the settings say so by their own mark or by the time of their last change, and the route servers by what they run.
 * MetalLB's objects are not seen (docs/decisions/0024).
 */
export function findMarkGaps(
  side: SideSight,
  revision: string,
  routeServers: readonly RouteServerSight[],
): readonly MarkGap[] {
  const { configMap, sideRevision, changedAtMs, markedAtMs } = side.settings;
  // Settings that were put back since, by a sync of them alone, say so by a mark of their own that is younger.
  const marked = sideRevision === revision ? [markedAtMs] : side.statefulSets.map(({ found }) => found?.markedAtMs);
  const isOlder = changedAtMs !== undefined && marked.every((at) => at !== undefined && changedAtMs <= at);
  const isAnother = sideRevision !== undefined && sideRevision !== revision;
  return [
    ...(isAnother ? [{ kind: 'settings-of-another-commit', configMap } as const] : []),
    ...(isOlder || isAnother ? [] : [{ kind: 'settings-changed-since', configMap } as const]),
    ...(routeServers.some((each) => each.side === side.name) ? [] : [{ kind: 'no-route-server' } as const]),
    ...findRollOutGaps(side, routeServers),
  ];
}

function statefulSetGaps({ name, found }: StatefulSetSight): readonly RollOutGap[] {
  if (!found) return [{ kind: 'no-stateful-set', name }];
  const { replicas, updatedReplicas, readyReplicas, isObserved } = found;
  // Its other figures are about the specification before.
  if (!isObserved) return [{ kind: 'not-observed', name }];
  if (updatedReplicas < replicas) return [{ kind: 'not-updated', name, count: updatedReplicas, replicas }];
  return readyReplicas < replicas ? [{ kind: 'not-ready', name, count: readyReplicas, replicas }] : [];
}

function routeServerGaps(
  { name: routeServer, isTerminating, reading }: RouteServerSight,
  revision: string | undefined,
): readonly RollOutGap[] {
  if (reading.kind !== 'read') return [{ kind: 'not-readable', routeServer, why: reading.why }];
  if (isTerminating || reading.isDraining) {
    return [{ kind: 'leaving', routeServer, ...(reading.drain && { drain: reading.drain }) }];
  }
  if (revision !== undefined && reading.settingsRevision !== revision) {
    return [{ kind: reading.refusedRevision === revision ? 'settings-refused' : 'old-settings', routeServer }];
  }
  const { isApplied, settingsWaitUntil: waitsUntil } = reading;
  return isApplied ? [] : [{ kind: 'not-applied', routeServer, ...(waitsUntil !== undefined && { waitsUntil }) }];
}

import { desiredPeers, toPeersByGroup, type DesiredGroup, type GuardPolicy, type PeersByGroup } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import { toIntent, type FailureDescription, type LeftOutReason, type RouteServerSettings } from '@meshrs/contract';
import { EngineFailure } from '../engine/engine-failure.ts';
import type { Applied, MeshEngine, Withholding } from '../engine/mesh-engine.ts';
import { describeFailure } from '../failure.ts';
import { firstOf } from '../log/first-of.ts';
import type { Log } from '../log/log.ts';
import type { SettingsInForce } from '../settings/settings-in-force.ts';
import { backoffMs } from '../async/pause.ts';
import type { MeshGroups } from './mesh-groups.ts';
import { createSingleFlight, type SingleFlight } from '../async/single-flight.ts';

export interface ReconcilerState {
  readonly desired: readonly DesiredGroup[];
  /** The mesh neighbors that the engine has, as last read or given. */
  readonly observed: PeersByGroup;
  /** When the engine first took the settings, since it started, from whichever agent; undefined: not yet from this one. */
  readonly appliedAtMs: number | undefined;
  readonly lastApply?: { readonly atMs: number; readonly revision: string; readonly applied: Applied };
  /** Why the last operation of the engine failed. */
  readonly failure: FailureDescription | undefined;
}

export interface ReconcilerOptions {
  readonly engine: MeshEngine;
  readonly groups: MeshGroups;
  readonly inForce: () => SettingsInForce;
  /** Which sessions may stay. */
  readonly policy: () => GuardPolicy;
  readonly own: () => readonly IpAddress[];
  readonly isConnected: () => boolean;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** When this life of the engine first took the settings, given that it took them at this moment. */
  readonly firstApplied: (atMs: number) => number;
  /** Which changes may end sessions of clients. */
  readonly withholding: Withholding;
  readonly onApplied: (applied: Applied) => void;
  readonly onFailed: (code: string) => void;
}

/** Makes the engine run what the settings and the sources say. */
export interface Reconciler extends SingleFlight {
  state(): ReconcilerState;
  /** Takes what the engine has: at the first meeting, and after a restart. */
  observe(observed: PeersByGroup): void;
  /** The engine is another process: what was applied does not count any more. */
  forgetApplied(): void;
}

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { engine, groups, log, now, signal } = options;
  let state: ReconcilerState = { desired: [], observed: {}, appliedAtMs: undefined, failure: undefined };
  let failuresInARow = 0;
  let retry: NodeJS.Timeout | undefined;
  let leftOutBefore = '';

  const flight = createSingleFlight(async () => {
    clearTimeout(retry);
    if (signal.aborted || !options.isConnected()) return;
    try {
      await applyOnce();
      failuresInARow = 0;
    } catch (thrown) {
      fail(thrown);
    }
  });
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(retry);
    },
    { once: true },
  );

  return {
    ...flight,
    state: () => state,
    observe: (observed) => {
      state = { ...state, observed };
    },
    forgetApplied: () => {
      state = { ...state, appliedAtMs: undefined };
    },
  };

  async function applyOnce(): Promise<void> {
    const { settings, identity, revision } = options.inForce();
    const desired = desiredPeers({
      self: identity.routerId,
      own: options.own(),
      declaredClients: declaredClients(settings),
      groups: groups.published(),
      current: state.observed,
    });
    state = { ...state, desired };
    const intent = toIntent(settings, identity, toPeersByGroup(desired));
    const applied = await engine.apply(intent, signal, options.policy(), options.withholding);
    const atMs = now();
    state = {
      ...state,
      failure: undefined,
      observed: toPeersByGroup(desired),
      appliedAtMs: state.appliedAtMs ?? options.firstApplied(atMs),
      lastApply: { atMs, revision, applied },
    };
    tell(desired, applied);
    options.onApplied(applied);
  }

  function fail(thrown: unknown): void {
    if (signal.aborted) return;
    const failure = describeFailure(thrown);
    failuresInARow += 1;
    state = { ...state, failure };
    log.error(thrown instanceof EngineFailure ? 'engine-failed' : 'unexpected', { failure });
    options.onFailed(failure.code);
    const delay = backoffMs(failuresInARow, { first: 250, largest: 30_000, random: options.random });
    retry = setTimeout(flight.request, delay);
  }

  function tell(desired: readonly DesiredGroup[], applied: Applied): void {
    if (applied.changes.length > 0) {
      const { commandCount, milliseconds } = applied;
      log.info('engine-changed', { ...firstOf('changes', applied.changes), commandCount, milliseconds });
    }
    const leftOut = desired.flatMap(({ name, leftOut: entries }) =>
      entries.filter(({ reason }) => !asItShouldBe.has(reason)).map((entry) => ({ group: name, ...entry })),
    );
    const text = JSON.stringify(leftOut);
    if (text !== leftOutBefore && leftOut.length > 0) log.warn('peers-left-out', firstOf('leftOut', leftOut));
    leftOutBefore = text;
  }
}

/** Left out in any fleet: this route server itself, and the other address of one that is a peer. */
const asItShouldBe: ReadonlySet<LeftOutReason> = new Set(['own-address', 'other-family']);

function declaredClients(settings: RouteServerSettings): readonly IpAddress[] {
  return settings.bgpgroups.flatMap((group) =>
    group.type === 'subtractive' ? group.neighbors.map(({ address }) => address) : [],
  );
}

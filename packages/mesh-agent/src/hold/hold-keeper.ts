import type { HoldOutcome, HoldPurpose } from '@meshrs/contract';
import type { HoldOf, HoldVerdict, MissingClient } from '@meshrs/gate';
import type { IpAddress } from '@meshrs/network';
import { createPause } from '../async/pause.ts';
import { createSingleFlight } from '../async/single-flight.ts';
import { startTimer } from '../async/timer.ts';
import { holdEndMs, type Drain } from '../drain/drain-machine.ts';
import type { EngineObservation, PendingChange, Withholding } from '../engine/mesh-engine.ts';
import type { FleetReader } from '../fleet/fleet-reader.ts';
import { firstOf } from '../log/first-of.ts';
import type { Log } from '../log/log.ts';
import { createPendingChanges, type EndedWait, type WaitingChange } from './pending-changes.ts';
import type { SidesKnown } from './side-of.ts';

export interface HoldKeeperOptions {
  /** How long it waits at most; 0: not at all. */
  readonly holdMs: () => number;
  readonly drain: () => Drain;
  readonly places: () => SidesKnown;
  /** The other route servers of the mesh. */
  readonly routeServers: () => readonly IpAddress[];
  /** Undefined while the engine does not answer. */
  readonly look: () => Promise<EngineObservation | undefined>;
  readonly releaseDrain: () => void;
  /** Changes that waited may go: the settings are to be applied again. */
  readonly releaseSettings: () => void;
  readonly onEnded: (purpose: HoldPurpose, outcome: HoldOutcome, clientCount: number) => void;
  /** At most one look in this time, and in a time that grows with the number of route servers. */
  readonly everyMs: number;
  readonly log: Log;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Keeps the sessions of clients that would be without any, for a time: before the Cease of a drain, and before changes of
 * the settings that end sessions (docs/decisions/0036).
 */
export interface HoldKeeper extends Withholding {
  /** The drain has come further, or other settings are in force. */
  readonly update: () => void;
  readonly shown: () => ShownHold;
}

export interface ShownHold {
  /** Undefined: it waits for nobody. */
  readonly now: HoldNow | undefined;
  readonly last: LastHold | undefined;
  readonly pending: readonly (WaitingChange & { readonly untilMs: number })[];
}

export interface HoldNow {
  readonly id: string;
  readonly untilMs: number;
  readonly for: readonly HoldPurpose[];
  readonly waitsFor: readonly HoldOf[];
  /** Undefined: nobody was asked yet. */
  readonly verdict: HoldVerdict | undefined;
}

export interface LastHold {
  readonly atMs: number;
  readonly for: HoldPurpose;
  readonly outcome: HoldOutcome;
  readonly missing: readonly IpAddress[];
  readonly missingCount: number;
}

/** What waits: of both kinds at once, where both do. */
interface Waiting extends Pick<HoldNow, 'id' | 'untilMs' | 'for'> {
  readonly sinceMs: number;
  /** Of the changes of the settings. */
  readonly keys: readonly string[];
}

/** An answer of /clients is the same for a second: what is asked later was said after this one had told that it waits. */
const toldMs = 1100;
/** From the decision on, until the engine has done it and was looked at again: sessions that are about to end are told as that. */
const lingerMs = 5000;
/** As for readiness: to ask one that has nothing new, and to compare it, takes up to a millisecond of CPU. */
const everyMsOfEach = 40;
/** A route server that waits for the return of another one has half of its time for that. */
const neededShare = 0.5;
/** The last moment in which that is so is not missed between two looks. */
const leastLastMomentMs = 5000;
const lastMomentShare = 0.25;

/** Long: what waits, what was seen, and who is told share one state. */
export function createHoldKeeper(options: HoldKeeperOptions): HoldKeeper {
  const { holdMs, log, now, signal } = options;
  const changes = createPendingChanges({ holdMs, now });
  const pause = createPause();
  let agents: FleetReader | undefined;
  let verdict: HoldVerdict | undefined;
  let waitsFor: readonly HoldOf[] = [];
  let last: LastHold | undefined;
  let drainBefore: Drain = { phase: 'serving' };
  let released: HoldVerdict | undefined;
  let lingering: { readonly id: string; readonly untilMs: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let toldBefore = '';
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
    },
    { once: true },
  );

  const flight = createSingleFlight(async () => {
    const before = waiting();
    if (signal.aborted || !before) {
      forget();
      return;
    }
    const beganMs = now();
    const seen = await lookOnce(before);
    if (seen) conclude(seen, before, beganMs);
    if (!waiting()) {
      forget();
      return;
    }
    await pause.wait(everyMs(), signal);
    flight.request();
  });

  return {
    mayEnd: changes.mayEnd,
    onDecided: (pending) => {
      const id = waiting()?.id;
      const ended = changes.decided(pending);
      if (ended.length > 0) endSettings(ended, id);
      if (pending.length === 0) return;
      if (ended.length === 0 && toldBefore !== keysOf(pending)) {
        log.warn(
          'settings-pending',
          firstOf(
            'changes',
            pending.map(({ change }) => change),
          ),
        );
      }
      toldBefore = keysOf(pending);
      wakeAtEnd();
      flight.request();
    },
    update,
    shown: () => {
      const seen = waiting() ?? linger();
      return {
        now: seen && { ...seen, waitsFor, verdict },
        last,
        pending: changes.list().map((change) => ({ ...change, untilMs: change.sinceMs + holdMs() })),
      };
    },
  };

  function waiting(): Waiting | undefined {
    const drain = options.drain();
    const drainEnd = holdEndMs(drain, holdMs());
    const pending = holdMs() === 0 ? [] : changes.list();
    const oldest = Math.min(...pending.map(({ sinceMs }) => sinceMs));
    const parts = [
      ...(drainEnd !== undefined && 'request' in drain
        ? [{ for: 'drain', sinceMs: drain.request.atMs, untilMs: drainEnd } as const]
        : []),
      ...(pending.length > 0 ? [{ for: 'settings', sinceMs: oldest, untilMs: oldest + holdMs() } as const] : []),
    ];
    if (parts.length === 0) return undefined;
    return {
      id: parts.map((part) => `${part.for}-${String(Math.round(part.sinceMs))}`).join(' '),
      for: parts.map((part) => part.for),
      keys: pending.map(({ key }) => key),
      sinceMs: Math.max(...parts.map(({ sinceMs }) => sinceMs)),
      untilMs: Math.min(...parts.map(({ untilMs }) => untilMs)),
    };
  }

  function everyMs(): number {
    return Math.max(options.everyMs, options.routeServers().length * everyMsOfEach);
  }

  function linger(): Pick<HoldNow, 'id' | 'untilMs' | 'for'> | undefined {
    return lingering && now() < lingering.untilMs ? { ...lingering, for: ['settings'] } : undefined;
  }

  async function lookOnce(before: Waiting): Promise<HoldVerdict | undefined> {
    // Loaded here: an agent that waits for nobody does not need it.
    const [{ lookAtOthers }, { createFleetReader }, { nothingRemembered }] = await Promise.all([
      import('./look-at-others.ts'),
      import('../fleet/fleet-reader.ts'),
      import('@meshrs/gate'),
    ]);
    agents ??= createFleetReader();
    const places = options.places();
    const meant = new Set(changes.list().flatMap(({ clients }) => clients));
    return lookAtOthers({
      own: { routerId: places.self, id: before.id },
      places,
      routeServers: options.routeServers(),
      look: options.look,
      isMeant: before.for.includes('drain') ? () => true : (address) => meant.has(address),
      memory: verdict?.memory ?? nothingRemembered,
      agents,
      neededMs: holdMs() * neededShare,
      nextLookMs: Math.min(holdMs() * lastMomentShare, Math.max(leastLastMomentMs, 2 * everyMs())),
      signal,
    });
  }

  function conclude(seen: HoldVerdict, before: Waiting, beganMs: number): void {
    const tellsAnew = missingOf(seen) !== (verdict && missingOf(verdict));
    verdict = seen;
    released = undefined;
    const after = waiting();
    // Whom it has seen waiting is let go first, whatever else has changed meanwhile.
    waitsFor = after ? seen.waitsFor : [];
    if (after?.id !== before.id || beganMs < before.sinceMs + toldMs) return;
    if (seen.kind === 'wait') {
      if (tellsAnew) log.info('hold-waits', { for: before.for, ...shownVerdict(seen) });
      if (seen.waitsFor.length === 0) releasePart(seen, before);
      return;
    }
    released = seen;
    if (before.for.includes('drain')) options.releaseDrain();
    releaseKeys(before.keys);
  }

  /** Those all of whose clients have a session elsewhere do not wait for the others. */
  function releasePart({ missing, more, unreadable }: HoldVerdict, { keys }: Waiting): void {
    if (more.size > 0 || unreadable.length > 0) return;
    const away = new Set(missing.map(({ address }) => address));
    releaseKeys(
      changes
        .list()
        .filter(({ key, clients }) => keys.includes(key) && !clients.some((address) => away.has(address)))
        .map(({ key }) => key),
    );
  }

  function releaseKeys(keys: readonly string[]): void {
    if (keys.length === 0) return;
    changes.release(keys);
    options.releaseSettings();
  }

  function update(): void {
    const drain = options.drain();
    const before = drainBefore;
    drainBefore = drain;
    if (before.phase === 'holding' && drain.phase === 'closing') endDrain();
    if (drain.phase === 'holding' && holdMs() === 0) options.releaseDrain();
    if (before.phase !== drain.phase && changes.list().length > 0) options.releaseSettings();
    if (!waiting()) return;
    if (before.phase !== drain.phase) pause.wake();
    flight.request();
  }

  function endDrain(): void {
    const outcome = released ? outcomeOf(released) : 'time-over';
    end('drain', outcome, outcome === 'clients-elsewhere' ? [] : (verdict?.missing ?? []), moreOf(verdict));
    released = undefined;
    if (!waiting()) forget();
  }

  function endSettings(ended: readonly EndedWait[], id: string | undefined): void {
    if (id !== undefined) lingering = { id, untilMs: now() + lingerMs };
    const hit = new Set(ended.flatMap(({ clients }) => clients));
    const missing = verdict?.missing.filter(({ address }) => hit.has(address)) ?? [];
    const isOver = ended.some(({ why }) => why === 'time-over');
    const outcome = isOver ? 'time-over' : missing.length > 0 ? 'other-side-waits' : 'clients-elsewhere';
    end('settings', outcome, missing, moreOf(verdict));
    released = undefined;
  }

  function end(purpose: HoldPurpose, outcome: HoldOutcome, missing: readonly MissingClient[], more: number): void {
    const missingCount = missing.length + (outcome === 'clients-elsewhere' ? 0 : more);
    last = { atMs: now(), for: purpose, outcome, missing: missing.map(({ address }) => address), missingCount };
    options.onEnded(purpose, outcome, missingCount);
    const fields = { for: purpose, outcome, ...firstOf('clients', last.missing), count: missingCount };
    if (outcome === 'clients-elsewhere') log.info('hold-ended', fields);
    else log.warn('hold-given-up', fields);
  }

  function wakeAtEnd(): void {
    clearTimeout(timer);
    const ends = changes.list().map(({ sinceMs }) => sinceMs + holdMs());
    if (ends.length > 0) timer = startTimer(options.releaseSettings, Math.min(...ends) - now());
  }

  /** What was seen does not count any more, and is megabytes of hundreds of agents. */
  function forget(): void {
    agents = undefined;
    verdict = undefined;
    waitsFor = [];
    toldBefore = '';
  }
}

function outcomeOf({ kind }: HoldVerdict): HoldOutcome {
  return kind === 'go' ? 'clients-elsewhere' : 'other-side-waits';
}

function moreOf(verdict: HoldVerdict | undefined): number {
  return [...(verdict?.more.values() ?? [])].reduce((sum, count) => sum + count, 0);
}

function keysOf(pending: readonly PendingChange[]): string {
  return pending.map(({ key }) => key).join('\n');
}

function missingOf({ missing, waitsFor, unreadable }: HoldVerdict): string {
  return JSON.stringify([missing.map(({ address }) => address), waitsFor, unreadable.length]);
}

function shownVerdict({ missing, waitsFor, unreadable }: HoldVerdict) {
  return {
    ...firstOf('clients', missing),
    ...(waitsFor.length > 0 && { waitsFor: waitsFor.slice(0, 20).map(({ routerId }) => routerId) }),
    ...(unreadable.length > 0 && { unreadable: unreadable.slice(0, 20) }),
  };
}

import type { HoldOutcome, HoldPurpose } from '@meshrs/contract';
import type { HoldOf, HoldVerdict } from '@meshrs/gate';
import type { IpAddress } from '@meshrs/network';
import { createPause } from '../async/pause.ts';
import { createSingleFlight } from '../async/single-flight.ts';
import { startTimer } from '../async/timer.ts';
import type { Drain, TakenClients } from '../drain/drain-machine.ts';
import type { PendingChange, Withholding } from '../engine/mesh-engine.ts';
import { firstOf } from '../log/first-of.ts';
import type { Log } from '../log/log.ts';
import { takenBy } from './answer-ask.ts';
import { isBestNow } from './apart-from-others.ts';
import { createAskKeeper, type AskKeeper, type AskOptions } from './ask-keeper.ts';
import { createHoldEnds, type LastHold } from './hold-end.ts';
import { createHoldLook, type HoldLookOptions, type LookBefore } from './hold-look.ts';
import { createLingering, type Lingers } from './lingering.ts';
import { nextLookMs, type LookMoments } from './next-look.ts';
import type { LookAtOthers } from './look-at-others.ts';
import type { KeptHold } from './kept-hold.ts';
import { createLongerHold } from './longer-hold.ts';
import { createPendingChanges } from './pending-changes.ts';
import type { WaitingChange } from './waiting-change.ts';
import { partsOf, shareEndMs, shareOf } from './own-share.ts';
import { waitingOf, type Waiting, type WaitingPart } from './what-waits.ts';

export interface HoldKeeperOptions extends HoldLookOptions, AskOptions {
  readonly releaseDrain: () => void;
  /** Whom a drain by hand would take now. */
  readonly renewTakes: (takes: TakenClients | undefined) => void;
  readonly giveUpDrain: () => void;
  /** The settings are to be applied again: changes that waited may go, or would end sessions of others than before. */
  readonly applySettings: () => void;
  readonly onEnded: (purpose: HoldPurpose, outcome: HoldOutcome, clientCount: number) => void;
  /** Of how long it holds, by an agent before this one. */
  readonly before: KeptHold | undefined;
  readonly onKept: (kept: KeptHold) => void;
  readonly log: Log;
}

/**
 * Keeps the sessions of clients that would be without any, for a time: before the Cease of a drain, and before changes of
 * the settings that end sessions (docs/decisions/0036).
 */
export interface HoldKeeper extends Withholding {
  /** The drain has come further, or other settings are in force. */
  readonly update: () => void;
  /** Sessions of the engine have come or gone. */
  readonly sessionsChanged: () => void;
  readonly shown: () => ShownHold;
  /** For how long a drain that was asked for at that moment holds. */
  readonly drainHoldMs: (askedAtMs: number) => number;
  readonly kept: () => KeptHold;
  /** Why a drain by hand does not go on now. */
  readonly refusal: AskKeeper['refusal'];
}

export interface ShownHold {
  /** Undefined: it waits for nobody. */
  readonly now: HoldNow | undefined;
  readonly last: LastHold | undefined;
  readonly pending: readonly WaitingChange[];
}

export interface HoldNow extends Pick<Waiting, 'id' | 'untilMs' | 'for'> {
  readonly waitsFor: readonly HoldOf[];
  /** Undefined: nobody was asked yet. */
  readonly verdict: HoldVerdict | undefined;
}

/** An answer of /clients is the same for a second: what is asked later was said after this one had told that it waits. */
const toldMs = 1100;
/** A timer for what was due already would try again and again within a moment. */
const againMs = 1000;
/** Sessions may come under a change without an event: by how many routes they send. */
const decidedForMs = 5000;

/** An agent that takes the place of one that died has not asked its sources yet who the others are. */
const hearsAllMs = 5000;

/** Long: what waits, what was seen, and who is let go share one state. */
export function createHoldKeeper(options: HoldKeeperOptions): HoldKeeper {
  const { holdMs, log, now, signal, releaseDrain, applySettings } = options;
  const startedMs = now();
  const longer = createLongerHold({
    ...{ holdMs, now, before: options.before, onKept: options.onKept },
    isPending: () => changes.list().length > 0 || isHeldByDrain(options.drain()),
  });
  const changes = createPendingChanges({ holdMs: longer.ms, now });
  const longestMs = () => (changes.list().length > 0 ? longer.ms() : drainHoldMs(options.drain()));
  const others = createHoldLook({ ...options, holdMs: longestMs });
  const ends = createHoldEnds(options);
  const ask = createAskKeeper(options);
  const pause = createPause();
  let last: LookBefore | undefined;
  /** What lets the drain go, at this moment. */
  let released: HoldVerdict | undefined;
  let waitsFor: readonly HoldOf[] = [];
  let isOneOrder = true;
  /** When others have said that their time is over, in any look of this wait. */
  const othersEndMs = new Map<IpAddress, number>();
  let drainBefore: Drain = { phase: 'serving' };
  const lingering = createLingering(now);
  let timer: NodeJS.Timeout | undefined;
  let settling: NodeJS.Timeout | undefined;
  let toldBefore = '';
  /** When the engine was asked last whose sessions the changes would end; undefined: sessions have come or gone since then. */
  let decidedAtMs: number | undefined;
  signal.addEventListener('abort', stop, { once: true });

  const flight = createSingleFlight(async () => {
    const before = waiting();
    if (before && !signal.aborted) {
      const beganMs = now();
      renewChanges();
      const seen = await others.look(before, { isMeant: changes.ends, before: last });
      if (seen) conclude(seen, before, beganMs);
    }
    if (!waiting() || signal.aborted) {
      forget();
      return;
    }
    await pause.wait(nextLookMs({ nowMs: now(), ...others.times() }, momentsOf(waiting())), signal);
    flight.request();
  });

  return {
    begin: changes.begin,
    mayEnd: changes.mayEnd,
    refusal: ask.refusal,
    drainHoldMs: longer.sinceMs,
    kept: longer.kept,
    onDecided: (pending) => {
      const before = waiting();
      decidedAtMs = now();
      // What was decided was decided by the file of now, also where it changed while no agent ran.
      longer.ms();
      longer.decided();
      const ended = changes.decided(pending);
      settle();
      if (ended.length > 0) {
        if (before) lingering.decided({ id: before.id, for: ['settings'] });
        ends.settingsEnded(ended, last?.verdict);
      }
      tellPending(pending, ended.length > 0);
      if (pending.length === 0) return;
      clearTimeout(timer);
      const first = Math.min(...changes.list().map(({ untilMs }) => untilMs));
      timer = startTimer(applySettings, Math.max(first - now(), againMs));
      flight.request();
    },
    onEnd: lingering.ended,
    sessionsChanged: () => {
      decidedAtMs = undefined;
    },
    update: () => {
      // Also where the file changes again before anything is applied.
      longer.ms();
      const before = drainBefore;
      const drain = options.drain();
      drainBefore = drain;
      const hasMoved = before.phase !== drain.phase;
      if (before.phase === 'holding' && drain.phase === 'closing') ends.drainEnded(released, last?.verdict);
      if (hasMoved && changes.list().length > 0) applySettings();
      if (hasMoved && drain.phase === 'asked') ask.begin();
      if (hasMoved) pause.wake();
      if (waiting()) flight.request();
    },
    shown: () => {
      const seen: Waiting | Lingers | undefined = waiting() ?? lingering.now();
      return {
        now: seen && { id: seen.id, untilMs: toldEndOf(seen), for: seen.for, waitsFor, verdict: last?.verdict },
        last: ends.last(),
        pending: changes.list(),
      };
    },
  };

  /** Also where nobody asks any more: an agent that comes after this one goes by what is kept. */
  function settle(): void {
    clearTimeout(settling);
    longer.ms();
    const inMs = longer.settlesInMs();
    if (inMs !== undefined && inMs > 0 && !signal.aborted) settling = startTimer(settle, inMs);
  }

  /** Whose sessions a change would end is another question a moment later: a client may have come up, or sent more routes. */
  function renewChanges(): void {
    if (changes.list().length === 0 || now() - (decidedAtMs ?? -Infinity) < decidedForMs) return;
    decidedAtMs = now();
    applySettings();
  }

  /** From when on a look counts, and from when on one answers a question. */
  function momentsOf(seen: Waiting | undefined): LookMoments {
    const drain = options.drain();
    const isAsk = seen?.isAsk === true && drain.phase === 'asked';
    const counts = seen ? [seen.sinceMs + toldMs, endOf(seen)] : [];
    return { isAsk, moments: isAsk ? [...counts, drain.request.atMs + options.seenMs()] : counts };
  }

  /** When the first part of it goes where it is not alone. */
  function endOf(seen: Waiting): number {
    return Math.min(...seen.parts.map((part) => endOfPart(part, seen)));
  }

  /** A drain by hand takes nobody by that. */
  function endOfPart(part: WaitingPart, { isForGood }: Waiting): number {
    if (isForGood) return part.untilMs;
    const endMs = shareEndMs(part, { holdMs: longestMs(), share: shareOf(options.places(), { isOneOrder }) });
    return Math.min(part.untilMs, Math.max(endMs, startedMs + hearsAllMs));
  }

  /** What of it has come to the end of its own part of the time, and has no better moment in what is left of that. */
  function endedParts(seen: Waiting): readonly HoldPurpose[] {
    const enoughMs = longestMs() / partsOf(options.places());
    return seen.parts.flatMap((part) => {
      if (now() < endOfPart(part, seen)) return [];
      const isBest = isBestNow([...othersEndMs.values()], { nowMs: now(), untilMs: part.untilMs, enoughMs });
      return isBest ? [part.for] : [];
    });
  }

  /** The others count on it: beyond its share, it is alone, or waits for a better moment. */
  function toldEndOf(seen: Waiting | Lingers): number {
    const endMs = 'sinceMs' in seen ? endOf(seen) : seen.untilMs;
    return now() < endMs ? endMs : seen.untilMs;
  }

  function waiting(): Waiting | undefined {
    const drain = options.drain();
    return waitingOf(drain, changes.list(), drainHoldMs(drain));
  }

  function drainHoldMs(drain: Drain): number {
    return 'request' in drain ? longer.sinceMs(drain.request.atMs) : holdMs();
  }

  function conclude(look: LookAtOthers, before: Waiting, beganMs: number): void {
    const seen = look.verdict;
    ask.seen(look);
    const tellsAnew = !last || missingOf(seen) !== missingOf(last.verdict);
    last = { waitId: before.id, verdict: seen };
    // Whom it has seen waiting is let go first, whatever else has changed meanwhile.
    waitsFor = seen.waitsFor;
    isOneOrder = look.isOneOrder;
    for (const [address, endMs] of look.endsToldMs) {
      const before = othersEndMs.get(address);
      if (endMs !== undefined) othersEndMs.set(address, endMs);
      // It has ended since it was asked last, or was taken back.
      else if (before !== undefined) othersEndMs.set(address, Math.min(before, now()));
    }
    if (waiting()?.id !== before.id || beganMs < before.sinceMs + toldMs) return;
    if (before.isAsk) {
      ask.conclude(look, beganMs);
      return;
    }
    if (before.isForGood && seen.unreadable.length === 0) options.renewTakes(takenBy(look));
    if (seen.kind === 'wait' && tellsAnew) log.info('hold-waits', { for: before.for, ...shownVerdict(seen) });
    if (seen.kind !== 'wait' && before.for.includes('drain')) {
      // What ends while this is not set ends by its time.
      released = seen;
      (seen.kind === 'go' ? releaseDrain : options.giveUpDrain)();
      released = undefined;
    }
    const ended = seen.kind === 'wait' && !look.isAlone ? endedParts(before) : [];
    if (ended.length > 0) {
      endEarly(ended, before);
      return;
    }
    const keys = keysToRelease(seen, before, changes.list());
    if (keys.length === 0) return;
    changes.release(keys, { clients: letGo(look), atMs: beganMs });
    applySettings();
  }

  /** The time of these is over, in the part that is its own; what else waits has its own time. */
  function endEarly(ended: readonly HoldPurpose[], { keys }: Waiting): void {
    if (ended.includes('drain')) options.giveUpDrain();
    if (!ended.includes('settings')) return;
    changes.release(keys, { clients: new Set(), atMs: now(), isTimeOver: true });
    applySettings();
  }

  /** Once for the same changes. */
  function tellPending(pending: readonly PendingChange[], isEnd: boolean): void {
    const text = pending.map(({ key }) => key).join('\n');
    if (pending.length > 0 && text !== toldBefore && !isEnd) {
      log.warn('settings-pending', {
        ...firstOf(
          'changes',
          pending.map(({ change }) => change),
        ),
      });
    }
    toldBefore = text;
  }

  /** What was seen does not count any more, and is megabytes of hundreds of agents. */
  function forget(): void {
    others.forget();
    last = undefined;
    waitsFor = [];
    isOneOrder = true;
    othersEndMs.clear();
  }

  function stop(): void {
    clearTimeout(timer);
    clearTimeout(settling);
  }
}

/** It has told others how long it holds, or is about to. */
function isHeldByDrain({ phase }: Drain): boolean {
  return phase === 'asked' || phase === 'graceful-shutdown' || phase === 'holding';
}

/** All, or those all of whose clients have a session elsewhere: they do not wait for the others. */
function keysToRelease(
  { kind, waitsFor, missing, more, unreadable }: HoldVerdict,
  { keys }: Waiting,
  changes: readonly WaitingChange[],
): readonly string[] {
  if (kind !== 'wait') return keys;
  if (waitsFor.length > 0 || more.size > 0 || unreadable.length > 0) return [];
  const away = new Set(missing.map(({ address }) => address));
  const meant = new Set(keys);
  const asked = changes.filter(({ key }) => meant.has(key));
  return asked.filter(({ clients }) => !clients.some((address) => away.has(address))).map(({ key }) => key);
}

/** Whose sessions may end by the changes that are let go, also where one of them ends those of others by then. */
function letGo({ clients, verdict: { kind, missing } }: LookAtOthers): ReadonlySet<IpAddress> {
  if (kind === 'give-up') return clients;
  const away = new Set(missing.map(({ address }) => address));
  return new Set([...clients].filter((client) => !away.has(client)));
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

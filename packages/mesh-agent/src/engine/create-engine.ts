import type { EngineChange, RouteServerIntent } from '@meshrs/contract';
import type { GuardSight, Offender } from '@meshrs/mesh';
import { machineClock } from '../async/clock.ts';
import { createTurns, type Turns } from '../async/turns.ts';
import { createApplyAnswers } from './consent.ts';
import { createCrowdKeeper } from './crowd-keeper.ts';
import { createDesiredKeeper, type DesiredKeeper } from './desired-keeper.ts';
import { createEngineConnection, type EngineSession } from './engine-connection.ts';
import type { Asked, Consent, DriverEvents, EngineDriver } from './engine-driver.ts';
import { createClosingRecord } from './closing-record.ts';
import { createEvictionKeeper, type EvictionKeeper } from './eviction-keeper.ts';
import type { Running } from './eviction-news.ts';
import { createGuardMemory } from './guard-memory.ts';
import { clearOnce, guardOnce } from './guard.ts';
import { createHeldKeeper } from './held-keeper.ts';
import type { EngineEvent, LeftOutChanges, MeshEngine, PendingChange, Withholding } from './mesh-engine.ts';
import { createPinKeeper, type PinKeeper } from './pin-keeper.ts';
import { saveForStart } from './save-for-start.ts';
import { createSparedKeeper, type SparedKeeper } from './spared-keeper.ts';

export interface EngineOptions {
  /** Milliseconds of a clock that never steps: `Clock.monotonicMs`. */
  readonly now: () => number;
  /** Most evictions in force at once. */
  readonly maximumEvictions: number;
  /** Most clients that are pinned at once. */
  readonly maximumPins: number;
}

/** A routing engine: what every engine does alike, around the driver of one daemon. */
export function createEngine<Session extends EngineSession, Config>(
  makeDriver: (events: DriverEvents) => EngineDriver<Session, Config>,
  { now, maximumEvictions, maximumPins }: EngineOptions,
): MeshEngine {
  const events = createEvents();
  const turns = createTurns();
  const { closings, ...keepers } = createKeepers({ maximumEvictions, maximumPins });
  const { evictions, pins, held, crowd, spared } = keepers;
  const driver = makeDriver({
    onSessionsChanged: () => {
      events.tell({ kind: 'sessions-changed' });
    },
    onSessionEnded: ({ address, by }) => {
      // An eviction closes the session itself.
      if (by === 'engine' && !evictions.has(address)) pins.noteClosing(address, now());
    },
  });
  const desired = createDesiredKeeper({
    ...{ driver, evictions, pins, now },
    onChanged: (changes, from) => {
      closings.disregard(changes, from, now());
      events.tellChanged(changes);
    },
    onLeft: events.tellLeft,
  });
  const connection = createEngineConnection<Session>({
    engine: driver.engine,
    open: driver.open,
    onConnected: ({ life, startedWallMs, changes }, { isFirst, isRestart }) => {
      if (isFirst || isRestart) desired.takeOver(isRestart);
      if (isRestart) spared.forget();
      crowd.forget();
      events.tell({ kind: 'connected', life, isRestart, ...(startedWallMs !== undefined && { startedWallMs }) });
      if (changes.length > 0) events.tellChanged(changes);
    },
    onLost: (failure) => {
      void turns.take(() => saveForStart(driver));
      events.tell({ kind: 'lost', failure });
    },
  });
  const evicting = evictingFor({ driver, evictions, pins, spared, now });
  /** One call after the other, each with a session. */
  const inTurn = <T>(signal: AbortSignal, work: (session: Session) => Promise<T>) =>
    turns.take(async () => work(await connection.current(signal)));
  const guarding = (signal: AbortSignal) => ({ ...keepers, driver, desired, time: now(), signal });

  return {
    engine: driver.engine,
    connect: (signal, onFailedTry) => turns.take(() => connection.connectPatiently(signal, onFailedTry)),
    apply: (intent, signal, policy, withholding) =>
      takeToItsEnd(turns, withholding, async () => {
        const started = machineClock.monotonicMs();
        const session = await connection.current(signal);
        const before = { intent: desired.asked()?.intent, sight: desired.sight() };
        const at = { driver, session, withholding, spared, evictions, desired, before, now };
        const { pending, letGo, consent, ...asked } = await withoutWithheld(at, intent, signal);
        desired.ask(asked, policy, pending.length === 0);
        const { endedAt, ...done } = await evicting(letGo, () => desired.bring(session, signal, consent));
        return { ...done, milliseconds: endedAt - started };
      }),
    observe: (signal) => inTurn(signal, (session) => driver.observe(session, desired.now(), signal)),
    runningConfig: (signal) => inTurn(signal, (session) => driver.runningConfig(session, signal)),
    guard: (policy, signal) => inTurn(signal, (session) => guardOnce(session, policy, guarding(signal))),
    ...createGuardMemory(keepers, { evictedNow: () => driver.additionsThatRun().evicted, now }),
    held: held.list,
    clearEvictions: (which, signal, wanted = signal) =>
      inTurn(signal, (session) => clearOnce(session, { which, wanted }, guarding(signal))),
    setDrain: (wanted, signal) =>
      inTurn(signal, async (session) => {
        const drain = wanted(desired.now().drain);
        desired.setDrain(drain);
        const rejected = await desired.bringRest(session, signal);
        // What has nothing to do with the drain is told, and tried again, by those who want it.
        if (rejected && !driver.showsDrain(drain)) throw rejected;
      }),
    subscribe: events.subscribe,
    close: () =>
      turns.take(async () => {
        connection.close();
        await driver.close();
      }),
  };
}

/** Takes a turn, and tells its end to whoever lets changes go in it. */
function takeToItsEnd<T>(turns: Turns, withholding: Withholding | undefined, work: () => Promise<T>): Promise<T> {
  return turns.take(async () => {
    try {
      return await work();
    } finally {
      withholding?.onEnd();
    }
  });
}

/** Makes an attempt with the evictions that were let go for it alone. */
function evictingFor({
  driver,
  evictions,
  pins,
  spared,
  now,
}: {
  readonly driver: { additionsThatRun(): { readonly evicted: Running } };
  readonly evictions: EvictionKeeper;
  readonly pins: PinKeeper;
  readonly spared: SparedKeeper;
  readonly now: () => number;
}) {
  return async <T>(letGo: readonly Offender[], attempt: () => Promise<T>): Promise<T> => {
    evictions.tryToEvict(letGo, now());
    try {
      return await attempt();
    } finally {
      const evicted = evictions.settle(driver.additionsThatRun().evicted);
      spared.evicted(evicted);
      pins.forgetClosings(evicted);
    }
  };
}

/** What the guard keeps from look to look, and what beside it says whom it leaves alone. */
function createKeepers({ maximumEvictions, maximumPins }: Omit<EngineOptions, 'now'>) {
  const closings = createClosingRecord();
  return {
    closings,
    evictions: createEvictionKeeper({ maximum: maximumEvictions }),
    pins: createPinKeeper({ maximum: maximumPins, record: closings }),
    held: createHeldKeeper(),
    crowd: createCrowdKeeper(),
    spared: createSparedKeeper(),
  };
}

/** What may run now, and whom that evicts. */
interface MayRun<Config> extends Asked<Config> {
  readonly pending: readonly PendingChange[];
  readonly letGo: readonly Offender[];
  readonly consent: Consent;
}

/** What of an intent may run now. */
async function withoutWithheld<Session extends EngineSession, Config>(
  at: {
    readonly driver: EngineDriver<Session, Config>;
    readonly session: Session;
    readonly withholding: Withholding | undefined;
    readonly spared: SparedKeeper;
    readonly evictions: EvictionKeeper;
    readonly desired: DesiredKeeper<Session, Config>;
    /** What was wanted until now, and the rules in force. */
    readonly before: { readonly intent: RouteServerIntent | undefined; readonly sight: GuardSight | undefined };
    readonly now: () => number;
  },
  intent: RouteServerIntent,
  signal: AbortSignal,
): Promise<MayRun<Config>> {
  const { driver, session, withholding, spared, evictions, desired, before, now } = at;
  const whole = { intent, config: driver.render(intent) };
  if (!withholding) {
    spared.forget();
    return { ...whole, pending: [], letGo: [], consent: { mayEnd: () => true, onDecided: () => undefined } };
  }
  const { mayEnd, onDecided } = withholding;
  withholding.begin();
  const { ask, askAgain } = createApplyAnswers(mayEnd, now);
  const { config, pending } = await driver.withhold(session, whole, ask, signal);
  const seen = spared.isNeeded(before.intent, intent) && (await driver.guardFacts(session, intent, signal));
  const inForce = desired.sightWith({ intent, config });
  const by = { mayEnd: ask, withoutRoom: evictions.withoutRoom };
  const decided = seen ? spared.decide(before.sight, { ...seen, intent }, inForce, by) : { pending: [], letGo: [] };
  const all = [...pending, ...decided.pending];
  const consent: Consent = {
    mayEnd: askAgain,
    onDecided: (left) => {
      onDecided([...all, ...left]);
    },
  };
  return { intent, config, pending: all, letGo: decided.letGo, consent };
}

function createEvents() {
  const listeners = new Set<(event: EngineEvent) => void>();
  const tell = (event: EngineEvent) => {
    for (const listener of listeners) listener(event);
  };
  return {
    subscribe: (listener: (event: EngineEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell,
    tellChanged: (changes: readonly EngineChange[]) => {
      tell({ kind: 'changed', changes });
    },
    tellLeft: (left: LeftOutChanges) => {
      tell({ kind: 'left-out', ...left });
    },
  };
}

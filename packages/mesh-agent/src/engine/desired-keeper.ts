import type { EngineChange } from '@meshrs/contract';
import type { GuardPolicy, GuardSight } from '@meshrs/mesh';
import { machineClock } from '../async/clock.ts';
import { createBacklog } from './backlog.ts';
import { isPinning, pinningIn, withAdditions, type Decided } from './consent.ts';
import { notDrained, type DrainAtEngine } from './drain-at-engine.ts';
import type { EngineSession } from './engine-connection.ts';
import type { Asked, Consent, Desired, EngineDriver } from './engine-driver.ts';
import { EngineFailure } from './engine-failure.ts';
import type { EvictionKeeper } from './eviction-keeper.ts';
import { addressesOf, type Running } from './eviction-news.ts';
import type { PinKeeper } from './pin-keeper.ts';
import { createRangeRules } from './range-rules.ts';
import { createLeftOutNews } from './left-out-news.ts';
import type { Applied, LeftOutChanges, PendingChange } from './mesh-engine.ts';

export interface DesiredKeeperOptions<Session extends EngineSession, Config> {
  readonly driver: EngineDriver<Session, Config>;
  readonly evictions: EvictionKeeper;
  readonly pins: PinKeeper;
  readonly now: () => number;
  /** Called with each change that was carried out since `from`, also by an attempt that fails. */
  readonly onChanged: (changes: readonly EngineChange[], from: number) => void;
  /** Called with what was left out, and once when that is nothing any more. */
  readonly onLeft: (left: LeftOutChanges) => void;
}

/** What the daemon shall run: what was asked for last, with evictions and drain on top. */
export interface DesiredKeeper<Session extends EngineSession, Config> {
  asked(): Asked<Config> | undefined;
  /** The rules for who comes, by what runs now; undefined before the first `ask`. */
  sight(): GuardSight | undefined;
  /** The same, when this is asked for, and runs as far as it may. */
  sightWith(next: Asked<Config>): GuardSight;
  /**
   * Evictions that mean nothing there end, unless a part of it waits, with which they may still mean something; and pins that mean
   * nothing in what is to run. `policy`: the last that is known, when left out.
   */
  ask(asked: Asked<Config>, policy: GuardPolicy | undefined, isWhole: boolean): void;
  knowPolicy(policy: GuardPolicy): void;
  setDrain(next: DrainAtEngine): void;
  /**
   * Evictions, pins and the drain of the agent before this one go on; of a process of the daemon that is new only whom it was
   * started with: a drain belongs to the process that was to be drained.
   */
  takeOver(isRestart: boolean): void;
  now(): Desired<Config>;
  /** Whether what runs may still lack something that was decided: the attempt to bring it there has failed. */
  isBehind(): boolean;
  /** Something was decided that what runs lacks. */
  fallBehind: () => void;
  /**
   * Makes what runs equal to what is desired, and the daemon's file with it, but for the drain. `consent` is asked about each change that
   * ends sessions, but for those of who is evicted, and of all when they are drained; left out: nobody consents.
   */
  bring(session: Session, signal: AbortSignal, consent?: Consent): Promise<Brought>;
  /**
   * The same for a caller who wants one thing of many: what the daemon rejected is no failure but returned, for all else
   * was brought. `asRuns`: what runs takes the place of what was asked for.
   */
  bringRest(session: Session, signal: AbortSignal, asRuns?: 'asRuns'): Promise<EngineFailure | undefined>;
}

export interface Brought extends Omit<Applied, 'milliseconds'> {
  /** When the daemon had given its last answer. */
  readonly endedAt: number;
}

export function createDesiredKeeper<Session extends EngineSession, Config>(
  options: DesiredKeeperOptions<Session, Config>,
): DesiredKeeper<Session, Config> {
  const { driver, evictions, pins, now } = options;
  let asked: Asked<Config> | undefined;
  let drain = notDrained;
  let policy: GuardPolicy | undefined;
  const rules = createRangeRules(driver);
  const backlog = createBacklog(now);
  const leftOut = createLeftOutNews(options.onLeft);
  const decided = decisionsOf(evictions, pins, () => drain);

  return {
    asked: () => asked,
    sight: () => asked && rules.sight(asked.intent, driver.clientsIn()),
    sightWith: ({ intent, config }) => rules.sightWith(intent, driver.clientsIn(config), asked?.intent),
    ask: (next, nextPolicy = policy, isWhole) => {
      evictions.note(driver.additionsThatRun().evicted);
      if (asked) rules.sight(asked.intent, driver.clientsIn());
      asked = next;
      policy = nextPolicy;
      const sight = rules.sight(next.intent, driver.clientsIn(next.config));
      if (isWhole) evictions.review(sight, policy);
      pins.review(sight, driver.rangesToRun(next.config), now());
      takePinsBack(next);
    },
    knowPolicy: (next) => {
      policy = next;
    },
    setDrain: (next) => {
      drain = next;
    },
    takeOver: (isRestart) => {
      const { pinned, evicted, drain: running } = driver.additionsThatRun();
      pins.takeOver(pinned, now());
      drain = isRestart ? notDrained : running;
      if (!isRestart) evictions.takeOver(evicted, now());
    },
    now: desired,
    isBehind: backlog.isDue,
    fallBehind: backlog.grow,
    bring: (session, signal, consent) => bring(session, desired(), signal, consent),
    bringRest: (session, signal, asRuns) =>
      rejectionOf(bring(session, asRuns ? { ...desired(), asked: undefined } : desired(), signal)),
  };

  async function bring(
    session: Session,
    target: Desired<Config>,
    signal: AbortSignal,
    consent?: Consent,
  ): Promise<Brought> {
    backlog.grow();
    const from = now();
    const asking = withAdditions(consent, decided);
    const { changes, commandCount, left, failure } = await driver.change(session, target, asking, signal);
    const endedAt = machineClock.monotonicMs();
    if (changes.length > 0) options.onChanged(changes, from);
    const isWhole = target.asked !== undefined && failure === undefined;
    leftOut.tell({ left, unasked: consent ? [] : left.filter((each) => !isPinning(each, decided.isPinned)), isWhole });
    if (left.length > 0) leavePinsAsTheyRun(left);
    if (failure !== undefined) {
      if (failure.code === 'command-rejected') backlog.wait();
      // The failure that is told is the one that came first; the next call writes the file again.
      await driver.save().catch(() => undefined);
      throw failure;
    }
    if (isEvictionLeft(evictions, driver.additionsThatRun().evicted)) backlog.wait();
    else backlog.clear();
    await driver.save();
    return { changes, commandCount, endedAt };
  }

  /** Where to make them so would have ended sessions. */
  function leavePinsAsTheyRun(left: readonly PendingChange[]): void {
    pins.postpone(pinningIn(left, decided.isPinned));
    if (asked) takePinsBack(asked);
  }

  function takePinsBack({ config }: Asked<Config>): void {
    pins.takeBack(driver.additionsThatRun().pinned, driver.rangesToRun(config), now());
  }

  function desired(): Desired<Config> {
    return { asked, evictions: evictions.list(), pins: pins.list(), drain };
  }
}

/** One that was left out, with something else that has to wait, is in nobody's plan until it is tried again; one that is tried ends with that. */
function isEvictionLeft(evictions: EvictionKeeper, running: Running): boolean {
  const there = addressesOf(running);
  return evictions.list().some(({ address }) => !there.has(address) && !evictions.isTried(address));
}

function decisionsOf(evictions: EvictionKeeper, pins: PinKeeper, drain: () => DrainAtEngine): Decided {
  return {
    isClosed: () => drain().closedWith !== undefined,
    isEvicted: (address) => evictions.has(address) && !evictions.isTried(address),
    isPinned: (address) => pins.has(address),
    isTakenUp: (address) => pins.isTakenUp(address),
  };
}

/** Undefined where nothing was rejected; other failures go on. */
async function rejectionOf(work: Promise<unknown>): Promise<EngineFailure | undefined> {
  try {
    await work;
    return undefined;
  } catch (failure) {
    if (failure instanceof EngineFailure && failure.code === 'command-rejected') return failure;
    throw failure;
  }
}

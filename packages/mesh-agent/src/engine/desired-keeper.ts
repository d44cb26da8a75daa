import type { EngineChange } from '@meshrs/contract';
import { sightOf, type GuardPolicy } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import { machineClock } from '../async/clock.ts';
import { notDrained, type DrainAtEngine } from './drain-at-engine.ts';
import type { EngineSession } from './engine-connection.ts';
import type { Asked, Consent, Desired, EngineDriver } from './engine-driver.ts';
import { EngineFailure } from './engine-failure.ts';
import type { EvictionKeeper } from './eviction-keeper.ts';
import type { PinKeeper } from './pin-keeper.ts';
import type { Applied, PendingChange } from './mesh-engine.ts';

export interface DesiredKeeperOptions<Session extends EngineSession, Config> {
  readonly driver: EngineDriver<Session, Config>;
  readonly evictions: EvictionKeeper;
  readonly pins: PinKeeper;
  readonly now: () => number;
  /** Called with each change that was carried out since `from`, also by an attempt that fails. */
  readonly onChanged: (changes: readonly EngineChange[], from: number) => void;
  /** Called with what was left out because it would have ended sessions, and nobody was there to ask about them. */
  readonly onLeft: (left: readonly PendingChange[]) => void;
}

/** What the daemon shall run: what was asked for last, with evictions and drain on top. */
export interface DesiredKeeper<Session extends EngineSession, Config> {
  asked(): Asked<Config> | undefined;
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
  fallBehind(): void;
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

/** A rejected statement is rejected again: whoever looks often need not try it at each look. */
const rejectedPauseMs = 10_000;

export function createDesiredKeeper<Session extends EngineSession, Config>(
  options: DesiredKeeperOptions<Session, Config>,
): DesiredKeeper<Session, Config> {
  const { driver, evictions, pins, now } = options;
  let asked: Asked<Config> | undefined;
  let drain = notDrained;
  let isBehind = false;
  let notBeforeMs = 0;
  let policy: GuardPolicy | undefined;

  return {
    asked: () => asked,
    ask: (next, nextPolicy = policy, isWhole) => {
      asked = next;
      policy = nextPolicy;
      const sight = sightOf(next.intent);
      if (isWhole) evictions.review(sight, policy);
      const ranges = driver.clientRanges(next.config);
      pins.review(sight, ranges, now());
      pins.takeBack(driver.additionsThatRun().pinned, ranges, now());
    },
    knowPolicy: (next) => {
      policy = next;
    },
    setDrain: (next) => {
      drain = next;
    },
    takeOver: (isRestart) => {
      const running = driver.additionsThatRun();
      pins.takeOver(running.pinned, now());
      drain = isRestart ? notDrained : running.drain;
      if (!isRestart) evictions.takeOver(running.evicted, now());
    },
    now: desired,
    isBehind: () => isBehind && now() >= notBeforeMs,
    fallBehind: () => {
      isBehind = true;
      notBeforeMs = 0;
    },
    bring: (session, signal, consent) => bring(session, desired(), signal, consent),
    bringRest: async (session, signal, asRuns) => {
      try {
        const target = asRuns ? { ...desired(), asked: undefined } : desired();
        await bring(session, target, signal);
        return undefined;
      } catch (failure) {
        if (failure instanceof EngineFailure && failure.code === 'command-rejected') return failure;
        throw failure;
      }
    },
  };

  async function bring(
    session: Session,
    target: Desired<Config>,
    signal: AbortSignal,
    consent?: Consent,
  ): Promise<Brought> {
    isBehind = true;
    notBeforeMs = 0;
    const from = now();
    const { changes, commandCount, left, failure } = await driver.change(session, target, consented(consent), signal);
    const endedAt = machineClock.monotonicMs();
    if (changes.length > 0) options.onChanged(changes, from);
    const others = left.filter((each) => !isPinning(each));
    if (!consent && others.length > 0) options.onLeft(others);
    settle(left);
    if (failure !== undefined) {
      if (failure.code === 'command-rejected') notBeforeMs = now() + rejectedPauseMs;
      // The failure that is told is the one that came first; the next call writes the file again.
      await driver.save().catch(() => undefined);
      throw failure;
    }
    isBehind = false;
    await driver.save();
    return { changes, commandCount, endedAt };
  }

  /**
   * Nothing that the agent itself adds ends a session, but for what is evicted and drained: both were decided on for each client. To be
   * pinned is never worth one, so nobody is asked about it.
   */
  function consented(consent: Consent | undefined): Consent {
    return {
      mayEnd: (change) => {
        if (drain.closedWith !== undefined || change.clients.every((client) => evictions.has(client))) return true;
        return !isPinning(change) && consent?.mayEnd(change) === true;
      },
      onDecided: (left) => consent?.onDecided(left.filter((each) => !isPinning(each))),
    };
  }

  function isPinning({ change: { kind, subject } }: PendingChange): boolean {
    return kind === 'neighbor-added' && subject !== undefined && pins.has(subject as IpAddress);
  }

  /** Pins are as they run, where to make them so would have ended sessions. */
  function settle(left: readonly PendingChange[]): void {
    if (left.length === 0) return;
    pins.postpone(left.filter(isPinning).map(({ change }) => change.subject as IpAddress));
    if (asked) pins.takeBack(driver.additionsThatRun().pinned, driver.clientRanges(asked.config), now());
  }

  function desired(): Desired<Config> {
    return { asked, evictions: evictions.list(), pins: pins.list(), drain };
  }
}

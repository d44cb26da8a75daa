import { setTimeout as sleep } from 'node:timers/promises';
import type { BgpSession } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import { expect, it, vi } from 'vitest';
import { machineClock } from '../async/clock.ts';
import type { Drain } from '../drain/drain-machine.ts';
import type { EngineObservation, PendingChange } from '../engine/mesh-engine.ts';
import type { Log } from '../log/log.ts';
import type { KeptHold } from './kept-hold.ts';
import { createHoldKeeper, type HoldKeeper } from './hold-keeper.ts';

const now = machineClock.monotonicMs;
const holdMs = 8000;
const [x, y] = [address('10.0.0.1'), address('10.0.0.2')];

const session = (of: typeof x): BgpSession => ({
  ...{ address: of, kind: 'range-client', group: 'G', state: 'established', uptimeSeconds: 500 },
  ...{ establishedCount: 1, droppedCount: 0, receivedMessages: 9, receivedPrefixes: 1, sentPrefixes: 0 },
  endOfRib: { received: true, sent: true },
});
const observation: EngineObservation = {
  ...{ version: '10.7.1', sessions: [session(x), session(y)], drain: 'none', passedOver: [] },
  ...{ unknownLines: [], notUnderstood: [], outstanding: [], drifted: [] },
};
const change: PendingChange = {
  key: 'k',
  change: { kind: 'group-changed', subject: 'timers', resets: 'group', group: 'G' },
  clients: [x],
};
const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The route server of side b, beside one of side a that does not answer; `changes`: what is not to go at once. */
function createSideB({
  before,
  changes = [change],
  clock = now,
}: {
  readonly before?: KeptHold;
  readonly changes?: readonly PendingChange[];
  readonly clock?: () => number;
} = {}) {
  let drain: Drain = { phase: 'serving' };
  const seen = { settingsGoneAtMs: NaN, drainGivenUpAtMs: NaN, kept: before };
  const stop = new AbortController();
  const keeper: HoldKeeper = createHoldKeeper({
    holdMs: () => holdMs,
    places: () => ({
      self: address('192.0.2.2'),
      settings: { routerIds: { 'rs-b-0': address('192.0.2.2') } },
      revision: 'x',
      fleet: {
        routerIds: { 'rs-a-0': address('192.0.2.1'), 'rs-b-0': address('192.0.2.2') },
        sides: [
          { name: 'a', statefulSets: ['rs-a'] },
          { name: 'b', statefulSets: ['rs-b'] },
        ],
      },
    }),
    routeServers: () => [address('127.0.0.77')],
    look: () => Promise.resolve(observation),
    drain: () => drain,
    giveUpDrain: () => {
      seen.drainGivenUpAtMs = now();
      drain = { phase: 'serving' };
      keeper.update();
    },
    applySettings: () => {
      // bgpd is asked first: a look comes before it.
      setTimeout(apply, 300);
    },
    ...{ away: () => [], everyMs: 1000, now: clock, signal: stop.signal, seenMs: () => 5000, log },
    ...{ acceptDrain: () => undefined, refuseDrain: () => undefined, releaseDrain: () => undefined },
    ...{ renewTakes: () => undefined, onEnded: () => undefined, before },
    onKept: (kept) => {
      seen.kept = kept;
    },
  });
  apply();
  return {
    seen,
    end: () => {
      stop.abort();
    },
    holdsForDrain: () => {
      const request = { cause: 'pre-stop', by: 'x', atMs: now() } as const;
      drain = { phase: 'holding', request, wasAnnounced: true, untilMs: now() + holdMs };
      keeper.update();
    },
  };

  function apply(): void {
    if (!Number.isNaN(seen.settingsGoneAtMs)) return;
    keeper.begin();
    const mayEnd = changes.every((each) => keeper.mayEnd(each));
    if (mayEnd) seen.settingsGoneAtMs = now();
    keeper.onDecided(mayEnd ? [] : changes);
    keeper.onEnd();
  }
}

it('a drain that meets settings that wait has its whole time, and takes nobody at the end of theirs', async () => {
  const side = createSideB();
  await sleep(4000);
  side.holdsForDrain();
  while (Number.isNaN(side.seen.settingsGoneAtMs)) await sleep(50);
  await sleep(1500);
  expect(side.seen.drainGivenUpAtMs).toBeNaN();
  side.end();
});

it('a time that a file took away while no agent ran counts for a minute from then on, and no longer', async () => {
  vi.useFakeTimers();
  try {
    const [startedMs, startedWallMs] = [now(), Date.now()];
    const before = { lastMs: 600_000, longestMs: 600_000, changedAtMs: 0 };
    // As a real clock, it does not stand still between two questions.
    let asked = 0;
    const clock = () => startedMs + (Date.now() - startedWallMs) + (asked += 0.001);
    const side = createSideB({ before, changes: [], clock });
    expect(side.seen.kept).toMatchObject({ lastMs: holdMs, longestMs: 600_000 });
    // Nothing is decided any more.
    await vi.advanceTimersByTimeAsync(59_000);
    expect(side.seen.kept).toMatchObject({ longestMs: 600_000 });
    await vi.advanceTimersByTimeAsync(2000);
    expect(side.seen.kept).toMatchObject({ lastMs: holdMs, longestMs: holdMs });
    side.end();
  } finally {
    vi.useRealTimers();
  }
});

it.each([
  ['soon, when nothing waits', [], 8000],
  ['not while something waits', [change], 600_000],
] as const)(
  'the time of an earlier file counts no more a minute after it changed: %s',
  async (_, changes, longestMs) => {
    const changedAtMs = now() - 59_500;
    const before = { lastMs: holdMs, longestMs: 600_000, changedAtMs };
    const side = createSideB({ before, changes });
    expect(side.seen.kept).toEqual(before);
    await sleep(1500);
    expect(side.seen.kept).toEqual({ ...before, longestMs });
    side.end();
  },
);

import { drainRequestText } from '@meshrs/contract';
import fs, { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { machineClock } from '../async/clock.ts';
import { notDrained, type DrainAtEngine } from '../engine/drain-at-engine.ts';
import { createLog } from '../log/log.ts';
import type { Acquaintance } from '../engine/acquaintance.ts';
import type { Drain, DrainPlan } from './drain-machine.ts';
import { createDrainRunner, type DrainRunner } from './drain-runner.ts';

/** `setInterval` takes no more: no poll comes in a test that does not ask for one. */
const noPoll = 2 ** 31 - 1;
const hourMs = 3_600_000;
const serving: Drain = { phase: 'serving' };
const command = { cause: 'command', by: 'alice' } as const;
const request = drainRequestText({ cause: 'pre-stop', by: 'alice' });

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'hrtime'],
    now: 0,
  });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a request', () => {
  it('that lies there already is seen when the engine answers, and not before', async () => {
    const { runner, ask } = start({ isMet: false });
    ask();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(runner.state()).toEqual(serving);

    runner.meet('unknown', serving);

    expect(runner.state()).toMatchObject({ phase: 'graceful-shutdown', request: { cause: 'pre-stop', by: 'alice' } });
  });

  it('of a preStop is as old as its file, which an agent that was away finds', () => {
    const { runner, folder } = start({ isMet: false, plan: { holdSeconds: 60 } });
    const file = join(folder, 'drain.request');
    vi.setSystemTime(1_000_000);
    writeFileSync(file, drainRequestText({ cause: 'pre-stop', by: 'preStop', waitsSeconds: 77 }));
    utimesSync(file, 980, 980);
    const fromMs = machineClock.monotonicMs();

    runner.meet('unknown', serving);

    const state = runner.state();
    const sessionsUntilMs = 'request' in state ? (state.request.sessionsUntilMs ?? 0) : 0;
    // 77 s, without 20 s of its age and 5 s that the answer and Cease have.
    expect(sessionsUntilMs - fromMs).toBeCloseTo(52_000, -1);
  });

  it.each([
    ['forward: before or after it was written', 30_000, 50, 52],
    ['forward: before it was written, which is not as long ago', 30_000, 20, 52],
    ['forward by an hour, after it was written', 3_600_000, 3620, 52],
    ['back by an hour, after it was written', -3_600_000, -3580, 52],
    ['back by a little, before or after it was written', -10_000, 10, 62],
    ['by an hour, and its file is of no moment that is possible', 3_600_000, 1000, 72],
  ])(
    'of a preStop is as old as it can be at least, where the wall clock was set %s',
    (_, steppedMs, seenSeconds, left) => {
      const { runner, folder } = start({ isMet: false, wallStepMs: steppedMs, plan: { holdSeconds: 60 } });
      const file = join(folder, 'drain.request');
      vi.setSystemTime(5_000_000);
      writeFileSync(file, drainRequestText({ cause: 'pre-stop', by: 'preStop', waitsSeconds: 77 }));
      utimesSync(file, 5000 - seenSeconds, 5000 - seenSeconds);
      const fromMs = machineClock.monotonicMs();
      runner.meet('same', serving);
      const state = runner.state();
      const sessionsUntilMs = 'request' in state ? (state.request.sessionsUntilMs ?? 0) : 0;
      expect(sessionsUntilMs - fromMs).toBeCloseTo(left * 1000, -1);
    },
  );

  it.each([
    ['than a preStop waits, when this life of the engine is known', true, 3_600_000],
    ['than since it was seen last that nobody asks', false, 60_000],
  ])('of a preStop is not older %s: the wall clock was set', (_, isFirst, stepMs) => {
    const { runner, folder } = start({ isMet: !isFirst, plan: { holdSeconds: 60 } });
    const file = join(folder, 'drain.request');
    vi.setSystemTime(5_000_000);
    writeFileSync(file, drainRequestText({ cause: 'pre-stop', by: 'preStop', waitsSeconds: 77 }));
    utimesSync(file, (5_000_000 - stepMs) / 1000, (5_000_000 - stepMs) / 1000);
    const fromMs = machineClock.monotonicMs();

    runner.meet('same', serving);

    const state = runner.state();
    const sessionsUntilMs = 'request' in state ? (state.request.sessionsUntilMs ?? 0) : 0;
    expect(sessionsUntilMs - fromMs).toBeCloseTo(72_000, -1);
  });

  it('is seen at the next poll where the folder comes later', async () => {
    const { runner, folder } = start({ hasFolder: false, pollMs: 5000 });
    await vi.advanceTimersByTimeAsync(0);

    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'drain.request'), request);
    await vi.advanceTimersByTimeAsync(4999);
    expect(runner.state().phase).toBe('serving');
    await vi.advanceTimersByTimeAsync(1);

    expect(runner.state().phase).toBe('graceful-shutdown');
  });

  it('is carried out step by step, told of, kept before it is acted on, and answered by a file', async () => {
    const { runner, calls, told, answer, events, kept, ask } = start({});

    ask();
    await vi.advanceTimersByTimeAsync(1000);
    const begun = runner.state();
    await vi.advanceTimersByTimeAsync(9000);
    expect(runner.unready()).toBe('drained');
    expect(answer()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2000);
    await runner.settled();

    expect(begun).toMatchObject({ phase: 'graceful-shutdown', isSent: true });
    expect(calls).toEqual(['graceful-shutdown, kept', 'closed: bye, kept']);
    expect([...new Set(told())]).toEqual(['graceful-shutdown', 'closing', 'closing, unready', 'drained, unready']);
    expect(answer()).toMatchObject({ phase: 'drained', cause: 'pre-stop', requestedBy: 'alice', outcome: 'complete' });
    expect(kept()).toEqual(runner.state());
    expect(events()).toEqual(['drain-started', 'drain-step', 'drain-ended']);
  });

  it.each([
    ['', 'unknown'],
    ['{"cause":"pre-stop","by":"x', 'unknown'],
    ['{"cause":"signal","by":"x"}', 'unknown'],
    ['{"cause":"command","by":"x","more":1}', 'unknown'],
    ['x'.repeat(3000), 'unknown'],
    ['{"cause":"pre-stop","by":"a\\nb\\u001b[31m"}', 'a b [31m'],
    [JSON.stringify({ cause: 'pre-stop', by: 'x'.repeat(1000) }), 'x'.repeat(200)],
  ])('is one whatever its text is, and shows what is safe of it: %s', async (text, by) => {
    const { runner, ask } = start({});
    ask(text);
    await vi.advanceTimersByTimeAsync(100);
    expect(runner.state()).toMatchObject({ phase: 'graceful-shutdown', request: { by } });
  });

  it('that is being written is read when it is whole', async () => {
    const { runner, ask } = start({});
    ask('');
    expect(runner.state()).toEqual(serving);
    await vi.advanceTimersByTimeAsync(50);
    ask();
    await vi.advanceTimersByTimeAsync(50);
    expect(runner.state()).toMatchObject({ phase: 'graceful-shutdown', request: { by: 'alice' } });
  });

  it('that is a folder is one, and can be voided', async () => {
    const { runner, folder } = start({});
    mkdirSync(join(folder, 'drain.request'));
    runner.meet('same', serving);
    await vi.advanceTimersByTimeAsync(100);
    expect(runner.state().phase).toBe('graceful-shutdown');
    runner.meet('new', serving);
    expect(runner.state()).toEqual(serving);
    expect(existsSync(join(folder, 'drain.request'))).toBe(false);
  });

  it('is written to the log where the answer cannot be written, and answered when it can', async () => {
    const { runner, folder, events, ask, answer } = start({ pollMs: 1000 });
    ask();
    await vi.advanceTimersByTimeAsync(11_500);
    mkdirSync(join(folder, 'drain.done.new'));
    await vi.advanceTimersByTimeAsync(3000);
    expect(runner.state().phase).toBe('drained');
    expect(events().filter((event) => event === 'drain-failed-step')).toHaveLength(1);
    rmSync(join(folder, 'drain.done.new'), { recursive: true });
    await vi.advanceTimersByTimeAsync(1000);
    expect(answer()).toMatchObject({ phase: 'drained' });
  });

  it('that comes when all is drained is answered again: its preStop took the old answer away', async () => {
    const { runner, folder, ask, answer, calls } = start({ pollMs: 1000 });
    ask();
    await vi.advanceTimersByTimeAsync(13_000);
    // Its shell empties it; mesh-agent drain takes it away.
    writeFileSync(join(folder, 'drain.done'), '');
    await vi.advanceTimersByTimeAsync(1000);
    expect(answer()).toMatchObject({ phase: 'drained' });
    rmSync(join(folder, 'drain.done'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(answer()).toMatchObject({ phase: 'drained' });
    expect(runner.state().phase).toBe('drained');
    expect(calls).toHaveLength(2);
  });

  it('does not get the answer of an earlier drain', async () => {
    const { folder, ask, answer } = start({ pollMs: 1000 });
    writeFileSync(join(folder, 'drain.done'), '{"phase":"drained"}');
    ask();
    await vi.advanceTimersByTimeAsync(1000);
    expect(answer()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(12_000);
    expect(answer()).toMatchObject({ phase: 'drained', requestedBy: 'alice' });
  });
});

describe('a step', () => {
  it.each(['graceful-shutdown', 'closed: bye'])('that fails is tried again: %s', async (failing) => {
    const { runner, calls, engine, events, ask } = start({});
    engine.failNext(failing, 3);

    ask();
    await vi.advanceTimersByTimeAsync(20_000);
    await runner.settled();

    expect(calls.filter((call) => call.startsWith(failing))).toHaveLength(4);
    expect(runner.state()).toMatchObject({ outcome: 'complete' });
    // The same failure is told once.
    expect(events().filter((event) => event === 'drain-failed-step')).toHaveLength(1);
  });

  it('that fails is tried again after a quarter of a second, not at once', async () => {
    const { calls, engine, ask } = start({});
    engine.failNext('graceful-shutdown', 1);
    ask();
    await vi.advanceTimersByTimeAsync(249);
    expect(calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls).toHaveLength(2);
  });

  it('that fails for good does not keep the drain from its end', async () => {
    const { runner, engine, answer, ask } = start({});
    engine.failNext('graceful-shutdown', Infinity);
    engine.failNext('closed: bye', Infinity);

    ask();
    await vi.advanceTimersByTimeAsync(20_000);
    await runner.settled();

    expect(runner.state()).toMatchObject({ phase: 'drained', outcome: 'incomplete' });
    expect(answer()).toMatchObject({ outcome: 'incomplete' });
    expect(runner.unready()).toBe('drained');
  });

  it('that ends in a later phase does not count for that', async () => {
    const { runner, engine, ask } = start({});
    const first = engine.hold('graceful-shutdown');
    const second = engine.hold('closed: bye');

    ask();
    await vi.advanceTimersByTimeAsync(13_000);
    expect(runner.state().phase).toBe('closing');
    first.resolve(undefined);
    await vi.advanceTimersByTimeAsync(500);
    expect(runner.state()).toMatchObject({ phase: 'closing', isSent: false });
    expect(runner.unready()).toBeUndefined();
    second.resolve(undefined);
    await vi.advanceTimersByTimeAsync(3000);
    expect(runner.state()).toMatchObject({ phase: 'drained' });
  });

  it('that has waited for its turn does what is wanted then', async () => {
    const { runner, calls, engine, ask, folder } = start({});
    const turn = engine.holdTurns();
    ask();
    await vi.advanceTimersByTimeAsync(500);
    expect(runner.state().phase).toBe('graceful-shutdown');
    rmSync(join(folder, 'drain.request'));
    runner.meet('new', serving);
    turn.resolve(undefined);
    await vi.advanceTimersByTimeAsync(5000);
    expect(calls).not.toContainEqual(expect.stringContaining('graceful'));
    expect(engine.drain()).toEqual(notDrained);
  });
});

describe('a drain that is taken back', () => {
  it.each([
    ['while it announces', 5000, 'graceful-shutdown'],
    ['while it closes', 11_000, 'closing'],
    ['when it is done', 20_000, 'drained'],
  ])('%s ends in serving, ready and without an answer, and can be asked for again', async (_, atMs, phase) => {
    const { runner, folder, engine, answer, ask, events } = start({ pollMs: 100 });
    ask();
    await vi.advanceTimersByTimeAsync(atMs);
    expect(runner.state().phase).toBe(phase);
    rmSync(join(folder, 'drain.request'));
    await vi.advanceTimersByTimeAsync(200);
    expect(runner.state()).toEqual(serving);
    expect(runner.unready()).toBeUndefined();
    expect(engine.drain()).toEqual(notDrained);
    expect(answer()).toBeUndefined();
    expect(events()).toEqual(expect.arrayContaining(['drain-taken-back', 'drain-undone']));
    ask();
    await vi.advanceTimersByTimeAsync(13_000);
    expect(answer()).toMatchObject({ phase: 'drained', outcome: 'complete' });
  });

  it('stays unready until the engine has let clients in, however long that takes', async () => {
    const { runner, folder, engine, ask, calls } = start({ pollMs: 100 });
    ask();
    await vi.advanceTimersByTimeAsync(13_000);
    engine.failNext('none', 6);
    rmSync(join(folder, 'drain.request'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runner.state()).toMatchObject({ phase: 'undraining', wasUnready: true });
    expect(runner.unready()).toBe('drained');
    const tries = calls.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls.length - tries).toBeLessThanOrEqual(2);
    expect(runner.state()).toEqual(serving);
  });
});

describe('an agent that follows one that died', () => {
  /** How the drain looked when the agent before it died, by when that was. */
  async function leave(atMs: number) {
    const before = start({});
    before.ask();
    await vi.advanceTimersByTimeAsync(atMs);
    before.stop();
    const left = before.kept() ?? serving;
    return { left, folder: before.folder, drain: before.engine.drain() };
  }

  it.each([
    ['announces', 4000, 'graceful-shutdown'],
    ['closes', 11_000, 'closing'],
  ])('goes on with a drain that %s, and ends it at the time at which it would have ended', async (_, atMs, phase) => {
    const { left, folder, drain } = await leave(atMs);
    expect(left.phase).toBe(phase);
    await vi.advanceTimersByTimeAsync(500);
    const { runner, answer, events } = start({ folder, drain, isMet: false });
    runner.meet('same', left);
    expect(runner.unready()).toBe(phase === 'closing' ? 'drained' : undefined);
    await vi.advanceTimersByTimeAsync(12_000 - atMs - 500);
    expect(runner.state()).toMatchObject({ phase: 'drained', outcome: 'complete', drainedAtMs: 12_000 });
    expect(answer()).toMatchObject({ phase: 'drained', requestedBy: 'alice' });
    expect(events()[0]).toBe('drain-resumed');
  });

  it('does not wait again for what was over before it came', async () => {
    const { left, folder, drain } = await leave(4000);
    await vi.advanceTimersByTimeAsync(60_000);
    const { runner } = start({ folder, drain, isMet: false });
    runner.meet('same', left);
    await vi.advanceTimersByTimeAsync(2100);
    expect(runner.state()).toMatchObject({ phase: 'drained' });
  });

  it('holds a route server that is drained', async () => {
    const { left, folder, drain } = await leave(13_000);
    rmSync(join(folder, 'drain.done'));
    const { runner, answer, engine } = start({ folder, drain, isMet: false });
    runner.meet('same', left);
    expect(runner.unready()).toBe('drained');
    await vi.advanceTimersByTimeAsync(1000);
    expect(answer()).toMatchObject({ phase: 'drained' });
    expect(engine.drain().closedWith).toBe('bye');
  });

  it('takes back what nobody asks for any more', async () => {
    const { left, folder, drain } = await leave(13_000);
    rmSync(join(folder, 'drain.request'));
    const { runner, answer, engine } = start({ folder, drain, isMet: false });
    runner.meet('same', left);
    await vi.advanceTimersByTimeAsync(100);
    expect(runner.state()).toEqual(serving);
    expect(engine.drain()).toEqual(notDrained);
    expect(answer()).toBeUndefined();
  });

  it('takes back what an engine shows without a request, and leaves one with a request alone', async () => {
    const drain = { isGracefulShutdown: true, closedWith: 'bye' };
    const without = start({ drain });
    without.runner.found('clients-closed');
    await vi.advanceTimersByTimeAsync(100);
    expect(without.engine.drain()).toEqual(notDrained);
    expect(without.runner.state()).toEqual(serving);

    // Its record is lost: it asks anew, and lets nobody in meanwhile.
    const asked = start({ drain });
    asked.ask();
    asked.runner.meet('unknown', serving);
    asked.runner.found('clients-closed');
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked.engine.drain()).toEqual(drain);
    await vi.advanceTimersByTimeAsync(8000);
    expect(asked.runner.state()).toMatchObject({ phase: 'drained' });
  });

  it('goes on with a drain by hand whose Cease no record tells of, and asks nobody again', async () => {
    const drain = { isGracefulShutdown: true, closedWith: 'bye' };
    for (const left of [serving, { phase: 'asked', request: { ...command, atMs: 0 }, untilMs: 1 }] satisfies Drain[]) {
      vi.setSystemTime(0);
      const { runner, engine, folder } = start({ drain, isMet: false });
      writeFileSync(join(folder, 'drain.request'), drainRequestText(command));
      runner.meet('same', left);
      expect(runner.state().phase).toBe('asked');
      await vi.advanceTimersByTimeAsync(100);
      runner.found('clients-closed');
      expect(runner.state().phase).toBe('closing');
      await vi.advanceTimersByTimeAsync(15_000);
      expect(runner.state()).toMatchObject({ phase: 'drained', outcome: 'complete', request: { by: 'alice' } });
      expect(engine.drain()).toEqual(drain);
    }
  });

  it('asks anew for a drain by hand whose question was over while no agent ran', async () => {
    const { runner, folder } = start({ isMet: false });
    writeFileSync(join(folder, 'drain.request'), drainRequestText(command));
    await vi.advanceTimersByTimeAsync(60_000);
    runner.meet('same', { phase: 'asked', request: { ...command, atMs: 0 }, untilMs: 20_000 });
    await vi.advanceTimersByTimeAsync(19_000);
    expect(runner.state().phase).toBe('asked');
    await vi.advanceTimersByTimeAsync(2000);
    expect(runner.state().phase).toBe('serving');
  });

  it('lets nobody in for a request that is empty, as a full disk leaves it', async () => {
    const drain = { isGracefulShutdown: true, closedWith: 'bye' };
    const { runner, engine, folder } = start({ drain, isMet: false });
    writeFileSync(join(folder, 'drain.request'), '');
    runner.meet('unknown', serving);
    runner.found('clients-closed');
    await vi.advanceTimersByTimeAsync(1000);
    expect(engine.drain()).toEqual(drain);
    expect(runner.state().phase).not.toBe('serving');
  });

  it.each<[Acquaintance, string]>([
    ['new', 'serving'],
    ['same', 'graceful-shutdown'],
    ['unknown', 'graceful-shutdown'],
  ])('finds a request that it does not know: with the life that is %s it goes to %s', (how, phase) => {
    const { runner, ask, answer, folder } = start({ isMet: false });
    ask();
    writeFileSync(join(folder, 'drain.done'), '{}');
    runner.meet(how, serving);
    expect(runner.state().phase).toBe(phase);
    expect(existsSync(join(folder, 'drain.request'))).toBe(how !== 'new');
    expect(answer()).toBeUndefined();
  });
});

describe('a request of which nobody knows of which life of the engine it is', () => {
  const preStop = drainRequestText({ cause: 'pre-stop', by: 'preStop', waitsSeconds: 77 });
  const byHand = drainRequestText(command);

  it.each<[string, string, number, number | undefined, boolean]>([
    ['of a preStop, younger than the engine', preStop, 10, 3600, true],
    ['of a preStop, older than the engine', preStop, 10, 5, false],
    ['of a preStop, older than it waits', preStop, 78, 3600, false],
    ['of a preStop, older than it waits, and the engine tells no start', preStop, 78, undefined, false],
    ['of a preStop, and the engine tells no start', preStop, 76, undefined, true],
    ['of a preStop that does not say how long it waits', request, 3600, 7200, true],
    ['empty, younger than the engine', '', 10, 3600, true],
    ['empty, older than the engine', '', 10, 5, false],
    ['by hand, older than the engine', byHand, 10, 5, true],
    ['by hand, of long ago', byHand, 86_400, undefined, true],
  ])('is carried out or void: %s', async (_, text, ageSeconds, engineSeconds, isCarriedOut) => {
    const { runner, folder, events } = start({ isMet: false });
    const file = join(folder, 'drain.request');
    vi.setSystemTime(200_000_000);
    writeFileSync(file, text);
    writeFileSync(join(folder, 'drain.done'), '');
    utimesSync(file, 200_000 - ageSeconds, 200_000 - ageSeconds);
    const startedWallMs = engineSeconds === undefined ? undefined : (200_000 - engineSeconds) * 1000;

    runner.meet('unknown', serving, startedWallMs);
    await vi.advanceTimersByTimeAsync(500);

    expect(runner.state().phase !== 'serving').toBe(isCarriedOut);
    expect(existsSync(file)).toBe(isCarriedOut);
    expect(events().includes('drain-void')).toBe(!isCarriedOut);
  });

  it('that is void is carried out when the preStop makes it anew', async () => {
    const { runner, folder } = start({ isMet: false, pollMs: 1000 });
    const file = join(folder, 'drain.request');
    vi.setSystemTime(200_000_000);
    writeFileSync(file, preStop);
    utimesSync(file, 1000, 1000);
    runner.meet('unknown', serving, 150_000_000);
    expect(runner.state()).toEqual(serving);
    writeFileSync(file, preStop);
    await vi.advanceTimersByTimeAsync(1000);
    expect(runner.state()).toMatchObject({ phase: 'graceful-shutdown', request: { cause: 'pre-stop' } });
  });
});

describe('a refusal', () => {
  it('that finds no room takes the request away all the same', async () => {
    const { runner, folder, ask } = start({ pollMs: 1000 });
    mkdirSync(join(folder, 'drain.refused.new'));
    ask(drainRequestText(command));
    runner.refuse();
    await vi.advanceTimersByTimeAsync(5000);
    expect(existsSync(join(folder, 'drain.request'))).toBe(false);
    expect(runner.state()).toEqual(serving);
  });

  it('is remembered where the request cannot be taken away, until another one asks or the pod ends', async () => {
    const { runner, folder, ask, events } = start({ pollMs: 1000 });
    vi.spyOn(fs, 'rmSync').mockImplementation(() => {
      throw new Error('EROFS');
    });
    syncBuiltinESMExports();
    onTestFinished(() => {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    });
    ask(drainRequestText(command));
    runner.refuse();
    await vi.advanceTimersByTimeAsync(5000);
    expect(existsSync(join(folder, 'drain.request'))).toBe(true);
    expect(runner.state()).toEqual(serving);
    expect(events().filter((event) => event === 'drain-asked')).toHaveLength(1);

    writeFileSync(join(folder, 'drain.done'), '');
    await vi.advanceTimersByTimeAsync(1000);
    expect(runner.state()).toMatchObject({ phase: 'graceful-shutdown', request: { cause: 'pre-stop' } });
  });
});

describe('a new life of the engine', () => {
  it.each([
    ['announces', 5000],
    ['closes', 11_000],
    ['is done', 20_000],
  ])('voids a drain that %s: it serves at once, and a later request counts', async (_, atMs) => {
    const { runner, folder, answer, ask, events } = start({ pollMs: 100 });
    ask();
    await vi.advanceTimersByTimeAsync(atMs);
    runner.meet('new', serving);
    expect(runner.state()).toEqual(serving);
    expect(existsSync(join(folder, 'drain.request'))).toBe(false);
    expect(answer()).toBeUndefined();
    expect(events().at(-1)).toBe('drain-void');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(runner.state()).toEqual(serving);
    ask();
    await vi.advanceTimersByTimeAsync(13_000);
    expect(answer()).toMatchObject({ phase: 'drained' });
  });
});

describe.each([
  ['back', -hourMs],
  ['forth', hourMs],
])('a wall clock that steps an hour %s', (_, stepMs) => {
  it.each([
    ['before it announces', 0],
    ['while it announces', 5000],
    ['while it closes', 11_000],
  ])('%s changes no time of the drain', async (_when, atMs) => {
    const { runner, ask, answer } = start({});
    ask();
    await vi.advanceTimersByTimeAsync(atMs);
    vi.setSystemTime(Date.now() + stepMs);
    await vi.advanceTimersByTimeAsync(11_999 - atMs);
    expect(runner.state().phase).toBe('closing');
    await vi.advanceTimersByTimeAsync(1);
    expect(runner.state()).toMatchObject({ phase: 'drained', outcome: 'complete' });
    // Shown by the wall clock as it stands now.
    expect(answer()).toMatchObject({ drainedAtMs: Date.now(), requestedAtMs: Date.now() - 12_000 });
  });
});

it('waits for nothing once the agent ends', async () => {
  const { runner, calls, engine, stop, answer, ask } = start({});
  engine.failNext('graceful-shutdown', 1);
  ask();
  await vi.advanceTimersByTimeAsync(0);
  const settled = runner.settled();

  stop();
  await settled;
  await vi.advanceTimersByTimeAsync(60_000);

  expect(calls).toHaveLength(1);
  expect(runner.state().phase).toBe('graceful-shutdown');
  expect(answer()).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

interface Start {
  readonly wallStepMs?: number;
  readonly folder?: string;
  readonly hasFolder?: boolean;
  readonly pollMs?: number;
  readonly isMet?: boolean;
  /** What the engine shows at the start. */
  readonly drain?: DrainAtEngine;
  readonly plan?: Partial<DrainPlan>;
}

function start({
  folder: given,
  hasFolder = true,
  pollMs = noPoll,
  isMet = true,
  drain = notDrained,
  plan = {},
  wallStepMs = 0,
}: Start) {
  const root = mkdtempSync(join(tmpdir(), 'meshrs-drain-'));
  const folder = given ?? join(root, 'requests');
  if (hasFolder) mkdirSync(folder, { recursive: true });
  const stopping = new AbortController();
  onTestFinished(() => {
    stopping.abort();
    rmSync(root, { recursive: true });
  });
  const lines: { readonly event: string }[] = [];
  const told: string[] = [];
  let kept: Drain | undefined;
  const engine = engineInMemory(drain, () => kept !== undefined);
  const paths = {
    requestsFolder: folder,
    drainRequest: join(folder, 'drain.request'),
    drainDone: join(folder, 'drain.done'),
    drainRefused: join(folder, 'drain.refused'),
  };
  const runner: DrainRunner = createDrainRunner({
    engine,
    paths,
    plan: () => ({
      ...{ gracefulShutdownSeconds: 10, ceaseSeconds: 2, holdSeconds: 0 },
      ...{ isUnreadyAtOnce: true, askMs: 20_000, seenMs: 10_000 },
      ...plan,
    }),
    whyRefused: () => ({ clients: [], clientCount: 0, why: 'nobody was asked' }),
    onLetIn: () => told.push('let in'),
    message: 'bye',
    log: createLog({ write: (line) => lines.push(JSON.parse(line) as { event: string }), secrets: [], base: {} }),
    clock: machineClock,
    wallStepMs: () => wallStepMs,
    pollMs,
    signal: stopping.signal,
    keep: (state) => {
      kept = state;
    },
    onChange: ({ phase }) => told.push(runner.unready() ? `${phase}, unready` : phase),
  });
  if (isMet) runner.meet('unknown', serving);
  return {
    runner,
    folder,
    /** What the engine was asked for, with what failed. */
    calls: engine.calls,
    engine,
    /** Writes the request, and has it seen. */
    ask: (text = request) => {
      writeFileSync(paths.drainRequest, text);
      if (isMet) runner.meet('same', serving);
    },
    /** Each state that was told of, and whether the agent was unready then. */
    told: () => told,
    kept: () => kept,
    events: () => lines.map(({ event }) => event),
    answer: () =>
      (existsSync(paths.drainDone) ? JSON.parse(readFileSync(paths.drainDone, 'utf8')) : undefined) as unknown,
    stop: () => {
      stopping.abort();
    },
  };
}

/** Does its steps at once, unless they are to fail, or are held until the test lets them go. */
function engineInMemory(before: DrainAtEngine, isKept: () => boolean) {
  let drain = before;
  const calls: string[] = [];
  const failures = new Map<string, number>();
  const held = new Map<string, PromiseWithResolvers<undefined>>();
  let turn: PromiseWithResolvers<undefined> | undefined;
  const holding = (name: string) => {
    const promise = Promise.withResolvers<undefined>();
    held.set(name, promise);
    return promise;
  };
  return {
    calls,
    drain: () => drain,
    failNext: (name: string, times: number) => failures.set(name, times),
    hold: holding,
    holdTurns: () => (turn = Promise.withResolvers<undefined>()),
    setDrain: async (wanted: (now: DrainAtEngine) => DrainAtEngine) => {
      await turn?.promise;
      const next = wanted(drain);
      const name = nameOf(next);
      if (JSON.stringify(next) !== JSON.stringify(drain) || failures.has(name)) {
        calls.push(isKept() ? `${name}, kept` : name);
      }
      const left = failures.get(name) ?? 0;
      failures.set(name, left - 1);
      if (left > 0) throw new Error(`${name} fails`);
      await held.get(name)?.promise;
      drain = next;
    },
  };
}

function nameOf({ isGracefulShutdown, closedWith }: DrainAtEngine): string {
  if (closedWith !== undefined) return `closed: ${closedWith}`;
  return isGracefulShutdown ? 'graceful-shutdown' : 'none';
}

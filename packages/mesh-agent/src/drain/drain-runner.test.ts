import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLog } from '../log/log.ts';
import { createDrainRunner, type DrainRunner } from './drain-runner.ts';

/** `setInterval` takes no more: no poll comes in a test that does not ask for one. */
const noPoll = 2 ** 31 - 1;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'], now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a request', () => {
  it('that lies there already is answered without waiting for a poll', async () => {
    const { runner } = start({ hasRequest: true });

    expect(runner.state().phase).toBe('serving');
    await vi.advanceTimersByTimeAsync(0);

    expect(runner.state()).toMatchObject({ phase: 'graceful-shutdown', cause: 'request-file', requestedAtMs: 0 });
  });

  it('is seen at the next poll where the folder comes later', async () => {
    const { runner, folder } = start({ hasFolder: false, pollMs: 5000 });
    await vi.advanceTimersByTimeAsync(0);

    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'drain.request'), '');
    await vi.advanceTimersByTimeAsync(4999);
    expect(runner.state().phase).toBe('serving');
    await vi.advanceTimersByTimeAsync(1);

    expect(runner.state().phase).toBe('graceful-shutdown');
  });

  it('is carried out step by step, told of, and answered by a file', async () => {
    const { runner, calls, told, answer, events } = start({});

    runner.request('request-file');
    runner.request('signal');
    await vi.advanceTimersByTimeAsync(9999);
    expect(runner.isUnready()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(runner.isUnready()).toBe(true);
    expect(answer()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2000);
    await runner.drained();

    expect(calls).toEqual(['graceful-shutdown', 'close: bye']);
    expect([...new Set(told())]).toEqual(['graceful-shutdown', 'closing', 'closing, unready', 'drained, unready']);
    expect(answer()).toEqual({
      phase: 'drained',
      cause: 'request-file',
      requestedAtMs: 0,
      drainedAtMs: 12_000,
      outcome: 'complete',
    });
    expect(answer()).toEqual(runner.state());
    expect(events()).toEqual(['drain-started', 'drain-step', 'drain-ended']);
  });

  it('ends with an error in the log where the answer cannot be written', async () => {
    const { runner, folder, events } = start({});
    runner.request('request-file');
    await vi.advanceTimersByTimeAsync(0);
    rmSync(folder, { recursive: true });
    await vi.advanceTimersByTimeAsync(12_000);

    await runner.drained();

    expect(events()).toContain('drain-failed-step');
  });
});

describe('a step', () => {
  it.each(['graceful-shutdown', 'close: bye'])('that fails is tried again: %s', async (failing) => {
    const { runner, calls, engine, events } = start({});
    engine.failNext(failing, 3);

    runner.request('request-file');
    await vi.advanceTimersByTimeAsync(20_000);
    await runner.drained();

    expect(calls.filter((call) => call === failing)).toHaveLength(4);
    expect(runner.state()).toMatchObject({ outcome: 'complete' });
    expect(events().filter((event) => event === 'drain-failed-step')).toHaveLength(3);
  });

  it('that fails is tried again after a quarter of a second, not at once', async () => {
    const { runner, calls, engine } = start({});
    engine.failNext('graceful-shutdown', 1);

    runner.request('request-file');
    await vi.advanceTimersByTimeAsync(249);
    expect(calls).toEqual(['graceful-shutdown']);
    await vi.advanceTimersByTimeAsync(1);

    expect(calls).toEqual(['graceful-shutdown', 'graceful-shutdown']);
  });

  it('that fails for good does not keep the drain from its end', async () => {
    const { runner, calls, engine } = start({});
    engine.failNext('graceful-shutdown', Infinity);

    runner.request('request-file');
    await vi.advanceTimersByTimeAsync(20_000);
    await runner.drained();

    expect(runner.state()).toMatchObject({ phase: 'drained', outcome: 'incomplete' });
    expect(calls.at(-1)).toBe('close: bye');
    expect(runner.isUnready()).toBe(true);
  });

  it('whose failure comes in a later phase is no failure of that phase', async () => {
    const { runner, calls, engine } = start({});
    const first = engine.hold('graceful-shutdown');
    const second = engine.hold('close: bye');

    runner.request('request-file');
    await vi.advanceTimersByTimeAsync(12_000);
    expect(runner.state().phase).toBe('closing');
    first.reject(new Error('too late'));
    await vi.advanceTimersByTimeAsync(1000);
    second.resolve(undefined);
    await vi.advanceTimersByTimeAsync(2000);
    await runner.drained();

    expect(calls).toEqual(['graceful-shutdown', 'close: bye']);
  });

  it('that is done in a later phase does not stand for the step of that phase', async () => {
    const { runner, engine } = start({});
    const first = engine.hold('graceful-shutdown');
    engine.hold('close: bye');

    runner.request('request-file');
    await vi.advanceTimersByTimeAsync(12_000);
    expect(runner.state().phase).toBe('closing');
    first.resolve(undefined);
    await vi.advanceTimersByTimeAsync(1000);

    expect(runner.state()).toMatchObject({ phase: 'closing', isSent: false });
    expect(runner.isUnready()).toBe(false);
  });

  it('is not tried when the engine had ended before the agent was to end', async () => {
    const { runner, calls, events } = start({ isEngineConnected: false });

    runner.request('signal');
    await vi.advanceTimersByTimeAsync(0);
    await runner.drained();

    expect(calls).toEqual([]);
    expect(runner.state()).toMatchObject({ phase: 'drained', outcome: 'engine-gone' });
    expect(events()).toEqual(['drain-started', 'drain-ended']);
  });

  it('is tried all the same when a request asks for it: the engine may just be lost for a moment', async () => {
    const { runner, calls } = start({ isEngineConnected: false });

    runner.request('request-file');
    await vi.advanceTimersByTimeAsync(12_000);
    await runner.drained();

    expect(calls).toEqual(['graceful-shutdown', 'close: bye']);
    expect(runner.state()).toMatchObject({ outcome: 'complete' });
  });
});

it('does nothing more once the agent ends', async () => {
  const { runner, calls, engine, stop, answer } = start({});
  engine.failNext('graceful-shutdown', 1);
  runner.request('request-file');
  await vi.advanceTimersByTimeAsync(0);

  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  runner.request('signal');

  expect(calls).toEqual(['graceful-shutdown']);
  expect(runner.state().phase).toBe('graceful-shutdown');
  expect(answer()).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

interface Started {
  readonly runner: DrainRunner;
  readonly folder: string;
  /** What the engine was asked for, with what failed. */
  readonly calls: readonly string[];
  readonly engine: Pick<ReturnType<typeof engineInMemory>, 'failNext' | 'hold'>;
  /** Each state that was told of, and whether the agent was unready then. */
  readonly told: () => readonly string[];
  readonly events: () => readonly string[];
  readonly answer: () => unknown;
  readonly stop: () => void;
}

function start({
  hasRequest = false,
  hasFolder = true,
  pollMs = noPoll,
  isEngineConnected = true,
}: {
  readonly hasRequest?: boolean;
  readonly hasFolder?: boolean;
  readonly pollMs?: number;
  readonly isEngineConnected?: boolean;
}): Started {
  const root = mkdtempSync(join(tmpdir(), 'meshrs-drain-'));
  const folder = join(root, 'requests');
  if (hasFolder) mkdirSync(folder);
  if (hasRequest) writeFileSync(join(folder, 'drain.request'), '');
  const stopping = new AbortController();
  onTestFinished(() => {
    stopping.abort();
    rmSync(root, { recursive: true });
  });
  const lines: { readonly event: string }[] = [];
  const told: string[] = [];
  const engine = engineInMemory();
  const drainDone = join(folder, 'drain.done');
  const runner = createDrainRunner({
    engine,
    isEngineConnected: () => isEngineConnected,
    paths: { requestsFolder: folder, drainRequest: join(folder, 'drain.request'), drainDone },
    times: () => ({ gracefulShutdownSeconds: 10, ceaseSeconds: 2 }),
    message: 'bye',
    log: createLog({ write: (line) => lines.push(JSON.parse(line) as { event: string }), secrets: [], base: {} }),
    clock: { monotonicMs: Date.now, wallMs: (at) => at },
    pollMs,
    signal: stopping.signal,
    onChange: ({ phase }) => told.push(runner.isUnready() ? `${phase}, unready` : phase),
  });
  return {
    runner,
    folder,
    calls: engine.calls,
    engine,
    told: () => told,
    events: () => lines.map(({ event }) => event),
    answer: () => (existsSync(drainDone) ? JSON.parse(readFileSync(drainDone, 'utf8')) : undefined) as unknown,
    stop: () => {
      stopping.abort();
    },
  };
}

/** Does its steps at once, unless they are to fail, or are held until the test lets them go. */
function engineInMemory() {
  const calls: string[] = [];
  const failures = new Map<string, number>();
  const held = new Map<string, PromiseWithResolvers<undefined>>();
  const work = async (call: string) => {
    calls.push(call);
    const left = failures.get(call) ?? 0;
    failures.set(call, left - 1);
    if (left > 0) throw new Error(`${call} fails`);
    await held.get(call)?.promise;
  };
  return {
    calls,
    failNext: (call: string, times: number) => failures.set(call, times),
    hold: (call: string) => {
      const holding = Promise.withResolvers<undefined>();
      held.set(call, holding);
      return holding;
    },
    startGracefulShutdown: () => work('graceful-shutdown'),
    closeClientSessions: (message: string) => work(`close: ${message}`),
  };
}

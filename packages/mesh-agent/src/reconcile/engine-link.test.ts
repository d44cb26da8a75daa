import { afterEach, expect, it } from 'vitest';
import { createLog } from '../log/log.ts';
import { createMemoryEngine, engineFailure, type MemoryEngine } from '../../test/memory-engine.ts';
import type { LogLine } from '../../test/start-sidecar.ts';
import { startEngineLink } from './engine-link.ts';

let stop = new AbortController();
afterEach(() => {
  stop.abort();
  stop = new AbortController();
});

/** A link to an engine that is not there yet, by a clock of the test. */
function linkTo(engine: MemoryEngine) {
  const lines: LogLine[] = [];
  const clock = { nowMs: 0 };
  const tries = Promise.withResolvers<(reason: string) => void>();
  const connect = engine.connect.bind(engine);
  engine.connect = (signal, onFailedTry) => {
    tries.resolve((reason) => onFailedTry?.(engineFailure('engine-unreachable', reason)));
    return connect(signal, onFailedTry);
  };
  const link = startEngineLink({
    engine,
    log: createLog({ write: (line) => lines.push(JSON.parse(line) as LogLine), secrets: [], base: {} }),
    now: () => clock.nowMs,
    signal: stop.signal,
    meet: () => ({ how: 'new', restartCount: 0 }),
    onConnected: () => undefined,
    onLost: () => undefined,
    onSessionsChanged: () => undefined,
  });
  const told = () => lines.filter(({ event }) => event === 'engine-awaited');
  return { link, clock, told, failedTry: tries.promise };
}

it('shows at once why an engine does not answer, and logs it once, after a time that a start may take', async () => {
  const engine = createMemoryEngine({ isRunning: false });
  const { link, clock, told, ...awaited } = linkTo(engine);
  const failedTry = await awaited.failedTry;
  expect(link.state()).toMatchObject({ isConnected: false, failure: { code: 'engine-unreachable' } });
  clock.nowMs = 4999;
  failedTry('connect');
  expect(told()).toEqual([]);
  for (const nowMs of [5000, 6000, 60_000]) {
    clock.nowMs = nowMs;
    failedTry('connect');
  }
  expect(told()).toMatchObject([{ level: 'warn', failure: { code: 'engine-unreachable' } }]);
});

it('goes on to show why the engine was lost, and tells of each time that it stays away', async () => {
  const engine = createMemoryEngine();
  const { link, clock, told, ...awaited } = linkTo(engine);
  const failedTry = await awaited.failedTry;
  for (const round of [1, 2]) {
    await expect.poll(() => link.state()).toMatchObject({ isConnected: true });
    expect(link.state()).not.toHaveProperty('failure');
    engine.kill();
    clock.nowMs += 5000;
    failedTry('connect');
    failedTry('connect');
    expect(told()).toHaveLength(round);
    expect(link.state()).toMatchObject({ isConnected: false, failure: { code: 'engine-lost' } });
    engine.start({ isRestart: true });
  }
});

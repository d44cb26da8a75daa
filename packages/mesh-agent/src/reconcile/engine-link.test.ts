import { afterEach, expect, it } from 'vitest';
import { createLog } from '../log/log.ts';
import type { LeftOutChanges } from '../engine/mesh-engine.ts';
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
  return { link, lines, clock, told, failedTry: tries.promise };
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

const changeOf = (key: string) =>
  ({ key, change: { kind: 'group-changed', group: key, resets: 'neighbor' }, clients: [] }) as const;
const leftOut = (unasked: string, { asked = '', isWhole = true } = {}): LeftOutChanges => ({
  left: Array.from(unasked + asked, changeOf),
  unasked: Array.from(unasked, changeOf),
  isWhole,
});

it.each<[string, readonly LeftOutChanges[], readonly string[]]>([
  ['the same again and again once', [leftOut('a'), leftOut('a'), leftOut('a')], ['a']],
  ['another one', [leftOut('a'), leftOut('b')], ['a', 'b']],
  ['one more with the one before', [leftOut('a'), leftOut('ab'), leftOut('ba')], ['a', 'ab']],
  ['fewer not', [leftOut('ab'), leftOut('b'), leftOut('b')], ['ab']],
  ['the same when it was done meanwhile', [leftOut('a'), leftOut(''), leftOut('a')], ['a', 'a']],
  [
    'the same not when it was asked about, and is left out still',
    [leftOut('a'), leftOut('', { asked: 'a' }), leftOut('a')],
    ['a'],
  ],
  ['what was asked about not', [leftOut('', { asked: 'ab' })], []],
  [
    'the same not after a call that did not see all',
    [leftOut('ab'), leftOut('a', { isWhole: false }), leftOut('ab')],
    ['ab'],
  ],
])('logs of what is left out %s', async (_, told, expected) => {
  const engine = createMemoryEngine();
  const { link, lines } = linkTo(engine);
  await expect.poll(() => link.state()).toMatchObject({ isConnected: true });
  for (const each of told) engine.leaveOut(each);
  const seen = lines.filter(({ event }) => event === 'changes-left-out');
  expect(seen.map(({ changes }) => (changes as { group: string }[]).map(({ group }) => group).join(''))).toEqual(
    expected,
  );
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

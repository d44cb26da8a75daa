import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EngineObservation } from '../src/engine/mesh-engine.ts';
import { eventually } from '@meshrs/test-kit/wait';
import { createMemoryEngine, engineFailure, type MemoryEngine } from './memory-engine.ts';
import { settingsText, staticSource } from './settings-text.ts';
import { get, ip, peersOf, startTestSidecar } from './start-sidecar.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(engine: MemoryEngine, updateSeconds = 30) {
  const settings = settingsText({ source: staticSource('192.0.2.1') });
  const started = await startTestSidecar({ settings, engine, updateSeconds });
  cleanups.push(started.remove);
  await eventually(
    () => peersOf(engine),
    (peers) => peers.length === 1,
  );
  return started;
}

/** From now on the engine says that it has what `change` gives. */
function observeOtherwise(engine: MemoryEngine, change: () => Partial<EngineObservation>): void {
  const observe = engine.observe.bind(engine);
  engine.observe = async (signal) => ({ ...(await observe(signal)), ...change() });
}

const guards = ({ calls }: MemoryEngine) => calls.filter((call) => call.startsWith('guard')).length;

describe('a sidecar beside its engine', () => {
  it.each([
    ['announces', { isGracefulShutdown: true }],
    ['has closed its sessions', { isGracefulShutdown: true, closedWith: 'bye' }],
  ])('takes back a drain that the engine %s and nobody has asked for', async (_, drain) => {
    const engine = createMemoryEngine({ isRunning: true, drain });
    const { sidecar, address, events } = await start(engine);
    await eventually(
      () => engine.calls,
      (calls) => calls.includes('undrain'),
    );
    await eventually(
      () => get(address, '/readyz'),
      ({ status }) => status === 200,
    );
    expect((await sidecar.status()).drain).toEqual({ phase: 'serving' });
    expect(events()).toEqual(expect.arrayContaining(['drain-taken-back', 'drain-undone']));
  });

  it('drains no engine that does not drain', async () => {
    const engine = createMemoryEngine();
    const { sidecar } = await start(engine);
    await eventually(
      () => guards(engine),
      (count) => count > 0,
    );
    expect((await sidecar.status()).drain).toEqual({ phase: 'serving' });
  });

  it('lets the guard look when a session changes, and not only at its next time', async () => {
    // The guard's next time never comes.
    const plain = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((work, delay) => plain(work, delay === 10_000 ? 1e9 : delay));
    cleanups.push(() => {
      vi.restoreAllMocks();
      return Promise.resolve();
    });
    const engine = createMemoryEngine();
    await start(engine);
    await eventually(
      () => guards(engine),
      (count) => count > 0,
    );
    for (const round of [1, 2, 3]) {
      const before = guards(engine);
      engine.setClient(ip(`198.51.100.${String(round)}`));
      await eventually(
        () => guards(engine),
        (count) => count > before,
        30_000,
      );
    }
  });

  it('puts right what somebody has changed in the engine, and says what it was', async () => {
    const engine = createMemoryEngine();
    let isDrifted = false;
    const outstanding = { kind: 'neighbor-added', group: 'MESHRR-CORE', subject: '192.0.2.1', resets: 'none' } as const;
    observeOtherwise(engine, () => ({
      ...(isDrifted && { outstanding: [outstanding], drifted: [outstanding] }),
      unknownLines: isDrifted ? ['bgp bestpath compare-routerid'] : [],
    }));
    const { lines, events } = await start(engine, 1);
    await eventually(events, (seen) => seen.includes('ready'));
    const before = engine.applied.length;
    isDrifted = true;
    await eventually(
      () => engine.applied.length,
      (count) => count > before,
      20_000,
    );
    isDrifted = false;
    expect(lines().find(({ event }) => event === 'engine-drifted')).toMatchObject({
      count: 1,
      outstanding: [outstanding],
      unknownLines: ['bgp bestpath compare-routerid'],
    });
  });

  it('gives the engine again what it refused, without anything else that happens', async () => {
    const engine = createMemoryEngine();
    const apply = engine.apply.bind(engine);
    let refused = 0;
    engine.apply = async (intent, signal) => {
      if (refused === 2) return await apply(intent, signal);
      refused += 1;
      throw engineFailure('command-rejected', 'apply');
    };
    const { sidecar, lines } = await start(engine);
    expect(refused).toBe(2);
    expect((await sidecar.status()).engine).toMatchObject({ isApplied: true });
    expect(lines().filter(({ event }) => event === 'engine-failed')).toHaveLength(2);
  });
});

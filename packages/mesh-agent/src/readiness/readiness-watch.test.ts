import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { address } from '@meshrs/network/test-data';
import type { BgpSession } from '@meshrs/contract';
import { machineClock } from '../async/clock.ts';
import { createLog } from '../log/log.ts';
import { createReadinessWatch } from './readiness-watch.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const peer = address('192.0.2.1');
const session: BgpSession = {
  address: peer,
  group: 'MESHRR-CORE',
  kind: 'mesh',
  state: 'established',
  establishedCount: 1,
  droppedCount: 0,
  receivedMessages: 0,
  receivedPrefixes: 0,
  sentPrefixes: 0,
  endOfRib: { received: true, sent: true },
};

/** A route server of a mesh whose sources have published nobody whom it could ask. */
function start({ waitsForClients }: { readonly waitsForClients: boolean }) {
  const stop = new AbortController();
  const appliedAtMs = machineClock.monotonicMs();
  const lines: { readonly event: string }[] = [];
  const world = {
    sessions: [{ ...session, endOfRib: { received: false, sent: true } }] as readonly BgpSession[] | undefined,
    looks: 0,
    isConnected: true,
    drain: undefined as 'draining' | 'drained' | undefined,
    converged: 0,
  };
  const observation = () =>
    world.sessions && {
      version: 'test',
      sessions: world.sessions,
      drain: 'none' as const,
      unknownLines: [],
      notUnderstood: [],
      outstanding: [],
      drifted: [],
    };
  const watch = createReadinessWatch({
    observer: {
      look: async () => {
        await Promise.resolve();
        world.looks += 1;
        return observation();
      },
      read: () => Promise.reject(new Error('readiness does not wait for what /status tells')),
      last: observation,
      forget: () => undefined,
      changes: () => 0,
    },
    isConnected: () => world.isConnected,
    reconciler: () => ({
      desired: [],
      observed: { 'MESHRR-CORE': [peer] },
      appliedAtMs,
      failure: undefined,
    }),
    groups: () => [{ group: 'MESHRR-CORE', sourcetype: 'dns', source: 'dns core', published: [], hasAnswered: true }],
    own: () => [],
    waitsForClients: () => waitsForClients,
    lostClientsMs: () => 0,
    lostHoldMs: 10_000,
    meshWaitMs: 60_000,
    takesClient: () => () => true,
    onClients: () => undefined,
    drain: () => world.drain,
    onConverged: () => {
      world.converged += 1;
    },
    log: createLog({ write: (line) => lines.push(JSON.parse(line) as { event: string }), secrets: [], base: {} }),
    now: machineClock.monotonicMs,
    settleMs: 50,
    clientsMs: 1000,
    signal: stop.signal,
  });
  return { watch, world, stop, lines, events: () => lines.map(({ event }) => event) };
}

describe('the readiness watch', () => {
  it.each([false, true])(
    'looks on by itself until the mesh has converged, and not any more then (waits for clients: %s)',
    async (waitsForClients) => {
      const { watch, world, events } = start({ waitsForClients });
      watch.request();
      await vi.advanceTimersByTimeAsync(3000);
      expect(watch.state()).toMatchObject({
        isReady: false,
        reasons: [{ kind: 'mesh-not-converged', peers: [peer] }],
      });
      expect(world.looks).toBeGreaterThan(2);
      world.sessions = [session];
      // What only clients can hinder is loaded at its first use; that takes real time.
      await vi.waitFor(() => {
        vi.advanceTimersByTime(100);
        expect(watch.state().isReady).toBe(true);
      });
      await vi.advanceTimersByTimeAsync(5000);
      const before = world.looks;
      for (let minute = 0; minute < 60; minute += 1) {
        watch.request();
        await vi.advanceTimersByTimeAsync(60_000);
      }
      expect(world.looks).toBe(before);
      expect(events()).toEqual(['ready']);
    },
  );

  it.each([
    ['back', -3_600_000],
    ['forth', 3_600_000],
  ])('waits for a dead peer for its minute, though the wall clock steps an hour %s', async (_, stepMs) => {
    const { watch, lines } = start({ waitsForClients: false });
    watch.request();
    await vi.advanceTimersByTimeAsync(10_000);
    vi.setSystemTime(Date.now() + stepMs);
    await vi.advanceTimersByTimeAsync(49_000);
    watch.update();
    expect(watch.state().reasons).toEqual([{ kind: 'mesh-not-converged', peers: [peer] }]);
    await vi.advanceTimersByTimeAsync(1001);
    watch.update();
    expect(watch.state().isReady).toBe(true);
    expect(lines).toMatchObject([
      { event: 'peers-not-converged', level: 'warn', peers: [peer] },
      { event: 'ready', msg: 'The route server is ready.' },
    ]);
  });

  it.each([
    ['back', -3_600_000],
    ['forth', 3_600_000],
  ])('waits for clients for their 150 s, though the wall clock steps an hour %s', async (_, stepMs) => {
    const { watch, world } = start({ waitsForClients: true });
    world.sessions = [session];
    watch.update();
    expect(watch.state().reasons).toEqual([{ kind: 'clients-not-known' }]);
    await vi.advanceTimersByTimeAsync(100_000);
    vi.setSystemTime(Date.now() + stepMs);
    await vi.advanceTimersByTimeAsync(49_000);
    watch.update();
    expect(watch.state().reasons).toEqual([{ kind: 'clients-not-known' }]);
    await vi.advanceTimersByTimeAsync(1001);
    watch.update();
    expect(watch.state().isReady).toBe(true);
  });

  it('looks at nothing while the engine is away, nor once it is stopped', async () => {
    const { watch, world, stop } = start({ waitsForClients: true });
    world.isConnected = false;
    watch.request();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.looks).toBe(0);
    expect(watch.state().reasons).toContainEqual({ kind: 'engine-gone' });
    world.isConnected = true;
    stop.abort();
    watch.request();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.looks).toBe(0);
  });

  it('is ready through the loss of its sessions, and not through that of its engine, a drain, or another engine', async () => {
    const { watch, world, events } = start({ waitsForClients: false });
    world.sessions = [session];
    watch.update();
    expect(watch.state().isReady).toBe(true);
    world.sessions = [];
    watch.update();
    expect(watch.state().isReady).toBe(true);
    world.isConnected = false;
    watch.update();
    expect(watch.state().isReady).toBe(false);
    world.isConnected = true;
    watch.update();
    expect(watch.state().isReady).toBe(true);
    watch.forget();
    watch.update();
    expect(watch.state().reasons).toEqual([{ kind: 'mesh-not-converged', peers: [peer] }]);
    watch.takeOver(undefined);
    watch.update();
    expect(watch.state().isReady).toBe(true);
    world.drain = 'drained';
    watch.update();
    expect(watch.state().reasons).toEqual([{ kind: 'drained' }]);
    expect(events()).toEqual(['ready', 'unready', 'ready', 'unready', 'ready', 'unready']);
    // Told to who keeps it: once, and not again for what was kept.
    expect(world.converged).toBe(1);
    await vi.advanceTimersByTimeAsync(0);
  });
});

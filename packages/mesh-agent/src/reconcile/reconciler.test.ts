import { address } from '@meshrs/network/test-data';
import { readSettings, type RouteServerIntent } from '@meshrs/contract';
import type { MeshGroup } from '@meshrs/mesh';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryEngine, engineFailure } from '../../test/memory-engine.ts';
import { settingsText, staticSource } from '../../test/settings-text.ts';
import { createLog } from '../log/log.ts';
import { createReconciler } from './reconciler.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const peer = address('192.0.2.1');

function start() {
  const engine = createMemoryEngine();
  const lines: string[] = [];
  const failed: string[] = [];
  const stop = new AbortController();
  const applies: { readonly atMs: number; readonly intent: RouteServerIntent }[] = [];
  const world = {
    isConnected: true,
    revision: '9b31',
    published: [peer],
    group: {} as Partial<MeshGroup>,
    firstAppliedMs: undefined as number | undefined,
    refusal: undefined as ReturnType<typeof engineFailure> | undefined,
  };
  const read = readSettings('meshrr.conf.yml', settingsText({ source: staticSource('192.0.2.1') }));
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  const reconciler = createReconciler({
    engine: {
      ...engine,
      apply: async (intent) => {
        applies.push({ atMs: Date.now(), intent });
        await Promise.resolve();
        if (world.refusal) throw world.refusal;
        return { changes: [], commandCount: 0, milliseconds: 0.1 };
      },
    },
    groups: {
      configure: () => undefined,
      seed: () => undefined,
      published: () => [{ name: 'MESHRR-CORE', published: world.published, ...world.group }],
      health: () => [],
      close: () => undefined,
    },
    policy: () => ({ routerIds: [] }),
    withholding: { begin: () => undefined, mayEnd: () => true, onDecided: () => undefined, onEnd: () => undefined },
    inForce: () => ({
      settings: read.value,
      revision: world.revision,
      identity: { name: 'rs-a-0', routerId: address('192.0.2.101') },
    }),
    own: () => [],
    isConnected: () => world.isConnected,
    log: createLog({ write: (line) => lines.push(line), secrets: [], base: {} }),
    now: Date.now,
    random: () => 0.5,
    signal: stop.signal,
    firstApplied: (atMs) => world.firstAppliedMs ?? atMs,
    onApplied: () => undefined,
    onFailed: (code) => failed.push(code),
  });
  const request = async () => {
    reconciler.request();
    await reconciler.idle();
  };
  return { reconciler, request, world, applies, failed, stop, lines };
}

describe('the reconciler', () => {
  it("warns once of an address that can be nobody's, and not of a peer's other address", async () => {
    const { request, world, lines } = start();
    const warnings = () => lines.filter((line) => line.includes('peers-left-out'));
    world.published = [peer, address('2001:db8::1')];
    world.group = { servers: new Map(world.published.map((each) => [each, 'rs-b-0'])), ownFamilies: ['ipv4', 'ipv6'] };
    await request();
    expect(warnings()).toEqual([]);
    world.group = { ...world.group, noPeers: [{ address: address('127.0.0.1'), reason: 'special-address' }] };
    await request();
    await request();
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain('{"group":"MESHRR-CORE","address":"127.0.0.1","reason":"special-address"}');
  });

  it('gives the engine what the settings and the sources say, and remembers what it gave', async () => {
    const { reconciler, request, applies } = start();
    await request();
    expect(applies.map(({ intent }) => intent.meshGroups[0]?.neighbors)).toEqual([[peer]]);
    expect(reconciler.state()).toMatchObject({
      observed: { 'MESHRR-CORE': [peer] },
      desired: [{ name: 'MESHRR-CORE', peers: [peer] }],
      appliedAtMs: 1_000_000,
      lastApply: { atMs: 1_000_000, revision: '9b31' },
      failure: undefined,
    });
  });

  it('tries again what the engine refused, ever more slowly, until it takes it', async () => {
    const { reconciler, request, world, applies, failed } = start();
    world.refusal = engineFailure('command-rejected', 'apply');
    await request();
    expect(reconciler.state()).toMatchObject({ failure: { code: 'command-rejected' }, appliedAtMs: undefined });
    await vi.advanceTimersByTimeAsync(1750);
    expect(applies.map(({ atMs }) => atMs - 1_000_000)).toEqual([0, 250, 750, 1750]);
    expect(failed).toEqual(Array.from({ length: 4 }, () => 'command-rejected'));
    world.refusal = undefined;
    await vi.advanceTimersByTimeAsync(2000);
    expect(applies).toHaveLength(5);
    expect(reconciler.state()).toMatchObject({ failure: undefined, appliedAtMs: 1_003_750 });
    // It is content, and its next failure is a first one again.
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(applies).toHaveLength(5);
    world.refusal = engineFailure('command-rejected', 'apply');
    await request();
    await vi.advanceTimersByTimeAsync(250);
    expect(applies).toHaveLength(7);
  });

  it('tries at least twice a minute, however often the engine has refused', async () => {
    const { request, world, applies } = start();
    world.refusal = engineFailure('command-rejected', 'apply');
    await request();
    await vi.advanceTimersByTimeAsync(3_600_000);
    const before = applies.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(applies.length - before).toBe(2);
  });

  it('does not wait for its next try when there is news, and makes one try of both', async () => {
    const { request, world, applies } = start();
    world.refusal = engineFailure('command-rejected', 'apply');
    await request();
    world.refusal = undefined;
    await request();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(applies).toHaveLength(2);
  });

  it('is quiet while the engine is away, and once it is stopped', async () => {
    const { request, world, applies, stop } = start();
    world.isConnected = false;
    await request();
    expect(applies).toEqual([]);
    world.isConnected = true;
    world.refusal = engineFailure('command-rejected', 'apply');
    await request();
    stop.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(applies).toHaveLength(1);
  });

  it('counts from the first apply how long the route server has had to converge', async () => {
    const { reconciler, request, world } = start();
    await request();
    await vi.advanceTimersByTimeAsync(10_000);
    world.revision = '5f2c';
    await request();
    expect(reconciler.state()).toMatchObject({
      appliedAtMs: 1_000_000,
      lastApply: { atMs: 1_010_000, revision: '5f2c' },
    });
    // With an engine that is another process it begins again.
    reconciler.forgetApplied();
    expect(reconciler.state().appliedAtMs).toBeUndefined();
    await vi.advanceTimersByTimeAsync(10_000);
    await request();
    expect(reconciler.state().appliedAtMs).toBe(1_020_000);
  });

  it('counts on from where an agent before it began with this life of the engine', async () => {
    const { reconciler, request, world } = start();
    world.firstAppliedMs = 900_000;
    expect(reconciler.state().appliedAtMs).toBeUndefined();
    await request();
    expect(reconciler.state()).toMatchObject({ appliedAtMs: 900_000, lastApply: { atMs: 1_000_000 } });
  });

  it('shows a failure until the engine takes the settings', async () => {
    const { reconciler, request, world } = start();
    await request();
    world.refusal = engineFailure('engine-lost', 'apply');
    await request();
    expect(reconciler.state()).toMatchObject({ appliedAtMs: 1_000_000, failure: { code: 'engine-lost' } });
    world.refusal = undefined;
    await request();
    expect(reconciler.state().failure).toBeUndefined();
  });
});

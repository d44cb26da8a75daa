// Loaded before the clock of the test stands still: the watch loads it when it first asks.
import '../fleet/fleet-reader.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BgpSession } from '@meshrs/contract';
import { nothingRemembered } from '@meshrs/gate';
import type { IpAddress } from '@meshrs/network';
import { address } from '@meshrs/network/test-data';
import { machineClock } from '../async/clock.ts';
import type { EngineObservation } from '../engine/mesh-engine.ts';
import type { ClientsLook } from './absent-clients.ts';
import { createLostClientsWatch } from './lost-clients-watch.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const [x, y] = [address('198.51.100.1'), address('198.51.100.2')];

function sessionOf(client: IpAddress, change: Partial<BgpSession> = {}): BgpSession {
  return {
    address: client,
    kind: 'range-client',
    state: 'established',
    establishedCount: 1,
    droppedCount: 0,
    receivedMessages: 0,
    receivedPrefixes: 0,
    sentPrefixes: 0,
    endOfRib: { received: true, sent: true },
    ...change,
  };
}

/** A route server with x and y; the others have both. */
function start() {
  const stop = new AbortController();
  const world = {
    sessions: [sessionOf(x), sessionOf(y)] as readonly BgpSession[] | undefined,
    passedOver: [] as EngineObservation['passedOver'],
    isWatching: true,
    limitMs: 600_000,
    askMs: 0,
    computeMs: 0,
    cpuMs: 0,
    asked: [] as number[],
    looks: 0,
    records: 0,
    about: [] as readonly IpAddress[],
    look: undefined as (() => Promise<ClientsLook>) | undefined,
  };
  const watch = createLostClientsWatch({
    isWatching: () => world.isWatching,
    limitMs: () => world.limitMs,
    holdMs: 10_000,
    routeServers: () => [address('192.0.2.1')],
    look: async () => {
      await Promise.resolve();
      return (
        world.sessions && {
          version: 'test',
          sessions: world.sessions,
          ...(world.passedOver && { passedOver: world.passedOver }),
          drain: 'none' as const,
          unknownLines: [],
          notUnderstood: [],
          outstanding: [],
          drifted: [],
        }
      );
    },
    takes: () => () => true,
    onChange: () => {
      world.records += 1;
    },
    onLook: () => {
      world.looks += 1;
    },
    everyMs: 1000,
    now: machineClock.monotonicMs,
    cpuMs: () => world.cpuMs,
    signal: stop.signal,
    find: async ({ ownSessions, about }) => {
      world.about = about;
      world.asked.push(machineClock.monotonicMs());
      world.cpuMs += world.computeMs;
      if (world.askMs > 0) await new Promise((resolve) => setTimeout(resolve, world.askMs));
      const sessions = await ownSessions();
      if (world.look) return await world.look();
      if (!sessions) return { kind: 'unknown' };
      const here = new Set(sessions.map((each) => each.address));
      return {
        kind: 'known',
        addresses: [x, y].filter((each) => !here.has(each)),
        notKnown: [],
        isCut: false,
        memory: nothingRemembered,
      };
    },
  });
  return { watch, world, stop };
}

/** The same, with its clients known. */
async function startWithBoth() {
  const started = start();
  started.watch.request();
  await pass(2000);
  return started;
}

/** The same, when it has lost x. */
async function startWithout() {
  const started = await startWithBoth();
  started.world.sessions = [sessionOf(y)];
  started.watch.request();
  return started;
}

const counted = (watch: ReturnType<typeof start>['watch']) => watch.at().counted;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('the watch for lost clients', () => {
  it('asks nobody while all that it had are there, and looks once a second at most', async () => {
    const { watch, world } = await startWithBoth();
    expect(world.looks).toBe(1);
    for (let change = 0; change < 100; change += 1) {
      watch.request();
      await pass(100);
    }
    expect(world.looks).toBeLessThanOrEqual(12);
    expect(world.asked).toEqual([]);
    await pass(3_600_000);
    expect(world.looks).toBeLessThanOrEqual(13);
  });

  it('looks on by itself, often while the time of a client is about to begin, and seldom later', async () => {
    const { watch, world } = await startWithout();
    await pass(9000);
    expect(counted(watch)).toEqual([]);
    await pass(2000);
    expect(counted(watch)).toEqual([x]);
    expect(world.asked.length).toBeGreaterThanOrEqual(9);
    const before = world.asked.length;
    await pass(590_000);
    expect(world.asked.length - before).toBeLessThanOrEqual(60);
    expect(counted(watch)).toEqual([x]);
    await pass(10_000);
    expect(counted(watch)).toEqual([]);
  });

  it('sees at once that a client is back', async () => {
    const { watch, world } = await startWithout();
    await pass(20_000);
    expect(counted(watch)).toEqual([x]);
    world.sessions = [sessionOf(x), sessionOf(y)];
    watch.request();
    await pass(1000);
    expect(counted(watch)).toEqual([]);
  });

  it('looks often while a client is back whose routes are not', async () => {
    const { watch, world } = await startWithout();
    await pass(60_000);
    world.sessions = [sessionOf(x), sessionOf(y)];
    world.look = () =>
      Promise.resolve({ kind: 'known', addresses: [x], notKnown: [], isCut: false, memory: nothingRemembered });
    watch.request();
    await pass(5000);
    const before = world.asked.length;
    await pass(10_000);
    expect(world.asked.length - before).toBeGreaterThanOrEqual(9);
    expect(counted(watch)).toEqual([x]);
    world.look = undefined;
    await pass(1100);
    expect(counted(watch)).toEqual([]);
  });

  it.each([
    ['that answers slowly', 2000],
    ['that does not answer, of many', 30_000],
    ['that answers at once', 0],
  ])('waits for none %s: the next look is ten seconds later', async (_, askMs) => {
    const { world } = await startWithout();
    await pass(20_000);
    Object.assign(world, { askMs, computeMs: 3 });
    const before = world.asked.length;
    await pass(1_000_000);
    expect(world.asked.length - before).toBeGreaterThanOrEqual(Math.floor(1_000_000 / (askMs + 10_000)) - 2);
    expect(world.asked.length - before).toBeLessThanOrEqual(Math.ceil(1_000_000 / (askMs + 10_000)) + 1);
  });

  it('computes for a hundredth of its time where there are many to be asked', async () => {
    const { world } = await startWithout();
    await pass(20_000);
    Object.assign(world, { askMs: 4000, computeMs: 400 });
    const before = world.asked.length;
    await pass(2_000_000);
    expect((world.asked.length - before) * 400).toBeLessThanOrEqual((2_000_000 / 100) * 1.1);
    expect(world.asked.length - before).toBeGreaterThan(40);
  });

  it.each<[string, Partial<ReturnType<typeof start>['world']>]>([
    ['its own engine does not answer', { sessions: undefined }],
    ['nobody knows whether the session stands', { sessions: [sessionOf(x, { state: 'unknown' }), sessionOf(y)] }],
    [
      'nobody knows what the neighbor is',
      { sessions: [sessionOf(y)], passedOver: [{ neighbor: x, why: 'a key is odd' }] },
    ],
    ['it keeps the client out', { sessions: [sessionOf(x, { kind: 'evicted', state: 'shutdown' }), sessionOf(y)] }],
    ['it does not serve', { sessions: [], isWatching: false }],
    ['the key is 0', { sessions: [], limitMs: 0, isWatching: false }],
    ['the look tells nothing', { sessions: [], look: () => Promise.resolve({ kind: 'unknown' }) }],
  ])('counts nobody where %s', async (_, change) => {
    const { watch, world } = await startWithBoth();
    Object.assign(world, change);
    watch.request();
    await pass(60_000);
    expect(watch.at()).toEqual({ clients: [], counted: [], msLeft: 0 });
  });

  it.each([
    ['idle', true],
    ['active', true],
    ['shutdown', true],
    ['open-confirm', true],
    ['established', false],
  ] as const)('takes a client whose session is %s for gone: %s', async (state, isGone) => {
    const { watch, world } = await startWithBoth();
    world.sessions = [sessionOf(x, { state, kind: 'declared-client' }), sessionOf(y)];
    world.look = () =>
      Promise.resolve({ kind: 'known', addresses: [x], notKnown: [], isCut: false, memory: nothingRemembered });
    watch.request();
    await pass(12_000);
    expect(counted(watch)).toEqual(isGone ? [x] : []);
  });

  it('asks about all that it had, and about nobody else', async () => {
    const { world } = await startWithout();
    await pass(2000);
    expect(world.about).toEqual([x, y]);
  });

  it('takes who is not in a list that was cut for neither found nor gone', async () => {
    const { watch, world } = await startWithout();
    await pass(20_000);
    expect(counted(watch)).toEqual([x]);
    world.look = () =>
      Promise.resolve({ kind: 'known', addresses: [], notKnown: [], isCut: true, memory: nothingRemembered });
    await pass(60_000);
    expect(counted(watch)).toEqual([x]);
    world.look = () =>
      Promise.resolve({ kind: 'known', addresses: [], notKnown: [], isCut: false, memory: nothingRemembered });
    await pass(60_000);
    expect(counted(watch)).toEqual([]);
  });

  it('takes no look that began in another life of the engine', async () => {
    const { watch, world } = await startWithBoth();
    world.sessions = [sessionOf(y)];
    const answer = Promise.withResolvers<ClientsLook>();
    world.look = () => answer.promise;
    watch.request();
    await pass(2000);
    watch.forget();
    answer.resolve({ kind: 'known', addresses: [x], notKnown: [], isCut: false, memory: nothingRemembered });
    await pass(60_000);
    expect(watch.at().clients).toEqual([]);
  });

  it('ends with the agent', async () => {
    const { watch, world, stop } = await startWithBoth();
    world.sessions = [];
    watch.request();
    await pass(20_000);
    stop.abort();
    const before = world.asked.length;
    watch.request();
    await pass(3_600_000);
    expect(world.asked).toHaveLength(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});

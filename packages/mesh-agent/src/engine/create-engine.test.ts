import type { EngineChange, Eviction, RouteServerIntent } from '@meshrs/contract';
import { clientGroup, routeServer } from '@meshrs/contract/test-data';
import type { GuardFacts } from '@meshrs/mesh';
import { address, asn, asnRange } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { createEngine } from './create-engine.ts';
import { notDrained, type DrainAtEngine } from './drain-at-engine.ts';
import type { EngineSession } from './engine-connection.ts';
import type { Desired, DriverEvents, EngineDriver } from './engine-driver.ts';
import { EngineFailure, type EngineFailureCode } from './engine-failure.ts';
import type { EngineEvent } from './mesh-engine.ts';

const never = new AbortController().signal;
const anyRouterId = { routerIds: [] };
const minute = 60_000;
const intent = routeServer(1, { clientGroups: [clientGroup({ asns: [asnRange('65001-65010')] })] });
const client = address('192.168.1.1');
const oneChange: EngineChange = { kind: 'group-changed', group: 'G', resets: 'none' };

describe('the guard of an engine', () => {
  it('brings again what an earlier call could not bring, and nothing once it is there', async () => {
    const { engine, daemon } = start();
    daemon.failNextChange('engine-timeout');
    await expect(engine.apply(intent, never)).rejects.toMatchObject({ code: 'engine-timeout' });

    await engine.guard(anyRouterId, never);
    await engine.guard(anyRouterId, never);

    expect(daemon.desired.map(({ asked }) => asked?.intent)).toEqual([intent, intent]);
  });

  it('brings again an eviction that could not be brought', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    daemon.failNextChange('engine-lost');
    await expect(engine.guard(anyRouterId, never)).rejects.toMatchObject({ code: 'engine-lost' });
    daemon.peers = [];

    await engine.guard(anyRouterId, never);

    expect(daemon.desired.at(-1)?.evictions).toMatchObject([{ address: client, reason: 'as-not-allowed' }]);
    expect(daemon.desired).toHaveLength(3);
  });

  it('brings a drain again that could not be brought', async () => {
    const { engine, daemon } = start();
    daemon.failNextChange('command-rejected');
    await expect(engine.setDrain(() => ({ isGracefulShutdown: true }), never)).rejects.toMatchObject({
      code: 'command-rejected',
    });

    await engine.guard(anyRouterId, never);

    expect(daemon.desired.map(({ drain }) => drain.isGracefulShutdown)).toEqual([true, true]);
  });

  it('brings the file again that could not be written', async () => {
    const { engine, daemon } = start();
    daemon.failNextSave();
    await expect(engine.apply(intent, never)).rejects.toMatchObject({ code: 'config-not-written' });
    const saves = daemon.saves();

    await engine.apply(intent, never);

    expect(daemon.saves()).toBe(saves + 1);
  });

  it('does not count again what a client exceeded before its eviction', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.exceeds();
    daemon.exceeds();
    expect((await engine.guard(anyRouterId, never)).evicted).toMatchObject([{ reason: 'maximum-prefix-exceeded' }]);

    daemon.now += minute;
    expect(await engine.guard(anyRouterId, never)).toMatchObject({ evicted: [], expired: [{ address: client }] });
    expect(engine.evictions()).toEqual([]);
    expect(daemon.desired.at(-1)?.evictions).toEqual([]);

    daemon.exceeds();
    expect((await engine.guard(anyRouterId, never)).evicted).toEqual([]);
    daemon.exceeds();
    expect((await engine.guard(anyRouterId, never)).evicted).toMatchObject([{ count: 2 }]);
  });

  it('counts what a client exceeded where no eviction more was possible', async () => {
    const { engine, daemon } = start({ maximumEvictions: 1 });
    await engine.apply(intent, never);
    daemon.peers = [forbidden, { ...forbidden, address: address('192.168.1.2') }];

    const full = await engine.guard(anyRouterId, never);
    expect(full.evicted.map((one) => one.address)).toEqual([client]);
    expect(full.overCapacity).toEqual([{ address: '192.168.1.2', reason: 'as-not-allowed' }]);

    daemon.peers = daemon.peers.slice(1);
    expect((await engine.guard(anyRouterId, never)).overCapacity).toHaveLength(1);

    daemon.now += minute;
    const next = await engine.guard(anyRouterId, never);
    expect(next).toMatchObject({ evicted: [{ address: '192.168.1.2' }], expired: [{ address: client }] });
  });

  it('evicts nobody before the first apply, but lets go whose time is over', async () => {
    const { engine, daemon } = start({ evicted: [{ address: client }] });
    daemon.peers = [forbidden];
    await engine.connect(never);
    expect(engine.evictions()).toMatchObject([{ address: client, reason: 'taken-over', count: 1 }]);

    expect(await engine.guard(anyRouterId, never)).toEqual({ evicted: [], expired: [], overCapacity: [] });
    expect(daemon.desired).toEqual([]);
    daemon.now += minute;
    expect((await engine.guard(anyRouterId, never)).expired).toMatchObject([{ address: client }]);

    expect(daemon.desired).toMatchObject([{ asked: undefined, evictions: [] }]);
  });

  it('evicts nobody twice', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    await engine.guard(anyRouterId, never);

    expect((await engine.guard(anyRouterId, never)).evicted).toEqual([]);

    expect(daemon.desired).toHaveLength(2);
  });
});

describe('an engine', () => {
  it('goes on with evictions and drain of the agent before it, at its first connection alone', async () => {
    const { engine, daemon } = start({ evicted: [{ address: client }], drain: { isGracefulShutdown: true } });
    await engine.apply(intent, never);
    expect(daemon.desired).toMatchObject([{ evictions: [{ address: client }], drain: { isGracefulShutdown: true } }]);

    await engine.clearEvictions('all', never);
    await daemon.lose();
    await engine.apply(intent, never);

    expect(daemon.desired.at(-1)?.evictions).toEqual([]);
  });

  it('tells what was changed also by a call that fails, and saves it', async () => {
    const { engine, daemon, events } = start();
    daemon.failNextChange('command-rejected', [oneChange]);

    await expect(engine.apply(intent, never)).rejects.toMatchObject({ code: 'command-rejected' });

    expect(events).toContainEqual({ kind: 'changed', changes: [oneChange] });
    expect(daemon.saves()).toBe(1);
  });

  it('tells the failure that came first when the file cannot be written either', async () => {
    const { engine, daemon } = start();
    daemon.failNextChange('command-rejected');
    daemon.failNextSave();

    await expect(engine.apply(intent, never)).rejects.toMatchObject({ code: 'command-rejected' });
  });

  it('connects again after a loss, and tells a restart from a connection that was lost', async () => {
    const { engine, daemon, events } = start();
    await engine.connect(never);
    await daemon.lose();
    await engine.connect(never);
    await daemon.lose();
    daemon.life = 'second';
    await engine.connect(never);
    await daemon.lose();
    await engine.connect(never);

    expect(events.filter(({ kind }) => kind !== 'lost')).toEqual([
      { kind: 'connected', life: 'first', isRestart: false },
      { kind: 'connected', life: 'first', isRestart: false },
      { kind: 'connected', life: 'second', isRestart: true },
      { kind: 'connected', life: 'second', isRestart: false },
    ]);
  });

  it('tells of changes that were carried out unseen when it is connected again', async () => {
    const { engine, daemon, events } = start();
    await engine.connect(never);
    await daemon.lose();
    daemon.foundOnOpening = [oneChange];
    await engine.connect(never);

    expect(events.at(-1)).toEqual({ kind: 'changed', changes: [oneChange] });
  });

  it('does not tell of a session that it closes itself', async () => {
    const { engine, daemon, events } = start();
    await engine.connect(never);
    await engine.close();
    await daemon.lose();

    expect(events.map(({ kind }) => kind)).toEqual(['connected']);
    expect(daemon.isClosed()).toBe(true);
  });

  it('waits for a daemon that is starting, and for nothing else', async () => {
    const { engine, daemon } = start();
    daemon.failNextOpenings('engine-unreachable', 'engine-lost', 'engine-timeout');
    await engine.connect(never);
    await daemon.lose();

    daemon.failNextOpenings('answer-not-understood');
    await expect(engine.connect(never)).rejects.toMatchObject({ code: 'answer-not-understood' });
  });

  it('drops an eviction that means nothing where the intent is configured, and remembers it', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    await engine.guard(anyRouterId, never);
    daemon.holding = () => [];

    await engine.apply(intent, never);
    expect(engine.evictions()).toEqual([]);
    expect(daemon.desired.at(-1)?.evictions).toEqual([]);

    expect((await engine.guard(anyRouterId, never)).evicted).toMatchObject([{ count: 2 }]);
  });

  it('keeps the drain over an apply, one half and then the other', async () => {
    const { engine, daemon } = start();
    await engine.setDrain((now) => ({ ...now, isGracefulShutdown: true }), never);
    await engine.setDrain((now) => ({ ...now, closedWith: 'bye' }), never);
    await engine.apply(intent, never);

    expect(daemon.desired.map(({ drain }) => drain)).toEqual([
      { isGracefulShutdown: true },
      { isGracefulShutdown: true, closedWith: 'bye' },
      { isGracefulShutdown: true, closedWith: 'bye' },
    ]);
  });

  it('lets clients in again when the drain is taken back, and keeps that over an apply', async () => {
    const { engine, daemon } = start({ drain: { isGracefulShutdown: true, closedWith: 'bye' } });
    await engine.connect(never);
    await engine.setDrain(() => notDrained, never);
    await engine.apply(intent, never);

    expect(daemon.desired.map(({ drain }) => drain)).toEqual([notDrained, notDrained]);
  });

  it('does not drain a daemon that took the place of the one that was to be drained', async () => {
    const { engine, daemon } = start();
    await engine.setDrain(() => ({ isGracefulShutdown: true }), never);
    await daemon.lose();
    await engine.apply(intent, never);
    expect(daemon.desired.at(-1)?.drain).toEqual({ isGracefulShutdown: true });
    await daemon.lose();
    daemon.life = 'second';
    await engine.apply(intent, never);
    expect(daemon.desired.at(-1)?.drain).toEqual(notDrained);
  });
});

const forbidden: GuardFacts['peers'][number] = {
  address: client,
  isDynamic: true,
  remoteAsn: asn(64999),
  state: 'established',
};

interface RunningBefore {
  readonly evicted?: readonly Pick<Eviction, 'address'>[];
  readonly drain?: DrainAtEngine;
}

/** An engine whose daemon is in memory: what it shall run is kept, and the next calls can be made to fail. */
function start(options: RunningBefore & { readonly maximumEvictions?: number } = {}) {
  const { driver, daemon, hear } = daemonInMemory(options);
  const engine = createEngine<EngineSession, RouteServerIntent>(
    (heard) => {
      hear(heard);
      return driver;
    },
    { now: () => daemon.now, maximumEvictions: options.maximumEvictions ?? 1000 },
  );
  const events: EngineEvent[] = [];
  engine.subscribe((event) => events.push(event));
  return { engine, daemon, events };
}

function daemonInMemory({ evicted = [], drain = notDrained }: RunningBefore) {
  let events: DriverEvents | undefined;
  let ended = Promise.withResolvers<EngineFailure>();
  let nextChange: { readonly failure: EngineFailure; readonly changes: readonly EngineChange[] } | undefined;
  let isSaveFailing = false;
  let saves = 0;
  let isClosed = false;
  const openings: EngineFailureCode[] = [];
  const desired: Desired<RouteServerIntent>[] = [];
  const daemon = {
    now: 0,
    peers: [] as GuardFacts['peers'],
    life: 'first',
    holding: (evictions: readonly Eviction[]) => evictions,
    foundOnOpening: [] as readonly EngineChange[],
    desired,
    saves: () => saves,
    isClosed: () => isClosed,
    exceeds: () => events?.onMaximumPrefixExceeded(client),
    lose: async () => {
      ended.resolve(failure('engine-lost'));
      await Promise.resolve();
      await Promise.resolve();
    },
    failNextChange: (code: EngineFailureCode, changes: readonly EngineChange[] = []) => {
      nextChange = { failure: failure(code), changes };
    },
    failNextSave: () => {
      isSaveFailing = true;
    },
    failNextOpenings: (...codes: readonly EngineFailureCode[]) => openings.push(...codes),
  };
  const driver: EngineDriver<EngineSession, RouteServerIntent> = {
    engine: 'frr',
    open: async () => {
      await Promise.resolve();
      const refused = openings.shift();
      if (refused) throw failure(refused);
      ended = Promise.withResolvers();
      const session = {
        ended: ended.promise,
        close: () => {
          isClosed = true;
        },
      };
      const changes = daemon.foundOnOpening;
      daemon.foundOnOpening = [];
      return { session, life: daemon.life, changes };
    },
    additionsThatRun: () => ({ evicted, drain }),
    render: (asked) => asked,
    evictionsThatHold: (_, evictions) => daemon.holding(evictions),
    change: async (_, wanted) => {
      await Promise.resolve();
      desired.push(wanted);
      const failing = nextChange;
      nextChange = undefined;
      return { changes: [], commandCount: 0, ...failing };
    },
    save: async () => {
      await Promise.resolve();
      saves += 1;
      if (!isSaveFailing) return;
      isSaveFailing = false;
      throw failure('config-not-written');
    },
    observe: () => expect.unreachable('no test observes'),
    guardFacts: async (_, { clientGroups }) => {
      await Promise.resolve();
      const ranges = clientGroups.flatMap(({ name, prefixes }) => prefixes.map((prefix) => ({ prefix, group: name })));
      return { router: { ranges, neighbors: [] }, peers: daemon.peers, routerIds: new Map() };
    },
    close: () => Promise.resolve(),
  };
  return {
    driver,
    daemon,
    hear: (heard: DriverEvents) => {
      events = heard;
    },
  };
}

function failure(code: EngineFailureCode): EngineFailure {
  return new EngineFailure(`The daemon in memory: ${code}.`, { code, engine: 'frr', operation: 'x', retryable: true });
}

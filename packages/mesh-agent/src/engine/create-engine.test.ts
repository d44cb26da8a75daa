import type { EngineChange, RouteServerIntent } from '@meshrs/contract';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import type { ClientsThatRun, GuardFacts, Offender, Pin, RangeTable } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import { address, asn, asnRange } from '@meshrs/network/test-data';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { rangesOf } from './ranges-to-run.test-data.ts';
import { createEngine } from './create-engine.ts';
import { notDrained, type DrainAtEngine } from './drain-at-engine.ts';
import type { EngineSession } from './engine-connection.ts';
import type { Desired, DriverEvents, EngineDriver, SessionEnd } from './engine-driver.ts';
import { EngineFailure, type EngineFailureCode } from './engine-failure.ts';
import type { EngineEvent, Withholding } from './mesh-engine.ts';

const never = new AbortController().signal;
const anyRouterId = { routerIds: [] };
const minute = 60_000;
const hour = 60 * minute;
const intent = routeServer(1, { clientGroups: [clientGroup({ asns: [asnRange('65001-65010')] })] });
const limited = routeServer(1, {
  clientGroups: [clientGroup({ asns: [asnRange('65001-65010')], maximumPrefixes: 50 })],
});
const client = address('192.168.1.1');
const neighbor = address('10.42.0.1');
const forbidden: GuardFacts['peers'][number] = {
  address: client,
  remoteAsn: asn(64999),
  state: 'established',
};
const allowed: GuardFacts['peers'][number] = { ...forbidden, remoteAsn: asn(65001) };
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

    // A statement that was rejected is likely to be rejected again.
    daemon.now += 9999;
    await engine.guard(anyRouterId, never);
    expect(daemon.desired).toHaveLength(1);
    daemon.now += 1;
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

  it('tells once whom the daemon holds down, declared and pinned, and takes the declared one again when it is told to', async () => {
    const { engine, daemon } = start();
    const leaf = address('192.168.1.9');
    const withLeaf = routeServer(1, {
      clientGroups: [clientGroup({ maximumPrefixes: 50, neighbors: [declared('leaf', leaf, 65001, 7)] })],
    });
    await engine.apply(withLeaf, never);
    daemon.closes(client);
    daemon.closes(client);
    await engine.guard(anyRouterId, never);
    const heldDown = [client, leaf].map((at) => ({ address: at, state: 'idle', isOverLimit: true }) as const);
    daemon.peers = heldDown;
    daemon.now += 1000;
    const since = daemon.now;
    expect(await engine.guard(anyRouterId, never)).toMatchObject({
      held: [
        { address: client, group: 'MESHRR-CLIENTS', maximumPrefixes: 50, sinceMs: since },
        { address: leaf, group: 'MESHRR-CLIENTS', name: 'leaf', maximumPrefixes: 7, sinceMs: since },
      ],
      released: [],
    });
    daemon.now += 1000;
    expect(await engine.guard(anyRouterId, never)).toMatchObject({ held: [], released: [] });
    expect(engine.held()).toMatchObject([
      { address: client, sinceMs: since },
      { address: leaf, sinceMs: since },
    ]);

    expect(await engine.clearEvictions(leaf, never)).toMatchObject({ unpinned: [], released: [{ name: 'leaf' }] });
    expect(daemon.takenAgain).toEqual([leaf]);
    daemon.peers = heldDown.slice(0, 1);
    expect(await engine.guard(anyRouterId, never)).toMatchObject({ held: [], released: [] });
    // A pinned one is let go.
    expect(await engine.clearEvictions('all', never)).toMatchObject({ unpinned: [{ address: client }], released: [] });
    expect(daemon.takenAgain).toEqual([leaf]);
    expect(engine.held()).toEqual([]);
  });

  it('clears also a held client that no look has told of, and tells when a hold ends by itself', async () => {
    const { engine, daemon } = start();
    const leaf = address('192.168.1.9');
    await engine.apply(
      routeServer(1, { clientGroups: [clientGroup({ neighbors: [declared('leaf', leaf, 65001, 7)] })] }),
      never,
    );
    daemon.peers = [{ address: leaf, state: 'idle', isOverLimit: true }];
    expect((await engine.clearEvictions('all', never)).released).toMatchObject([{ address: leaf }]);
    expect(daemon.takenAgain).toEqual([leaf]);
    expect((await engine.clearEvictions(client, never)).released).toEqual([]);

    expect((await engine.guard(anyRouterId, never)).held).toMatchObject([{ address: leaf }]);
    daemon.peers = [{ address: leaf, state: 'established' }];
    expect((await engine.guard(anyRouterId, never)).released).toMatchObject([{ address: leaf, name: 'leaf' }]);
    expect(engine.held()).toEqual([]);
  });

  it('pins a client that the daemon closed twice, while it is down, and lets it go when it behaves', async () => {
    const { engine, daemon } = start();
    await engine.apply(limited, never);
    daemon.closes(client);
    expect((await engine.guard(anyRouterId, never)).pinned).toEqual([]);
    daemon.closes(client);
    daemon.peers = [allowed];
    expect((await engine.guard(anyRouterId, never)).pinned).toEqual([]);
    daemon.peers = [];
    expect((await engine.guard(anyRouterId, never)).pinned).toMatchObject([{ address: client }]);
    expect(daemon.desired.at(-1)?.pins).toMatchObject([{ address: client, group: 'MESHRR-CLIENTS' }]);
    expect(engine.pins()).toMatchObject([{ address: client, standing: 'down' }]);

    daemon.peers = [{ address: client, state: 'idle', isOverLimit: true }];
    await engine.guard(anyRouterId, never);
    expect(engine.pins()).toMatchObject([{ standing: 'held' }]);
    daemon.peers = [allowed];
    daemon.now += 3 * hour;
    await engine.guard(anyRouterId, never);
    expect(engine.pins()).toMatchObject([{ standing: 'up' }]);
    daemon.peers = [{ address: client, state: 'active' }];
    expect((await engine.guard(anyRouterId, never)).unpinned).toMatchObject([{ address: client }]);
    expect(daemon.desired.at(-1)?.pins).toEqual([]);
    expect(daemon.desired.flatMap(({ evictions }) => evictions)).toEqual([]);
  });

  it('ends connections that hold a scarce place, if the daemon says that they are no session, and tells whose', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    const crowd = [1, 2, 3, 4, 5].map((last) => address(`192.168.1.${String(last)}`));
    daemon.range = {
      neighbors: crowd.map((at) => ({ address: at, state: 'open-sent', receivedMessages: 0 })),
      limit: 10,
    };
    daemon.becomesEstablished.add(address('192.168.1.2'));

    const first = await engine.guard(anyRouterId, never);
    expect(first.range).toEqual({ count: 5, established: 0, limit: 10, waiting: 5, cleared: [] });
    daemon.now += 20_000;
    const second = await engine.guard(anyRouterId, never);

    expect(daemon.askedToEnd).toEqual(crowd);
    expect(second.range?.cleared).toEqual(crowd.filter((at) => at !== '192.168.1.2'));
  });

  it('gives the connections to another process of the daemon their time', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.range = { neighbors: [{ address: client, state: 'open-sent', receivedMessages: 0 }], limit: 1 };
    await engine.guard(anyRouterId, never);
    daemon.now += minute;
    daemon.life = 'second';
    await daemon.lose();

    expect((await engine.guard(anyRouterId, never)).range?.cleared).toEqual([]);
    daemon.now += 10_000;
    expect((await engine.guard(anyRouterId, never)).range?.cleared).toEqual([client]);
  });

  it('takes it for nothing when a peer ends its session, or nobody knows who did', async () => {
    const { engine, daemon } = start();
    await engine.apply(limited, never);
    for (const by of ['peer', 'unknown', 'peer', 'unknown'] as const) daemon.closes(client, by);

    expect(await engine.guard(anyRouterId, never)).toMatchObject({ pinned: [], evicted: [] });
    expect(daemon.desired).toHaveLength(1);
  });

  it('counts no closing that comes of an eviction or of a change of its own', async () => {
    const { engine, daemon } = start();
    await engine.apply(limited, never);
    daemon.peers = [forbidden];
    daemon.closes(client);
    await engine.guard(anyRouterId, never);
    daemon.closes(client);
    daemon.now += minute;
    daemon.peers = [];
    expect((await engine.guard(anyRouterId, never)).ended).toMatchObject([{ address: client, why: 'expired' }]);
    daemon.closes(client);
    expect((await engine.guard(anyRouterId, never)).pinned).toEqual([]);

    const other = address('192.168.1.2');
    daemon.closes(other);
    daemon.changesNext = [{ kind: 'group-changed', group: 'MESHRR-CLIENTS', resets: 'group' }];
    await engine.apply(limited, never);
    daemon.closes(other);
    expect((await engine.guard(anyRouterId, never)).pinned).toEqual([]);
  });

  it('lets go of a pin that the daemon refuses, so that all else is done', async () => {
    const { engine, daemon } = start();
    await engine.apply(limited, never);
    daemon.closes(client);
    daemon.closes(client);
    daemon.failNextChange('command-rejected');
    expect(await engine.guard(anyRouterId, never)).toMatchObject({
      pinned: [],
      rejected: { code: 'command-rejected' },
    });
    expect(engine.pins()).toEqual([]);

    daemon.now += 10_000;
    await engine.guard(anyRouterId, never);
    expect(daemon.desired.at(-1)?.pins).toEqual([]);
  });

  it('keeps a pin that it could not tell the daemon of, and tells of it later', async () => {
    const { engine, daemon } = start();
    await engine.apply(limited, never);
    daemon.closes(client);
    daemon.closes(client);
    daemon.failNextChange('engine-timeout');
    await expect(engine.guard(anyRouterId, never)).rejects.toMatchObject({ code: 'engine-timeout' });

    await engine.guard(anyRouterId, never);
    expect(daemon.desired.at(-1)?.pins).toMatchObject([{ address: client }]);
  });

  it('ends an eviction at the apply that allows the AS, and tells of it at the next look', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    await engine.guard(anyRouterId, never);
    daemon.peers = [];

    await engine.apply(routeServer(1, { clientGroups: [clientGroup({ asns: [asnRange('64999')] })] }), never);
    expect(engine.evictions()).toEqual([]);
    expect(daemon.desired.at(-1)?.evictions).toEqual([]);
    expect((await engine.guard(anyRouterId, never)).ended).toMatchObject([{ address: client, why: 'allowed' }]);
    expect((await engine.guard(anyRouterId, never)).ended).toEqual([]);

    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    expect((await engine.guard(anyRouterId, never)).evicted).toMatchObject([{ count: 1 }]);
  });

  it('ends an eviction at the look, or the apply, that knows the router-id', async () => {
    for (const way of ['guard', 'apply'] as const) {
      const { engine, daemon } = start();
      const meshed = routeServer(1, { meshGroups: [meshGroup([neighbor])] });
      await engine.apply(meshed, never);
      daemon.peers = [{ address: neighbor, state: 'established' }];
      daemon.routerIds = new Map([[neighbor, address('192.168.255.9')]]);
      const [before, after] = [['192.168.255.2'], ['192.168.255.2', '192.168.255.9']].map((ids) => ({
        routerIds: ids.map(address),
      }));
      if (!before || !after) return expect.unreachable('there are two');
      expect((await engine.guard(before, never)).evicted).toMatchObject([{ reason: 'router-id-unknown' }]);
      // The same settings let nobody in.
      await engine.apply(meshed, never);
      expect(engine.evictions()).toHaveLength(1);

      if (way === 'apply') await engine.apply(meshed, never, after);
      else await engine.guard(after, never);
      expect(engine.evictions()).toEqual([]);
      expect(daemon.desired.at(-1)?.evictions).toEqual([]);
    }
  });

  it('brings an end that it could not bring, also when the daemon did not answer its question', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    await engine.guard(anyRouterId, never);
    daemon.peers = [];
    daemon.now += minute;
    daemon.failNextQuestion();
    await expect(engine.guard(anyRouterId, never)).rejects.toMatchObject({ code: 'engine-timeout' });

    expect((await engine.guard(anyRouterId, never)).ended).toMatchObject([{ address: client, why: 'expired' }]);
    expect(daemon.desired.at(-1)?.evictions).toEqual([]);
  });

  it('reviews what an agent before it left like all else, as soon as it knows what is wanted', async () => {
    const evicted = [
      { address: client, remoteAsn: asn(65001) },
      { address: address('192.168.1.2'), remoteAsn: asn(64999) },
      { address: address('192.168.1.3') },
    ];
    const { engine, daemon } = start({
      evicted,
      pinned: [{ address: address('192.168.1.4'), group: 'MESHRR-CLIENTS' }],
    });
    await engine.connect(never);
    expect(engine.evictions()).toHaveLength(3);

    await engine.apply(limited, never);
    expect(engine.evictions()).toMatchObject([{ address: '192.168.1.2', reason: 'taken-over' }]);
    expect(daemon.desired).toMatchObject([
      { evictions: [{ address: '192.168.1.2' }], pins: [{ address: '192.168.1.4', group: 'MESHRR-CLIENTS' }] },
    ]);
    await engine.apply(routeServer(1, { clientGroups: [] }), never);
    expect(daemon.desired.at(-1)).toMatchObject({ evictions: [], pins: [] });
  });

  it('goes on as if the agent before it had not died, with its record', async () => {
    const before = start();
    await before.engine.apply(limited, never);
    before.daemon.now = 1000;
    before.daemon.peers = [forbidden];
    await before.engine.guard(anyRouterId, never);
    for (let time = 0; time < 2; time++) before.daemon.closes(address('192.168.1.2'));
    await before.engine.guard(anyRouterId, never);
    const entries: unknown = JSON.parse(JSON.stringify(before.engine.guardRecord()));

    const { engine, daemon } = start({
      evicted: [{ address: client, remoteAsn: asn(64999) }],
      pinned: [{ address: address('192.168.1.2'), group: 'MESHRR-CLIENTS' }],
    });
    daemon.now = 31_000;
    await engine.connect(never);
    expect(engine.restoreGuardRecord([{ kind: 'eviction' }])).toBe(false);
    expect(engine.evictions()).toMatchObject([{ reason: 'taken-over', until: 31_000 + minute }]);
    expect(engine.restoreGuardRecord(entries)).toBe(true);

    expect(engine.evictions()).toEqual(before.engine.evictions());
    expect(engine.pins()).toEqual(before.engine.pins());
    await engine.apply(limited, never);
    expect((await engine.guard(anyRouterId, never)).ended).toEqual([]);
    daemon.now = 61_000;
    expect((await engine.guard(anyRouterId, never)).ended).toMatchObject([
      { address: client, why: 'expired', count: 1 },
    ]);
    daemon.peers = [forbidden];
    expect((await engine.guard(anyRouterId, never)).evicted).toMatchObject([{ count: 2 }]);
    // An eviction that has ended is part of what the next agent knows.
    await engine.apply(routeServer(1, { clientGroups: [] }), never);
    expect(engine.guardRecord()).toEqual([]);
  });

  it('lets a pinned client go at once when it is cleared and down, and later when it is up', async () => {
    const pinned = [client, address('192.168.1.2')].map((at) => ({ address: at, group: 'MESHRR-CLIENTS' }));
    const { engine, daemon } = start({ pinned });
    await engine.apply(limited, never);
    daemon.peers = [allowed, { address: address('192.168.1.2'), state: 'idle', isOverLimit: true }];

    expect(await engine.clearEvictions('all', never)).toMatchObject({
      evictions: [],
      unpinned: [{ address: '192.168.1.2' }],
      leaving: [{ address: client, isLeaving: true }],
    });
    expect(daemon.desired.at(-1)?.pins).toMatchObject([{ address: client }]);
    daemon.peers = [{ address: client, state: 'active' }];
    expect((await engine.guard(anyRouterId, never)).unpinned).toMatchObject([{ address: client }]);
  });

  it('clears nothing for who has given up meanwhile, before its turn or while the daemon is silent', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    await engine.guard(anyRouterId, never);
    const givenUp = new AbortController();
    const clearing = engine.clearEvictions('all', never, givenUp.signal);
    givenUp.abort();
    await expect(clearing).rejects.toMatchObject({ code: 'aborted' });
    await expect(engine.clearEvictions('all', never, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    expect(engine.evictions()).toMatchObject([{ address: client }]);
    expect(daemon.desired.at(-1)?.evictions).toMatchObject([{ address: client }]);
    expect((await engine.clearEvictions('all', never)).evictions).toMatchObject([{ address: client }]);
  });

  it('tells who is not pinned because there is no room', async () => {
    const { engine, daemon } = start({ maximumPins: 1 });
    await engine.apply(limited, never);
    for (const at of [client, address('192.168.1.2')]) for (let time = 0; time < 2; time++) daemon.closes(at);

    const { pinned, overCapacity } = await engine.guard(anyRouterId, never);
    expect(pinned).toHaveLength(1);
    expect(overCapacity).toEqual([{ address: '192.168.1.2', reason: 'closed-repeatedly' }]);
  });

  it('evicts later whom it could not evict for want of room', async () => {
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
    expect(next).toMatchObject({ evicted: [{ address: '192.168.1.2' }], ended: [{ address: client }] });
  });

  it('evicts nobody before the first apply, but lets go whose time is over', async () => {
    const { engine, daemon } = start({ evicted: [{ address: client }] });
    daemon.peers = [forbidden];
    await engine.connect(never);
    expect(engine.evictions()).toMatchObject([{ address: client, reason: 'taken-over', count: 1 }]);

    expect(await engine.guard(anyRouterId, never)).toMatchObject({ evicted: [], ended: [], overCapacity: [] });
    expect(daemon.desired).toEqual([]);
    daemon.now += minute;
    expect((await engine.guard(anyRouterId, never)).ended).toMatchObject([{ address: client, why: 'expired' }]);

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

describe('an eviction', () => {
  const told = { address: client, reason: 'as-not-allowed' };

  it('that the daemon rejects is not in force, and is told when it is', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    daemon.failNextChange('command-rejected');
    expect(await engine.guard(anyRouterId, never)).toMatchObject({
      evicted: [],
      rejected: { code: 'command-rejected' },
    });
    expect(engine.evictions()).toEqual([]);
    // It is decided: an agent after this one goes on with it.
    expect(engine.guardRecord()).toMatchObject([{ kind: 'eviction', ...told }]);

    daemon.now += 9999;
    expect((await engine.guard(anyRouterId, never)).evicted).toEqual([]);
    daemon.now += 1;
    expect((await engine.guard(anyRouterId, never)).evicted).toMatchObject([told]);
    expect(engine.evictions()).toMatchObject([told]);
    expect((await engine.guard(anyRouterId, never)).evicted).toEqual([]);
  });

  it('that is left out with something else is not in force, and is tried again after a pause', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    daemon.leaveOut(client);
    expect((await engine.guard(anyRouterId, never)).evicted).toEqual([]);
    expect(engine.evictions()).toEqual([]);
    const tried = daemon.desired.length;
    daemon.now += 9999;
    await engine.guard(anyRouterId, never);
    expect(daemon.desired).toHaveLength(tried);
    daemon.now += 1;
    expect((await engine.guard(anyRouterId, never)).evicted).toEqual([]);
    expect(daemon.desired).toHaveLength(tried + 1);

    daemon.leaveOut();
    daemon.now += 10_000;
    expect((await engine.guard(anyRouterId, never)).evicted).toMatchObject([told]);
    daemon.now += 60_000;
    await engine.guard(anyRouterId, never);
    expect(daemon.desired).toHaveLength(tried + 3);
  });

  it('that has never been in force ends without a word', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    daemon.leaveOut(client);
    await engine.guard(anyRouterId, never);
    daemon.peers = [];
    daemon.now += minute;
    expect(await engine.guard(anyRouterId, never)).toMatchObject({ evicted: [], ended: [] });
    expect(engine.evictions()).toEqual([]);
  });

  it('is in force until the daemon lets the address in again, and has ended then', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    await engine.guard(anyRouterId, never);
    daemon.peers = [];
    daemon.now += minute;
    daemon.failNextChange('command-rejected');
    expect((await engine.guard(anyRouterId, never)).ended).toEqual([]);
    expect(engine.evictions()).toMatchObject([told]);
    // Whoever ends it anew tells of it, and nobody else.
    daemon.failNextChange('command-rejected');
    expect((await engine.clearEvictions('all', never)).evictions).toEqual([]);

    daemon.now += 10_000;
    expect((await engine.guard(anyRouterId, never)).ended).toMatchObject([{ ...told, why: 'expired' }]);
    expect(engine.evictions()).toEqual([]);
    expect((await engine.guard(anyRouterId, never)).ended).toEqual([]);
  });

  it('is not in force in a process of the daemon that does not have it yet', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    await engine.guard(anyRouterId, never);
    daemon.startsWith({ evicted: [] });
    daemon.life = 'second';
    await daemon.lose();
    await engine.connect(never);
    expect(engine.evictions()).toEqual([]);
    await engine.apply(intent, never);
    expect(engine.evictions()).toMatchObject([told]);
    // It was told when it began.
    expect((await engine.guard(anyRouterId, never)).evicted).toEqual([]);
  });
});

describe('the end of an apply', () => {
  it.each(['well', 'by a failure'])('is told to whoever lets changes go: %s', async (how) => {
    const { engine, daemon } = start();
    const told: string[] = [];
    const note = (word: string) => () => void told.push(word);
    const withholding = { begin: note('begin'), mayEnd: () => true, onDecided: note('decided'), onEnd: note('end') };
    if (how === 'by a failure') daemon.failNextChange('command-rejected');
    await engine.apply(intent, never, undefined, withholding).catch(() => undefined);
    expect([told[0], told.at(-1), told.filter((word) => word === 'end').length]).toEqual(['begin', 'end', 1]);
  });
});

describe('settings that evict', () => {
  const other = address('192.168.1.2');
  const up = [allowed, { ...allowed, address: other }];
  const narrow = routeServer(1, { clientGroups: [clientGroup({ asns: [asnRange('65002-65010')] })] });

  it('ask about no client for which there is no room, tell it as that, and ask when there is', async () => {
    const { engine, daemon } = start({ maximumEvictions: 1 });
    await engine.apply(intent, never);
    daemon.peers = up;
    const first = asking(true);
    await engine.apply(narrow, never, anyRouterId, first.withholding);
    expect(first).toMatchObject({ asked: [client], told: [] });
    const full = await engine.guard(anyRouterId, never);
    expect(full).toMatchObject({
      ...{ evicted: [{ address: client }], hasRoomAgain: false },
      overCapacity: [{ address: other, reason: 'as-not-allowed' }],
    });
    daemon.peers = up.slice(1);
    expect(await engine.guard(anyRouterId, never)).toMatchObject({ overCapacity: full.overCapacity });

    daemon.now += hour;
    expect(await engine.guard(anyRouterId, never)).toMatchObject({
      ...{ evicted: [], ended: [{ address: client }], hasRoomAgain: true },
    });
    const waiting = asking(false);
    await engine.apply(narrow, never, anyRouterId, waiting.withholding);
    expect(waiting).toMatchObject({ asked: [other], told: [other] });
    expect(await engine.guard(anyRouterId, never)).toMatchObject({
      evicted: [],
      overCapacity: [],
      hasRoomAgain: false,
    });
    await engine.apply(narrow, never, anyRouterId, asking(true).withholding);
    expect(await engine.guard(anyRouterId, never)).toMatchObject({ evicted: [{ address: other }], overCapacity: [] });
  });

  it('ask about a client that has come by a range which was to go to another group, and still ran', async () => {
    const { engine, daemon } = start();
    const elsewhere = routeServer(1, { clientGroups: [clientGroup({ name: 'OTHER', asns: [asnRange('65002')] })] });
    await engine.apply(intent, never, anyRouterId, asking(true).withholding);
    daemon.withholdNext(intent);
    await engine.apply(elsewhere, never, anyRouterId, asking(false).withholding);
    daemon.peers = [{ ...allowed, uptimeSeconds: 1 }];
    expect((await engine.guard(anyRouterId, never)).evicted).toEqual([]);
    const asked = asking(false);
    await engine.apply(narrow, never, anyRouterId, asked.withholding);
    expect(asked).toMatchObject({ asked: [client], told: [client] });
    expect((await engine.guard(anyRouterId, never)).evicted).toEqual([]);
  });

  it.each([
    ['runs', [], [client]],
    ['is left out', [client], []],
  ])('are in the record as soon as the eviction %s, whenever the agent dies', async (_, leftOut, kept) => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = up.slice(0, 1);
    daemon.leaveOut(...leftOut);
    daemon.changesNext = [oneChange];
    const records: unknown[] = [];
    engine.subscribe(({ kind }) => {
      if (kind === 'changed') records.push(engine.guardRecord().map((entry) => entry['address']));
    });
    await engine.apply(narrow, never, anyRouterId, asking(true).withholding);
    expect(records).toEqual([kept]);
  });

  /** Who is asked about, and told as one that waits. */
  function asking(may: boolean) {
    const asked: IpAddress[] = [];
    const told: IpAddress[] = [];
    const withholding: Withholding = {
      begin: () => undefined,
      mayEnd: ({ clients }) => {
        asked.push(...clients);
        return may;
      },
      onDecided: (pending) => {
        told.push(...pending.flatMap(({ clients }) => clients));
      },
      onEnd: () => undefined,
    };
    return { asked, told, withholding };
  }
});

describe('what is left out', () => {
  const oneLeft = [client];

  it('is told with what nobody was asked about, and once when it is nothing any more', async () => {
    const { engine, daemon, events } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    daemon.leaveOut(client);
    await engine.guard(anyRouterId, never);
    const withholding = {
      begin: () => undefined,
      mayEnd: () => true,
      onDecided: () => undefined,
      onEnd: () => undefined,
    };
    await engine.apply(intent, never, undefined, withholding);
    daemon.leaveOut();
    await engine.apply(intent, never);
    await engine.apply(intent, never);
    const left = events.filter((event) => event.kind === 'left-out');
    expect(left.map((event) => [event.left.flatMap(({ clients }) => clients), event.unasked.length])).toEqual([
      [oneLeft, 1],
      [oneLeft, 0],
      [[], 0],
    ]);
    expect(left.every(({ isWhole }) => isWhole)).toBe(true);
  });

  it('is not known as a whole by a call that fails', async () => {
    const { engine, daemon, events } = start();
    daemon.leaveOut(client);
    daemon.failNextChange('command-rejected');
    await engine.apply(intent, never).catch(() => undefined);
    expect(events.filter(({ kind }) => kind === 'left-out')).toEqual([]);
  });
});

describe('an engine', () => {
  it('goes on with evictions and drain of the agent before it, at its first connection alone', async () => {
    const { engine, daemon } = start({
      evicted: [{ address: client, remoteAsn: asn(64999) }],
      drain: { isGracefulShutdown: true },
    });
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

describe('a statement that the daemon rejects', () => {
  it('does not keep a drain from being done, nor from being taken back', async () => {
    const { engine, daemon } = start();
    for (const isGracefulShutdown of [true, false]) {
      daemon.rejectOther();
      await engine.setDrain(() => ({ isGracefulShutdown }), never);
      expect(daemon.desired.at(-1)?.drain).toEqual({ isGracefulShutdown });
    }
    daemon.failNextChange('engine-timeout');
    await expect(engine.setDrain(() => notDrained, never)).rejects.toMatchObject({ code: 'engine-timeout' });
  });

  it('does not keep the guard from telling whom it evicted, and from pinning', async () => {
    const { engine, daemon } = start();
    await engine.apply(limited, never);
    daemon.peers = [forbidden];
    daemon.rejectOther();
    const looked = await engine.guard(anyRouterId, never);
    expect(looked).toMatchObject({ evicted: [{ address: client }], rejected: { code: 'command-rejected' } });

    daemon.peers = [];
    const other = address('192.168.1.2');
    daemon.closes(other);
    daemon.closes(other);
    daemon.now += 9999;
    daemon.rejectOther();
    const next = await engine.guard(anyRouterId, never);
    expect(next).toMatchObject({ pinned: [{ address: other }], rejected: { code: 'command-rejected' } });
    expect(engine.pins()).toMatchObject([{ address: other }]);
    expect((await engine.guard(anyRouterId, never)).rejected).toBeUndefined();
  });

  it('does not keep an operator from clearing, unless it is of the one that is cleared', async () => {
    const { engine, daemon } = start();
    await engine.apply(intent, never);
    daemon.peers = [forbidden];
    await engine.guard(anyRouterId, never);
    daemon.peers = [];
    daemon.failNextChange('command-rejected');
    await expect(engine.clearEvictions(client, never)).rejects.toMatchObject({ code: 'command-rejected' });

    daemon.peers = [forbidden];
    await engine.guard(anyRouterId, never);
    daemon.rejectOther();
    expect((await engine.clearEvictions('all', never)).evictions).toMatchObject([{ address: client }]);
  });
});

interface RunningBefore {
  readonly evicted?: readonly Omit<Offender, 'reason'>[];
  readonly pinned?: readonly Pick<Pin, 'address' | 'group'>[];
  readonly drain?: DrainAtEngine;
}

/** An engine whose daemon is in memory: what it shall run is kept, and the next calls can be made to fail. */
function start(options: RunningBefore & { readonly maximumEvictions?: number; readonly maximumPins?: number } = {}) {
  const { driver, daemon, hear } = daemonInMemory(options);
  const engine = createEngine<EngineSession, RouteServerIntent>(
    (heard) => {
      hear(heard);
      return driver;
    },
    {
      now: () => daemon.now,
      maximumEvictions: options.maximumEvictions ?? 1000,
      maximumPins: options.maximumPins ?? 1000,
    },
  );
  const events: EngineEvent[] = [];
  engine.subscribe((event) => events.push(event));
  return { engine, daemon, events };
}

function daemonInMemory({ evicted = [], pinned = [], drain = notDrained }: RunningBefore) {
  let events: DriverEvents | undefined;
  let ended = Promise.withResolvers<EngineFailure>();
  let nextChange: { readonly failure: EngineFailure; readonly changes: readonly EngineChange[] } | undefined;
  let isRestBrought = false;
  let runs: ReturnType<EngineDriver<EngineSession, RouteServerIntent>['additionsThatRun']> = { evicted, pinned, drain };
  let isSaveFailing = false;
  let isQuestionFailing = false;
  let leftOut: readonly IpAddress[] = [];
  let withheldAs: RouteServerIntent | undefined;
  let saves = 0;
  let isClosed = false;
  const openings: EngineFailureCode[] = [];
  const desired: Desired<RouteServerIntent>[] = [];
  const daemon = {
    now: 0,
    peers: [] as GuardFacts['peers'],
    life: 'first',
    takenAgain: [] as IpAddress[],
    routerIds: new Map() as GuardFacts['routerIds'],
    range: { neighbors: [], limit: 10 } as RangeTable,
    askedToEnd: [] as IpAddress[],
    becomesEstablished: new Set<IpAddress>(),
    changesNext: [] as readonly EngineChange[],
    foundOnOpening: [] as readonly EngineChange[],
    desired,
    saves: () => saves,
    isClosed: () => isClosed,
    closes: (at: IpAddress, by: SessionEnd['by'] = 'engine') => events?.onSessionEnded({ address: at, by }),
    lose: async () => {
      ended.resolve(failure('engine-lost'));
      await Promise.resolve();
      await Promise.resolve();
    },
    failNextChange: (code: EngineFailureCode, changes: readonly EngineChange[] = []) => {
      nextChange = { failure: failure(code), changes };
    },
    /** Something is rejected that has nothing to do with evictions, pins and drain. */
    rejectOther: () => {
      nextChange = { failure: failure('command-rejected'), changes: [] };
      isRestBrought = true;
    },
    failNextSave: () => {
      isSaveFailing = true;
    },
    failNextQuestion: () => {
      isQuestionFailing = true;
    },
    /** With something that nobody lets go: the evictions of these. */
    leaveOut: (...addresses: readonly IpAddress[]) => {
      leftOut = addresses;
    },
    /** A change waits: this runs on. */
    withholdNext: (config: RouteServerIntent) => {
      withheldAs = config;
    },
    startsWith: (changes: Partial<typeof runs>) => {
      runs = { ...runs, ...changes };
    },
    failNextOpenings: (...codes: readonly EngineFailureCode[]) => openings.push(...codes),
  };
  const driver: EngineDriver<EngineSession, RouteServerIntent> = {
    engine: 'frr',
    withhold: (_session, { config }) => {
      const may = withheldAs ?? config;
      withheldAs = undefined;
      return Promise.resolve({ config: may, pending: [] });
    },
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
    additionsThatRun: () => runs,
    clientsIn: (config) => clientsOf(config ?? desired.at(-1)?.asked?.config),
    showsDrain: (wanted) => isDeepStrictEqual(runs.drain, wanted),
    render: (asked) => asked,
    rangesToRun: (asked) => rangesOf(asked),
    change: async (_, wanted, { onDecided }) => {
      await Promise.resolve();
      desired.push(wanted);
      const failing = nextChange;
      nextChange = undefined;
      const evicted = wanted.evictions.filter(({ address: at }) => !leftOut.includes(at));
      if (!failing || isRestBrought) runs = { evicted, pinned: wanted.pins, drain: wanted.drain };
      isRestBrought = false;
      const changes = daemon.changesNext;
      daemon.changesNext = [];
      onDecided([]);
      const left = leftOut.map((at) => ({ key: at, change: oneChange, clients: [at] }));
      return { changes, commandCount: 0, left, ...failing };
    },
    runningConfig: () => Promise.resolve(''),
    takeAgain: (_, at) => {
      daemon.takenAgain.push(at);
      return Promise.resolve();
    },
    saveNowAndThen: () => Promise.resolve(),
    save: async () => {
      await Promise.resolve();
      saves += 1;
      if (!isSaveFailing) return;
      isSaveFailing = false;
      throw failure('config-not-written');
    },
    observe: () => expect.unreachable('no test observes'),
    guardFacts: async () => {
      await Promise.resolve();
      if (isQuestionFailing) {
        isQuestionFailing = false;
        throw failure('engine-timeout');
      }
      return { peers: daemon.peers, routerIds: daemon.routerIds, range: daemon.range };
    },
    endUnlessEstablished: async (_, at) => {
      await Promise.resolve();
      daemon.askedToEnd.push(at);
      return !daemon.becomesEstablished.has(at);
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

function clientsOf(intent: RouteServerIntent | undefined): ClientsThatRun {
  const groups = intent?.clientGroups ?? [];
  return {
    ranges: groups.flatMap(({ name, prefixes }) => prefixes.map((prefix) => ({ prefix, group: name }))),
    neighbors: groups.flatMap(({ name, neighbors }) =>
      neighbors.map((each) => ({ address: each.address, group: name })),
    ),
  };
}

function failure(code: EngineFailureCode): EngineFailure {
  return new EngineFailure(`The daemon in memory: ${code}.`, { code, engine: 'frr', operation: 'x', retryable: true });
}

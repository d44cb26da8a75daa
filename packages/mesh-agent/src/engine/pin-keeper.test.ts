import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import { sightOf, type Pin } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import { address, prefix } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { createClosingRecord } from './closing-record.ts';
import { createPinKeeper } from './pin-keeper.ts';
import { rangesOf } from './ranges-to-run.test-data.ts';

const sight = sightOf(routeServer(1, { clientGroups: [clientGroup({ maximumPrefixes: 50 })] }));
const hosts = (count: number) =>
  Array.from({ length: count }, (_, index) => address(`192.168.${String(index >> 8)}.${String(index & 255)}`));

/** The same, where the address is a declared client. */
const declaredIn = (at: IpAddress) =>
  sightOf(
    routeServer(1, {
      clientGroups: [clientGroup({ maximumPrefixes: 50, neighbors: [declared('leaf1', at, 65001)] })],
    }),
  );

const pinned = (at: IpAddress): Pin => ({
  address: at,
  group: 'MESHRR-CLIENTS',
  sinceMs: 0,
  closedAtMs: 0,
  closedCount: 0,
  isLeaving: false,
});

function start(maximum = 1000) {
  const pins = createPinKeeper({ maximum, record: createClosingRecord() });
  const close = (addresses: readonly IpAddress[], now = 0) => {
    for (const each of addresses) for (let time = 0; time < 2; time++) pins.noteClosing(each, now);
  };
  return { pins, close };
}

describe('pins', () => {
  it('are made twenty at a time, so that who comes back in between is not cleared', () => {
    const { pins, close } = start();
    close(hosts(50));
    expect([0, 1, 2, 3].map((now) => pins.look(sight, [], now).pinned.length)).toEqual([20, 20, 10, 0]);
    expect(pins.list()).toHaveLength(50);
  });

  it('are let go twenty at a time', () => {
    const { pins } = start();
    pins.restore(hosts(30).map(pinned));
    expect([0, 1, 2].map((time) => pins.look(sight, [], 7_200_000 + time).unpinned.length)).toEqual([20, 10, 0]);
  });

  it('are never more than there may be; who has no room is named', () => {
    const { pins, close } = start(3);
    const [first, second, third, ...rest] = hosts(5);
    close(hosts(5));
    const looked = pins.look(sight, [], 0);
    expect(looked.pinned.map((pin) => pin.address)).toEqual([first, second, third]);
    expect(looked.overCapacity).toEqual(rest);
    expect(pins.look(sight, [], 0)).toMatchObject({ pinned: [], overCapacity: rest });
    pins.restore([pinned(address('192.168.9.9'))]);
    expect(pins.list()).toHaveLength(3);
  });

  it('that are let go while they are up take no place of those that are to be watched', () => {
    const { pins, close } = start(2);
    const [first, second, ...others] = hosts(4);
    if (first === undefined || second === undefined) return expect.unreachable('there are two');
    pins.restore([pinned(first), pinned(second)]);
    const up = [first, second].map((each) => ({ address: each, state: 'established' }) as const);
    close(others);
    expect(pins.look(sight, up, 0)).toMatchObject({ pinned: [], overCapacity: others });
    pins.dismiss(second, { sight, peers: up }, 0);
    expect(pins.look(sight, up, 0)).toMatchObject({ pinned: [{ address: others[0] }], overCapacity: [others[1]] });
    pins.dismiss(first, { sight, peers: up }, 0);
    expect(pins.look(sight, up, 0)).toMatchObject({ pinned: [{ address: others[1] }], overCapacity: [] });
    expect(pins.list()).toHaveLength(4);
    // Those that an agent of before has let go leave room, too.
    const next = start(1).pins;
    next.restore([{ ...pinned(first), isLeaving: true }, pinned(second), pinned(address('192.168.9.9'))]);
    expect(next.list().map((each) => each.address)).toEqual([first, second]);
  });

  it('that run without being any are let go, and take no place either', () => {
    const { pins, close } = start(1);
    const [first, second, other] = hosts(3);
    if (first === undefined || second === undefined || other === undefined)
      return expect.unreachable('there are three');
    pins.takeBack(
      [first, second].map((each) => ({ address: each, group: 'MESHRR-CLIENTS' })),
      rangesOf(sight.intent),
      0,
    );
    const up = [first, second].map((each) => ({ address: each, state: 'established' }) as const);
    close([other]);
    expect(pins.look(sight, up, 0)).toMatchObject({ pinned: [{ address: other }], overCapacity: [] });
  });

  it('that the daemon was started with are kept: beside the maximum, for as long as it lives, whatever they do', () => {
    const { pins, close } = start(3);
    const kept = hosts(30);
    const others = hosts(34).slice(30);
    pins.takeOver(
      kept.map((each) => ({ address: each, group: 'MESHRR-CLIENTS' })),
      0,
    );
    close(others);
    expect(pins.look(sight, [], 0)).toMatchObject({
      pinned: others.slice(0, 3).map((at) => ({ address: at })),
      overCapacity: others.slice(3),
    });
    // A group without a limit has nobody to watch; who is kept is kept for another reason.
    const unlimited = sightOf(routeServer(1, { clientGroups: [clientGroup()] }));
    pins.review(unlimited, rangesOf(unlimited.intent), 0);
    const day = 24 * 3_600_000;
    const left = pins.look(unlimited, [], day).unpinned.map((each) => each.address);
    expect(left).toEqual(others.slice(0, 3));
    expect(pins.list()).toHaveLength(30);
    // bgpd's own configuration has them, for the agent after this one.
    expect(pins.dump()).toEqual([]);

    const [first] = kept;
    if (first === undefined) return expect.unreachable('there is one');
    pins.dismiss(first, { sight: undefined, peers: undefined }, day);
    expect(pins.look(sight, [], day).unpinned).toMatchObject([{ address: first, why: 'let-go' }]);
    const none = routeServer(1, { clientGroups: [] });
    pins.review(sightOf(none), rangesOf(none), 0);
    expect(pins.list()).toEqual([]);
  });

  it('are told with how they stand: held, up or down', () => {
    const { pins } = start();
    const [held, up, down] = hosts(3);
    if (held === undefined || up === undefined || down === undefined) return expect.unreachable('there are three');
    pins.takeOver(
      [held, up, down].map((each) => ({ address: each, group: 'MESHRR-CLIENTS' })),
      0,
    );
    expect(pins.list().map(({ standing }) => standing)).toEqual(['down', 'down', 'down']);
    const peers = [
      { address: held, state: 'idle', isOverLimit: true },
      { address: up, state: 'established' },
      { address: address('192.168.200.1'), state: 'established' },
    ] as const;
    pins.look(sight, peers, 0);
    expect(pins.list().map(({ standing }) => standing)).toEqual(['held', 'up', 'down']);
    expect(pins.list().map(({ closedCount }) => closedCount)).toEqual([0, 0, 0]);
    pins.noteClosing(up, 5);
    expect(pins.list()).toMatchObject([{ closedCount: 0 }, { closedCount: 1, closedAtMs: 5 }, { closedCount: 0 }]);
  });

  it('go on with what was known of them, taken over or not', () => {
    const { pins } = start();
    const [first, second] = hosts(2);
    if (first === undefined || second === undefined) return expect.unreachable('there are two');
    const known = { group: 'MESHRR-CLIENTS', sinceMs: 1, closedAtMs: 2, closedCount: 3, isLeaving: true };
    pins.takeOver([{ address: first, group: 'MESHRR-CLIENTS' }], 100);
    pins.restore([
      { ...known, address: first },
      { ...known, address: second },
    ]);
    expect(pins.dump()).toEqual([
      { ...known, address: first },
      { ...known, address: second },
    ]);
    pins.takeOver([{ address: first, group: 'MESHRR-CLIENTS' }], 100);
    // In a new life of the daemon one that was pinned is kept as well, and the next agent finds it where it runs.
    expect(pins.list()).toMatchObject([{ sinceMs: 1, isKept: true }, { sinceMs: 1 }]);
    expect(pins.dump()).toMatchObject([{ address: second }]);
  });

  it('of a life of the daemon before go, where it was started without them', () => {
    const { pins, close } = start();
    const [before, after, both, own] = hosts(4);
    if (!before || !after || !both || !own) return expect.unreachable('there are four');
    const asLeft = (addresses: readonly IpAddress[]) =>
      addresses.map((each) => ({ address: each, group: 'MESHRR-CLIENTS' }));
    pins.takeOver(asLeft([before, both]), 0);
    close([own]);
    pins.look(sight, [], 0);
    pins.takeOver(asLeft([after, both]), 1);
    expect(pins.list().map((each) => each.address)).toEqual([after, both, own]);
    pins.takeOver([], 2);
    expect(pins.list().map((each) => each.address)).toEqual([own]);
  });

  it('are counted as closed, also where thousands are in one moment', () => {
    const { pins } = start();
    const all = hosts(5000);
    pins.takeOver(
      all.map((each) => ({ address: each, group: 'MESHRR-CLIENTS' })),
      0,
    );
    for (const time of [7, 8]) for (const each of all) pins.noteClosing(each, time);
    expect(pins.list().every(({ closedCount, closedAtMs }) => closedCount === 2 && closedAtMs === 8)).toBe(true);
    pins.noteClosing(all[0] ?? expect.unreachable(), 9);
    expect(pins.list()[0]).toMatchObject({ closedCount: 3, closedAtMs: 9 });
  });

  it('that are let go are told with the reason', () => {
    const { pins } = start();
    const [cleared, foreign, idle] = hosts(3);
    if (!cleared || !foreign || !idle) return expect.unreachable('there are three');
    pins.restore([cleared, foreign, idle].map(pinned));
    pins.dismiss(cleared, { sight: undefined, peers: undefined }, 0);
    expect(pins.look(sight, [], 0).unpinned).toMatchObject([{ address: cleared, why: 'let-go' }]);
    const next = declaredIn(foreign);
    pins.review(next, rangesOf(next.intent), 0);
    pins.review(next, rangesOf(next.intent), 0);
    expect(pins.look(next, [], 0).unpinned).toMatchObject([{ address: foreign, why: 'no-range-client' }]);
    expect(pins.look(next, [], 7_200_000).unpinned).toMatchObject([{ address: idle, why: 'behaves' }]);
    expect(pins.look(next, [], 7_200_000).unpinned).toEqual([]);
  });

  it('are dismissed where nobody knows who is down: later', () => {
    const { pins } = start();
    pins.takeOver(
      hosts(2).map((each) => ({ address: each, group: 'MESHRR-CLIENTS' })),
      0,
    );
    const [first, second] = hosts(2);
    if (first === undefined) return expect.unreachable('there are two');
    expect(pins.dismiss(first, { sight: undefined, peers: undefined }, 0)).toMatchObject({
      unpinned: [],
      leaving: [{ address: first }],
    });
    expect(pins.look(sight, [], 0).unpinned).toMatchObject([{ address: first }]);
    expect(pins.list()).toMatchObject([{ address: second, isLeaving: false }]);
  });
});

describe('addresses of narrow ranges', () => {
  const groups = (...prefixes: readonly string[]) => [clientGroup({ prefixes: prefixes.map((each) => prefix(each)) })];
  const intentOf = (...prefixes: readonly string[]) => routeServer(1, { clientGroups: groups(...prefixes) });
  const four = sightOf(intentOf('192.168.0.0/30'));

  it('are pinned at looks, few at a time, and not who is there', () => {
    const { pins } = start(0);
    const sight27 = sightOf(intentOf('192.168.0.0/27'));
    const [there] = hosts(1);
    const peers = [{ address: there ?? address('192.0.2.1'), state: 'established' as const }];
    expect([0, 1, 2].map((now) => pins.look(sight27, peers, now).reserved.length)).toEqual([20, 11, 0]);
    expect(pins.look(sight27, [], 3).reserved.map((each) => each.address)).toEqual([there]);
    expect(pins.list().every(({ isKept }) => isKept === true)).toBe(true);
    // bgpd's own configuration has them, for the agent after this one.
    expect(pins.dump()).toEqual([]);
  });

  it('are pinned at once when their range comes, and at looks when they may be there', () => {
    const { pins } = start();
    pins.review(four, rangesOf(four.intent), 0);
    expect(pins.list()).toEqual([]);
    pins.review(four, rangesOf(four.intent, intentOf('192.168.0.0/31')), 0);
    expect(pins.list().map((each) => each.address)).toEqual(['192.168.0.2', '192.168.0.3']);
    // Nobody who may be there yet is among those: a piece of a range that was wide may have let in anybody.
    const { pins: others } = start();
    others.review(four, rangesOf(four.intent, intentOf('192.168.0.0/16')), 0);
    expect(others.list()).toEqual([]);
    expect(others.look(four, [], 0).reserved).toHaveLength(4);
  });

  it('stay when a person lets all go, when they behave, and when a range beside them is wide', () => {
    const { pins } = start();
    pins.look(four, [], 0);
    expect(pins.dismiss('all', { sight: four, peers: [] }, 1)).toEqual({ unpinned: [], leaving: [] });
    expect(pins.look(four, [], 48 * 3_600_000)).toMatchObject({ reserved: [], unpinned: [] });
    const wider = intentOf('192.168.0.0/30', '10.0.0.0/8');
    pins.review(sightOf(wider), rangesOf(wider), 0);
    expect(pins.list()).toHaveLength(4);
    const narrower = intentOf('192.168.0.0/31');
    pins.review(sightOf(narrower), rangesOf(narrower), 0);
    expect(pins.list()).toHaveLength(2);
  });

  it('that were pinned for another reason, or are about to be let go, are kept from now on', () => {
    const { pins } = start();
    pins.restore([pinned(address('192.168.0.1')), { ...pinned(address('192.168.0.2')), isLeaving: true }]);
    pins.look(four, [], 48 * 3_600_000);
    expect(pins.list().map(({ isKept, isLeaving }) => [isKept, isLeaving])).toEqual(Array(4).fill([true, false]));
  });

  it('that the daemon refuses are not asked for again for ten minutes, and the others go on', () => {
    const { pins } = start();
    const { reserved } = pins.look(four, [], 0);
    pins.refuse(reserved.slice(0, 1), 0);
    expect(pins.list()).toHaveLength(3);
    expect(pins.look(four, [], 599_999).reserved).toEqual([]);
    expect(pins.look(four, [], 600_000).reserved).toHaveLength(1);
  });
});

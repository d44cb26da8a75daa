import { groupByIntent } from './group-by-intent.test-data.ts';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, prefix } from '@meshrs/network/test-data';
import { sessionStates } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import type { GuardedPeer } from './find-offenders.ts';
import { sightOf } from './guard-sight.ts';
import {
  behavesAfterMs,
  dismiss,
  findLeaving,
  reviewPins,
  listPins,
  noPins,
  noteClosings,
  pin,
  unpin,
  type PinBook,
} from './pin-book.ts';

const [one, two] = [address('192.168.1.1'), address('192.168.1.2')];
const usual = clientGroup({ maximumPrefixes: 50 });
const book = pin(noPins, [suspect(two), suspect(one)], 100);

describe('pinned clients', () => {
  it('are listed by address, with what is known of them', () => {
    expect(listPins(book)).toEqual([
      { address: one, group: 'MESHRR-CLIENTS', sinceMs: 100, closedAtMs: 90, closedCount: 0, isLeaving: false },
      { address: two, group: 'MESHRR-CLIENTS', sinceMs: 100, closedAtMs: 90, closedCount: 0, isLeaving: false },
    ]);
    expect(pin(book, [], 200)).toBe(book);
  });

  it('that are closed again are watched anew; nobody else is', () => {
    const closed = noteClosings(book, new Map([[one, { count: 2, lastMs: 300 }]]));
    expect(listPins(closed)).toMatchObject([
      { address: one, closedAtMs: 300, closedCount: 2 },
      { address: two, closedAtMs: 90, closedCount: 0 },
    ]);
    expect(noteClosings(book, new Map([[address('192.168.1.3'), { count: 1, lastMs: 200 }]]))).toBe(book);
  });

  it('are let go one by one or all', () => {
    expect(listPins(dismiss(book, one, new Map())).map(({ isLeaving }) => isLeaving)).toEqual([true, false]);
    expect(listPins(dismiss(book, 'all', new Map())).map(({ isLeaving }) => isLeaving)).toEqual([true, true]);
    expect(listPins(unpin(book, [one])).map((left) => left.address)).toEqual([two]);
    expect(unpin(book, [])).toBe(book);
  });
});

describe('reviewPins', () => {
  it.each([
    ['keeps it where its range is', usual, ['MESHRR-CLIENTS']],
    ['keeps it in the group that holds its address now', { ...usual, name: 'OTHER' }, ['OTHER']],
    ['drops it when it is declared', { ...usual, neighbors: [declared('leaf', one, 65001)] }, []],
    ['drops it when no range holds it', { ...usual, prefixes: [prefix('192.0.2.0/24')] }, []],
    ['lets it go without a maximum-prefix, when it is down', clientGroup(), ['MESHRR-CLIENTS leaving']],
  ])('%s', (_, group, expected) => {
    expect(reviewed(pin(noPins, [suspect(one)], 0), { clientGroups: [group] })).toEqual(expected);
  });

  it('drops it when it is a mesh neighbor', () => {
    const changes = { clientGroups: [usual], meshGroups: [meshGroup([one])] };
    expect(reviewed(pin(noPins, [suspect(one)], 0), changes)).toEqual([]);
  });

  it('forgets nobody who is let go', () => {
    expect(reviewed(dismiss(pin(noPins, [suspect(one)], 0), 'all', new Map()), { clientGroups: [usual] })).toEqual([
      'MESHRR-CLIENTS leaving',
    ]);
    expect(reviewPins(noPins, sightOf(routeServer(1)), () => undefined)).toBe(noPins);
  });
});

describe('findLeaving', () => {
  const old = 90 + behavesAfterMs;

  it.each<[string, PinBook, number, Partial<GuardedPeer> | undefined, boolean]>([
    ['one that behaves and is down', book, old, { state: 'active' }, true],
    ['one that behaves and that the daemon does not know', book, old, undefined, true],
    ['one that does not behave for long enough yet', book, old - 1, { state: 'active' }, false],
    ['one that behaves and is held', book, old, { state: 'idle', isOverLimit: true }, false],
    ['one that a person lets go, held', dismiss(book, one, new Map()), 100, { state: 'idle', isOverLimit: true }, true],
    ['one that a person lets go, up', dismiss(book, one, new Map()), 100, { state: 'established' }, false],
  ])('%s', (_, all, now, peer, isLeaving) => {
    const peers = peer ? [{ address: one, state: 'active', ...peer } as const] : [];
    const others = [{ address: two, state: 'established' } as const];
    expect(findLeaving(all, [...others, ...peers], now).map((each) => each.address)).toEqual(isLeaving ? [one] : []);
  });

  it.each(sessionStates)('in state %s only when there is no session to lose', (state) => {
    const isDown = ['idle', 'connect', 'active', 'shutdown'].includes(state);
    const peers = [one, two].map((at) => ({ address: at, state }));
    expect(findLeaving(book, peers, old)).toHaveLength(isDown ? 2 : 0);
  });

  it('of nobody is nobody', () => {
    expect(findLeaving(noPins, [], old)).toEqual([]);
  });
});

function suspect(at: typeof one) {
  return { address: at, group: 'MESHRR-CLIENTS', closedAtMs: 90 };
}

function reviewed(all: PinBook, changes: Parameters<typeof routeServer>[1]): readonly string[] {
  const sight = sightOf(routeServer(1, changes));
  const left = listPins(reviewPins(all, sight, groupByIntent(sight)));
  return left.map(({ group, isLeaving }) => `${group}${isLeaving ? ' leaving' : ''}`);
}

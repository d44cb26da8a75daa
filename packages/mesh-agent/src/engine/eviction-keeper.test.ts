import type { Offender } from '@meshrs/mesh';
import { address, asn } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { createEvictionKeeper } from './eviction-keeper.ts';

const [x, y] = ['192.168.1.1', '192.168.1.2'].map((text): Offender => ({
  ...{ address: address(text), group: 'CLIENTS', remoteAsn: asn(64999) },
  reason: 'as-not-allowed',
})) as [Offender, Offender];

describe('what is told of an eviction', () => {
  it('is its begin and its end, also where it ends before anybody has asked', () => {
    const keeper = createEvictionKeeper({ maximum: 9 });
    keeper.tryToEvict([x], 0);
    expect(keeper.settle([x])).toEqual([x.address]);
    expect(keeper.expire(3_600_000)).toBe(true);
    expect(keeper.inForce([x])).toMatchObject([{ address: x.address }]);
    expect(keeper.takeTold([x])).toMatchObject({ evicted: [{ address: x.address }], ended: [] });
    expect(keeper.takeTold([])).toMatchObject({ evicted: [], ended: [{ address: x.address, why: 'expired' }] });
  });

  it('is nothing where it never ran', () => {
    const keeper = createEvictionKeeper({ maximum: 9 });
    keeper.tryToEvict([x], 0);
    expect(keeper.settle([])).toEqual([]);
    keeper.evict([y], 0);
    keeper.expire(3_600_000);
    expect(keeper.takeTold([])).toEqual({ evicted: [], ended: [] });
  });
});

describe('an eviction that does not run', () => {
  it('is dropped where its session may stay now, and kept where it may not', () => {
    const keeper = createEvictionKeeper({ maximum: 9 });
    keeper.evict([x, y], 0);
    keeper.drop([], ({ address: each }) => each === y.address);
    expect(keeper.list()).toMatchObject([{ address: y.address }]);
    keeper.drop([y], () => false);
    expect(keeper.list()).toMatchObject([{ address: y.address }]);
  });
});

describe('places', () => {
  it('are for the first, and for the next one when one of those is let in again', () => {
    const keeper = createEvictionKeeper({ maximum: 1 });
    expect(keeper.withoutRoom([x, y])).toEqual([y]);
    keeper.tryToEvict([x, y], 0);
    keeper.settle([x, y]);
    expect(keeper.list()).toMatchObject([{ address: x.address }]);
    expect(keeper.withoutRoom([y])).toEqual([y]);
    keeper.clear(x.address);
    expect(keeper.withoutRoom([y])).toEqual([]);
  });
});

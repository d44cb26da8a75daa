import { address } from '@meshrs/network/test-data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsOf, shareEndMs, shareOf as shareIn } from './own-share.ts';
import type { SidesKnown } from './side-of.ts';

const id = (host: number) => address(`192.0.2.${String(host)}`);
const sideNames = ['a', 'b', 'c', 'd'];
/** So many sides, with so many replicas each, and their router-ids from the last one to the first. */
function fleetOf(sides: number, replicas: number) {
  const pods = sideNames
    .slice(0, sides)
    .flatMap((name) => Array.from({ length: replicas }, (_, index) => `rs-${name}-${String(index)}`));
  const routerIds = Object.fromEntries(pods.map((pod, index) => [pod, id(pods.length - index)]));
  return { routerIds, sides: sideNames.slice(0, sides).map((name) => ({ name, statefulSets: [`rs-${name}`] })) };
}
const known = (self: number, changes: Partial<SidesKnown> = {}): SidesKnown => ({
  self: id(self),
  settings: { routerIds: {} },
  fleet: fleetOf(2, 1),
  ...changes,
});

const shareOf = (places: SidesKnown) => shareIn(places, { isOneOrder: true });

describe('shareOf', () => {
  it.each([
    [2, 1, [0.5, 1]],
    [3, 1, [1 / 3, 2 / 3, 1]],
    [4, 1, [0.25, 0.5, 0.75, 1]],
    [2, 2, [0.375, 0.5, 0.875, 1]],
    [1, 2, [0.75, 1]],
  ])('of %i sides with %i route servers each is the place in fleet.yml', (sides, replicas, shares) => {
    const fleet = fleetOf(sides, replicas);
    const count = sides * replicas;
    const all = shares.map((_, index) => shareOf(known(count - index, { fleet })));
    expect(all.map((share) => share.toFixed(6))).toEqual(shares.map((share) => share.toFixed(6)));
  });

  it('is the same by the router-id of before', () => {
    expect(shareOf(known(77, { former: new Map([[id(77), 'rs-a-0']]) }))).toBe(0.5);
    expect(shareOf(known(77, { former: new Map([[id(77), 'rs-b-0']]) }))).toBe(1);
  });

  it('goes by router-ids where there are no sides', () => {
    const { routerIds } = fleetOf(2, 1);
    expect([1, 2].map((self) => shareOf(known(self, { fleet: { routerIds } })))).toEqual([0.5, 1]);
    expect([1, 2].map((self) => shareOf(known(self, { fleet: 'none', settings: { routerIds } })))).toEqual([0.5, 1]);
  });

  it('goes by router-ids where the copies of fleet.yml differ', () => {
    const fleet = fleetOf(3, 1);
    const turned = { ...fleet, sides: fleet.sides.toReversed() };
    for (const copy of [fleet, turned]) {
      const all = [1, 2, 3].map((self) => shareIn(known(self, { fleet: copy }), { isOneOrder: false }));
      expect(all).toEqual([1 / 3, 2 / 3, 1]);
    }
  });

  it.each<[string, Partial<SidesKnown>]>([
    ['fleet.yml could not be read', { fleet: 'unknown' }],
    ['fleet.yml does not name it', {}],
    ['no file names anybody', { fleet: 'none' }],
  ])('is never that of another one that follows where %s', (_, changes) => {
    const all = [41, 42, 43, 44].map((self) => shareOf(known(self, changes)));
    for (const [index, share] of all.entries()) {
      expect(share).toBeGreaterThanOrEqual(0.7);
      expect(share).toBeLessThan(0.95);
      for (const other of all.slice(index + 1)) expect(Math.abs(share - other)).toBeGreaterThan(0.03);
    }
  });
});

it('is not that of another one where each is named by its own settings alone', () => {
  const all = [41, 42, 43].map((self) =>
    shareOf(known(self, { fleet: 'none', settings: { routerIds: { 'rs-a-0': id(self) } } })),
  );
  expect(new Set(all).size).toBe(3);
  expect(Math.max(...all)).toBeLessThan(1);
});

describe('shareEndMs', () => {
  it('takes its part of the hold, and not of what came before', () => {
    expect(shareEndMs({ sinceMs: 0, untilMs: 150_000 }, { holdMs: 120_000, share: 0.5 })).toBe(90_000);
    expect(shareEndMs({ sinceMs: 0, untilMs: 150_000 }, { holdMs: 120_000, share: 1 })).toBe(150_000);
    expect(shareEndMs({ sinceMs: 0, untilMs: 40_000 }, { holdMs: 120_000, share: 0.5 })).toBe(20_000);
  });

  it('leaves the clients of each side its part of the time, where all begin together and hear nobody', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 10, max: 900 }), (sides, seconds) => {
        const fleet = fleetOf(sides, 1);
        const wait = { sinceMs: 1000, untilMs: 1000 + seconds * 1000 };
        const ends = Object.values(fleet.routerIds).map((self) =>
          shareEndMs(wait, { holdMs: seconds * 1000, share: shareOf(known(1, { self, fleet })) }),
        );
        expect(ends.at(-1)).toBe(wait.untilMs);
        for (const [index, end] of ends.entries()) {
          if (index > 0) expect(end - (ends[index - 1] ?? 0)).toBeCloseTo((seconds * 1000) / sides, 3);
        }
      }),
    );
  });

  it('is in time for who lets an earlier side go first', () => {
    expect(
      [fleetOf(1, 1), fleetOf(2, 1), fleetOf(3, 1), 'none' as const].map((fleet) => partsOf(known(1, { fleet }))),
    ).toEqual([2, 2, 3, 2]);
  });
});

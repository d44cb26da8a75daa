import { address } from '@meshrs/network/test-data';
import type { IpAddress } from '@meshrs/network';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf, type SidesKnown } from './side-of.ts';

const id = (host: number) => address(`192.0.2.${String(host)}`);
const routerIds = {
  'rs-a-0': id(9),
  'rs-a-1': id(8),
  'rs-more-a-0': id(7),
  'rs-b-0': id(2),
  'rs-c-0': id(1),
};
const sides = [
  { name: 'a', statefulSets: ['rs-a', 'rs-more-a'] },
  { name: 'b', statefulSets: ['rs-b'] },
  { name: 'c', statefulSets: ['rs-c'] },
];
const other = (host: number, isOrderUnknown = false) => ({ routerId: id(host), isOrderUnknown, revision: 'one' });
const places = (self: number, changes: Partial<SidesKnown> = {}): SidesKnown => ({
  self: id(self),
  settings: { routerIds: {} },
  fleet: { routerIds, sides },
  revision: 'one',
  ...changes,
});

describe('placeOf', () => {
  it.each([
    ['itself', 9, 9, { kind: 'own-side' }],
    ['another replica', 9, 8, { kind: 'own-side' }],
    ['another StatefulSet of its side', 9, 7, { kind: 'own-side' }],
    ['a later side, whatever the router-ids', 9, 2, { kind: 'other-side', isEarlier: false }],
    ['an earlier side', 1, 2, { kind: 'other-side', isEarlier: true }],
    ['the earliest side', 1, 7, { kind: 'other-side', isEarlier: true }],
    ['one that is not of the fleet', 9, 77, { kind: 'nobody' }],
  ])('knows %s', (_, self, host, place) => {
    expect(placeOf(other(host), places(self))).toEqual(place);
  });

  it('goes by router-ids where fleet.yml names no sides, and by the settings for its own', () => {
    const old = { fleet: { routerIds }, settings: { routerIds: { 'rs-a-0': id(9), 'rs-a-1': id(8) } } };
    expect(placeOf(other(8), places(9, old))).toEqual({ kind: 'own-side' });
    expect(placeOf(other(2), places(9, old))).toEqual({ kind: 'other-side', isEarlier: true });
    expect(placeOf(other(77), places(9, old))).toEqual({ kind: 'nobody' });
  });

  it('takes every other one for another side where nobody says who is in the fleet', () => {
    const upstream = { fleet: 'none' as const, settings: { routerIds } };
    expect(placeOf(other(8), places(9, upstream))).toEqual({ kind: 'other-side', isEarlier: true });
    expect(placeOf(other(77), places(9, upstream))).toEqual({ kind: 'other-side', isEarlier: false });
  });

  it.each([
    ['one that is lower, and knows the order', 2, false, true],
    ['one that is higher, and knows the order', 9, false, true],
    ['one that is lower, and does not know it either', 2, true, true],
    ['one that is higher, and does not know it either', 9, true, false],
  ])('comes after all that know it where fleet.yml could not be read: %s', (_, host, isOrderUnknown, isEarlier) => {
    const unread = places(7, { fleet: 'unknown', settings: { routerIds: { 'rs-a-1': id(8), 'rs-more-a-0': id(7) } } });
    expect(placeOf(other(host, isOrderUnknown), unread)).toEqual({ kind: 'other-side', isEarlier });
    expect(placeOf(other(8, isOrderUnknown), unread)).toEqual({ kind: 'own-side' });
  });

  const turned = { routerIds, sides: sides.toReversed() };
  it.each([
    ['the same copy', 'one', { kind: 'other-side', isEarlier: false }],
    ['another copy', 'two', { kind: 'other-side', isEarlier: true }],
    ['a copy that it does not name', undefined, { kind: 'other-side', isEarlier: true }],
  ])('goes by router-ids where the other one has not the same fleet.yml: %s', (_, revision, place) => {
    const told = { ...other(2), revision };
    expect(placeOf(told, places(9, { revision: 'one' }))).toEqual(place);
    expect(placeOf({ ...other(8), revision }, places(9, { revision: 'one' }))).toEqual({ kind: 'own-side' });
  });

  it('lets one of two come first whose copies have the sides in another order', () => {
    const here = placeOf({ ...other(2), revision: 'two' }, places(9, { revision: 'one' }));
    const there = placeOf({ ...other(9), revision: 'one' }, places(2, { revision: 'two', fleet: turned }));
    expect([here, there]).toEqual([
      { kind: 'other-side', isEarlier: true },
      { kind: 'other-side', isEarlier: false },
    ]);
  });

  it('knows one that is renumbered by both of its router-ids, and itself too', () => {
    const fleet = { routerIds: { ...routerIds, 'rs-a-0': id(19), 'rs-b-0': id(12) }, sides };
    const former = new Map([
      [id(9), 'rs-a-0'],
      [id(2), 'rs-b-0'],
    ]);
    for (const [self, b] of [
      [9, 2],
      [19, 2],
      [9, 12],
      [19, 12],
    ] as const) {
      expect(placeOf(other(b), places(self, { fleet, former }))).toEqual({ kind: 'other-side', isEarlier: false });
      expect(placeOf(other(self), places(b, { fleet, former }))).toEqual({ kind: 'other-side', isEarlier: true });
    }
    expect(placeOf(other(2), places(9, { fleet }))).toEqual({ kind: 'nobody' });
    // A router-id that has another pod now is that pod's.
    const swapped = new Map([[id(2), 'rs-c-0']]);
    expect(placeOf(other(2), places(1, { former: swapped }))).toEqual({ kind: 'other-side', isEarlier: true });
  });

  it('lets never both come first, nor both last', () => {
    const fleets = fc.constantFrom<SidesKnown['fleet']>({ routerIds, sides }, { routerIds }, 'none');
    const hosts = fc.constantFrom(...Object.values(routerIds));
    const areUnknown = fc.tuple(fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(hosts, hosts, fleets, areUnknown, (one, other, all, [isOneUnknown, isOtherUnknown]) => {
        const settings = { routerIds: {} };
        const look = (self: IpAddress, isUnknown: boolean, routerId: IpAddress, isOrderUnknown: boolean) =>
          placeOf(
            { routerId, isOrderUnknown, revision: isOrderUnknown ? undefined : 'one' },
            { self, settings, fleet: isUnknown ? 'unknown' : all, revision: isUnknown ? undefined : 'one' },
          );
        const there = look(one, isOneUnknown, other, isOtherUnknown);
        const back = look(other, isOtherUnknown, one, isOneUnknown);
        if (!isOneUnknown && !isOtherUnknown) expect(there.kind).toBe(back.kind);
        if (there.kind === 'other-side' && back.kind === 'other-side') expect(there.isEarlier).toBe(!back.isEarlier);
      }),
    );
  });
});

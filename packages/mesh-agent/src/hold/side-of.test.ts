import { address } from '@meshrs/network/test-data';
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
const places = (self: number, changes: Partial<SidesKnown> = {}): SidesKnown => ({
  self: id(self),
  settings: { routerIds: {} },
  fleet: { routerIds, sides },
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
  ])('knows %s', (_, self, other, place) => {
    expect(placeOf(id(other), places(self))).toEqual(place);
  });

  it('goes by router-ids where fleet.yml names no sides, and by the settings for its own', () => {
    const old = { fleet: { routerIds }, settings: { routerIds: { 'rs-a-0': id(9), 'rs-a-1': id(8) } } };
    expect(placeOf(id(8), places(9, old))).toEqual({ kind: 'own-side' });
    expect(placeOf(id(2), places(9, old))).toEqual({ kind: 'other-side', isEarlier: true });
    expect(placeOf(id(77), places(9, old))).toEqual({ kind: 'nobody' });
  });

  it('takes every other one for another side where nobody says who is in the fleet', () => {
    const upstream = { fleet: undefined, settings: { routerIds } };
    expect(placeOf(id(8), places(9, upstream))).toEqual({ kind: 'other-side', isEarlier: true });
    expect(placeOf(id(77), places(9, upstream))).toEqual({ kind: 'other-side', isEarlier: false });
  });

  it('lets never both come first, and one of two that know the same', () => {
    const fleets = fc.constantFrom<SidesKnown['fleet']>({ routerIds, sides }, { routerIds }, undefined);
    const hosts = fc.constantFrom(...Object.values(routerIds));
    fc.assert(
      fc.property(hosts, hosts, fleets, (one, other, fleet) => {
        const settings = { routerIds: {} };
        const [there, back] = [
          placeOf(other, { self: one, settings, fleet }),
          placeOf(one, { self: other, settings, fleet }),
        ];
        expect(there.kind).toBe(back.kind);
        if (there.kind === 'other-side' && back.kind === 'other-side') expect(there.isEarlier).toBe(!back.isEarlier);
      }),
    );
  });
});

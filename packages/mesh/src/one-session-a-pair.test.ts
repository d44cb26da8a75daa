import type { Family, IpAddress } from '@meshrs/network';
import { familyOf } from '@meshrs/network';
import { address } from '@meshrs/network/test-data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneSessionAPair } from './one-session-a-pair.ts';

const four = (host: number) => address(`192.0.2.${String(host)}`);
const six = (host: number) => address(`2001:db8::${String(host)}`);

describe('one session with each route server that the source names', () => {
  const servers = new Map<IpAddress, string>([
    [four(1), 'one'],
    [six(1), 'one'],
    [four(2), 'two'],
    [six(3), 'three'],
  ]);
  const published = [...servers.keys()];

  it.each<[string, Family[], IpAddress[]]>([
    ['IPv4 where both ends have it', ['ipv4', 'ipv6'], [four(1), four(2), six(3)]],
    ['IPv4 where this end has no other', ['ipv4'], [four(1), four(2), six(3)]],
    ['IPv6 where this end has no other', ['ipv6'], [six(1), four(2), six(3)]],
    ['IPv4 where the own families are not known', [], [four(1), four(2), six(3)]],
  ])('%s', (_, ownFamilies, used) => {
    const chosen = oneSessionAPair(published, { servers, ownFamilies });
    expect(chosen.used).toEqual(used);
    expect([...chosen.used, ...chosen.otherFamily].sort()).toEqual([...published].sort());
  });

  it('keeps both addresses of one family while a pod is replaced', () => {
    const moving = new Map(servers).set(four(9), 'one');
    const chosen = oneSessionAPair([...moving.keys()], { servers: moving, ownFamilies: ['ipv4', 'ipv6'] });
    expect(chosen).toMatchObject({ used: [four(1), four(2), six(3), four(9)], otherFamily: [six(1)] });
  });
});

describe('one family for a group whose source names no route servers', () => {
  const servers = new Map<IpAddress, string>();

  it.each<[string, Family[], IpAddress[], IpAddress[]]>([
    ['IPv4 of both', ['ipv4', 'ipv6'], [four(1), six(1), four(2), six(2)], [four(1), four(2)]],
    ['IPv6 of a pod without IPv4', ['ipv6'], [four(1), six(1)], [six(1)]],
    ['the one that there is', ['ipv4'], [six(1), six(2)], [six(1), six(2)]],
    ['none of none', ['ipv4'], [], []],
  ])('%s', (_, ownFamilies, published, used) => {
    expect(oneSessionAPair(published, { servers, ownFamilies }).used).toEqual(used);
  });
});

describe('for any two route servers of a fleet', () => {
  const anyFamilies = fc.subarray<Family>(['ipv4', 'ipv6'], { minLength: 1 });

  it('both ends choose the addresses of one session, or have no family in common', () => {
    fc.assert(
      fc.property(fc.array(anyFamilies, { minLength: 2, maxLength: 8, size: 'max' }), (fleet) => {
        const addresses = fleet.map((families, host) =>
          families.map((family) => (family === 'ipv4' ? four(host + 1) : six(host + 1))),
        );
        const servers = new Map(addresses.flatMap((its, host) => its.map((each) => [each, `rs-${String(host)}`])));
        const seenFrom = (self: number, other: number) => {
          const published = addresses.filter((_, host) => host !== self).flat();
          const { used } = oneSessionAPair(published, { servers, ownFamilies: fleet[self] ?? [] });
          return used.filter((each) => servers.get(each) === `rs-${String(other)}`).map(familyOf);
        };
        fleet.forEach((own, self) => {
          fleet.forEach((theirs, other) => {
            if (self === other) return;
            const families = seenFrom(self, other);
            expect(families).toHaveLength(1);
            if (own.some((family) => theirs.includes(family))) expect(families).toEqual(seenFrom(other, self));
          });
        });
      }),
    );
  });
});

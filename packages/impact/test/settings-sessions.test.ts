import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, asnRange, prefix } from '@meshrs/network/test-data';
import { planChanges } from '@meshrs/router-config/frr';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { intents } from '@meshrs/router-config/test-data';
import { describeEvictions } from '../src/kinds/settings/evictions.ts';
import { compareIntents } from '../src/kinds/settings/frr-sessions.ts';

const [leaf1, leaf2] = [declared('dc1-leaf1', '192.168.1.11', 65101), declared('dc2-leaf1', '192.168.2.11', 65102)];
const groups = (...all: readonly NonNullable<Parameters<typeof clientGroup>[0]>[]) =>
  routeServer(1, { clientGroups: all.map((changes) => clientGroup({ neighbors: [leaf1, leaf2], ...changes })) });
const group = (changes: Parameters<typeof clientGroup>[0] = {}) => groups(changes);
const start = group();

describe('what FRR does to sessions', () => {
  it.each([
    ['the same', start, start, []],
    ['a range /17 widened to /16', group({ prefixes: [prefix('192.168.0.0/17')] }), start, []],
    [
      'a /16 written as two /17',
      start,
      group({ prefixes: [prefix('192.168.0.0/17'), prefix('192.168.128.0/17')] }),
      [],
    ],
    ['an AS range written as two', start, group({ asns: [asnRange('65001-65200'), asnRange('65201-65535')] }), []],
    ['a longer AS list', start, group({ asns: [asnRange('65001-65535'), asnRange('64512')] }), []],
    ['other timers', start, group({ timers: { keepaliveSeconds: 20, holdSeconds: 60 } }), []],
    ['a higher limit', group({ maximumPrefixes: 9 }), group({ maximumPrefixes: 10 }), []],
    [
      'a client declared in no range',
      start,
      group({ neighbors: [leaf1, leaf2, declared('far', '10.1.1.1', 65009)] }),
      [],
    ],
    [
      'a range narrowed: declared clients stay',
      start,
      group({ prefixes: [prefix('192.168.0.0/24')] }),
      [
        'listen range 192.168.0.0/16 narrowed to 192.168.0.0/24: sessions of clients in it that are not declared reset; clients outside 192.168.0.0/24 that are not declared are refused from then on',
      ],
    ],
    [
      'a range that goes, with another that stays',
      group({ prefixes: [prefix('192.168.0.0/16'), prefix('10.1.0.0/16')] }),
      group({ prefixes: [prefix('10.1.0.0/16')] }),
      [
        'listen range 192.168.0.0/16 removed: sessions of clients in it that are not declared reset; clients that are not declared are refused from then on',
      ],
    ],
    [
      'half of a range given to another group, with other AS numbers',
      start,
      groups(
        { prefixes: [prefix('192.168.0.0/17')] },
        { name: 'SECOND', prefixes: [prefix('192.168.128.0/17')], asns: [asnRange('65200')], neighbors: [] },
      ),
      [
        'listen range 192.168.0.0/16 is now 192.168.0.0/17 and 192.168.128.0/17 of peer group SECOND: sessions of clients in it that are not declared reset',
        'listen range 192.168.128.0/17: AS 65001-65199 and 65201-65535 no longer allowed: the guard evicts clients that have one',
      ],
    ],
    [
      'all of two ranges given to another group, with fewer AS numbers',
      groups({ prefixes: [prefix('10.2.0.0/16')] }, { name: 'SECOND', prefixes: [], neighbors: [] }),
      groups(
        { prefixes: [] },
        { name: 'SECOND', prefixes: [prefix('10.0.0.0/8')], asns: [asnRange('65001-65100')], neighbors: [] },
      ),
      [
        'listen range 10.2.0.0/16 is now 10.2.0.0/16 of peer group SECOND: sessions of clients in it that are not declared reset',
        'listen range 10.2.0.0/16: AS 65101-65535 no longer allowed: the guard evicts clients that have one',
      ],
    ],
    [
      'a group renamed, with fewer AS numbers',
      start,
      group({ name: 'OTHERS', asns: [asnRange('65101-65105')] }),
      [
        'peer group MESHRR-CLIENTS: removed: sessions of dc1-leaf1, dc2-leaf1 and clients from its listen ranges reset',
        'listen range 192.168.0.0/16: AS 65001-65100 and 65106-65535 no longer allowed: the guard evicts clients that have one',
      ],
    ],
    [
      'a group renamed, with a narrower range',
      start,
      group({ name: 'OTHERS', prefixes: [prefix('192.168.0.0/17')] }),
      [
        'peer group MESHRR-CLIENTS: removed: sessions of dc1-leaf1, dc2-leaf1 and clients from its listen ranges reset; clients outside 192.168.0.0/17 that are not declared are refused from then on',
      ],
    ],
    [
      'fewer AS numbers of two ranges in a wider one',
      group({ prefixes: [prefix('192.168.0.0/17'), prefix('10.2.0.0/16')] }),
      group({ prefixes: [prefix('192.168.0.0/16'), prefix('10.0.0.0/8')], asns: [asnRange('65001-65100')] }),
      [
        'listen ranges 10.2.0.0/16 and 192.168.0.0/17: AS 65101-65535 no longer allowed: the guard evicts clients that have one',
      ],
    ],
    [
      'fewer AS numbers of one group of two',
      groups({}, { name: 'SECOND', prefixes: [prefix('10.0.0.0/8')], neighbors: [] }),
      groups({}, { name: 'SECOND', prefixes: [prefix('10.0.0.0/8')], asns: [asnRange('65001-65100')], neighbors: [] }),
      ['listen range 10.0.0.0/8: AS 65101-65535 no longer allowed: the guard evicts clients that have one'],
    ],
    [
      'AS numbers of a range that nobody could come from',
      start,
      groups({}, { name: 'SECOND', prefixes: [prefix('10.0.0.0/8')], asns: [asnRange('65200')], neighbors: [] }),
      [],
    ],
    [
      'a client declared with the range that holds it',
      start,
      group({
        prefixes: [prefix('192.168.0.0/16'), prefix('10.9.0.0/16')],
        neighbors: [leaf1, leaf2, declared('new', '10.9.0.1', 65009)],
      }),
      [],
    ],
    [
      'a lower limit of the group',
      start,
      group({ maximumPrefixes: 10 }),
      [
        'peer group MESHRR-CLIENTS: maximum-prefix 10: sessions with more prefixes reset, and stay down while they send more',
      ],
    ],
    [
      'a client’s own limit deleted: the group’s lower one holds',
      group({ maximumPrefixes: 10, neighbors: [{ ...leaf1, maximumPrefixes: 500 }] }),
      group({ maximumPrefixes: 10, neighbors: [leaf1] }),
      [
        'client dc1-leaf1 (192.168.1.11): maximum-prefix 10: its session resets, if it has more prefixes, and stays down while it sends more',
      ],
    ],
    [
      'a client’s own limit deleted, and the group’s made lower',
      group({ maximumPrefixes: 1000, neighbors: [{ ...leaf1, maximumPrefixes: 500 }] }),
      group({ maximumPrefixes: 10, neighbors: [leaf1] }),
      [
        'peer group MESHRR-CLIENTS: maximum-prefix 10: sessions with more prefixes reset, and stay down while they send more',
        'client dc1-leaf1 (192.168.1.11): maximum-prefix 10: its session resets, if it has more prefixes, and stays down while it sends more',
      ],
    ],
    [
      'a client’s own limit above the group’s',
      group({ maximumPrefixes: 10, neighbors: [leaf1] }),
      group({ maximumPrefixes: 10, neighbors: [{ ...leaf1, maximumPrefixes: 500 }] }),
      [],
    ],
    [
      'a shorter AS list',
      start,
      group({ asns: [asnRange('65001-65100'), asnRange('65300-65400')] }),
      [
        'listen range 192.168.0.0/16: AS 65101-65299 and 65401-65535 no longer allowed: the guard evicts clients that have one',
      ],
    ],
    [
      'an AS list where there was none',
      group({ asns: [] }),
      group({ asns: [asnRange('65001-65535')] }),
      [
        'listen range 192.168.0.0/16: AS 1-65000 and 1.0-65535.65535 no longer allowed: the guard evicts clients that have one',
      ],
    ],
    [
      'a client taken out, which a range takes',
      start,
      group({ neighbors: [leaf1] }),
      [
        'client dc2-leaf1 (192.168.2.11) is not declared any more: its session resets; it comes back from listen range 192.168.0.0/16',
      ],
    ],
    [
      'a client taken out, whose AS no range takes',
      start,
      group({ neighbors: [leaf1], asns: [asnRange('65001-65101')] }),
      [
        'client dc2-leaf1 (192.168.2.11) is not declared any more: its session resets and does not come back: its AS 65102 is not allowed in listen range 192.168.0.0/16',
        'listen range 192.168.0.0/16: AS 65102-65535 no longer allowed: the guard evicts clients that have one',
      ],
    ],
    [
      'a client taken out, which no range takes',
      group({ prefixes: [prefix('10.0.0.0/8')] }),
      group({ prefixes: [prefix('10.0.0.0/8')], neighbors: [leaf1] }),
      [
        'client dc2-leaf1 (192.168.2.11) is not declared any more: its session resets and does not come back: no listen range holds it',
      ],
    ],
    [
      'another AS of a client',
      start,
      group({ neighbors: [{ ...leaf1, asn: asnRange('65109').first }, leaf2] }),
      ['client dc1-leaf1 (192.168.1.11): remote AS changed: its session resets'],
    ],
    [
      'TTL security',
      start,
      group({ distance: { kind: 'ttl-security', hops: 2 } }),
      [
        'peer group MESHRR-CLIENTS: TTL changed: sessions of dc1-leaf1, dc2-leaf1 and clients from its listen ranges reset',
      ],
    ],
    [
      'a group that goes',
      start,
      routeServer(1, { clientGroups: [] }),
      [
        'peer group MESHRR-CLIENTS: removed: sessions of dc1-leaf1, dc2-leaf1 and clients from its listen ranges reset; clients that are not declared are refused from then on',
      ],
    ],
    [
      'a mesh group that goes',
      routeServer(1, { meshGroups: [meshGroup([]), meshGroup([], { name: 'MORE' })] }),
      routeServer(1),
      ['peer group MORE: removed: its mesh sessions reset'],
    ],
    [
      'another mode',
      routeServer(1, { meshGroups: [], clientGroups: [clientGroup()] }),
      routeServer(1, { meshGroups: [], clientGroups: [clientGroup()], mode: 'ipv4-route-reflector' }),
      ['peer group MESHRR-CLIENTS: made anew: sessions of clients from its listen ranges reset'],
    ],
    [
      'another router-id',
      start,
      { ...start, routerId: address('192.0.2.9') },
      ['router-id of routeserver-1: 192.168.255.1 -> 192.0.2.9: all its sessions reset'],
    ],
    [
      'another AS of the fleet',
      start,
      { ...start, asn: asnRange('64999').first },
      ['AS of routeserver-1: 65000.1 -> 64999: all its sessions reset'],
    ],
  ])('%s', (_, before, after, certain) => {
    expect(compareIntents(before, after)).toEqual({ certain, possible: [] });
  });

  it.each([
    [6, 'leaf1, leaf2, leaf3, leaf4, leaf5, leaf6 and clients'],
    [7, 'leaf1, leaf2, leaf3, leaf4, leaf5, 2 more and clients'],
    [9, 'leaf1, leaf2, leaf3, leaf4, leaf5, 4 more and clients'],
  ])('of %i clients whose sessions reset it names so many', (count, names) => {
    const neighbors = Array.from({ length: count }, (_, index) =>
      declared(`leaf${String(index + 1)}`, `192.168.9.${String(index + 1)}`, 65001),
    );
    const { certain } = compareIntents(
      group({ neighbors }),
      group({ neighbors, distance: { kind: 'ttl-security', hops: 2 } }),
    );

    expect(certain).toEqual([
      `peer group MESHRR-CLIENTS: TTL changed: sessions of ${names} from its listen ranges reset`,
    ]);
  });

  const declaredNow =
    'client dc2-leaf1 (192.168.2.11) is declared now: its session resets, if it has one from a listen range';
  it.each([
    ['in a range that stays', {}, []],
    [
      'in the part of a range that stays',
      { prefixes: [prefix('192.168.0.0/21')] },
      [
        'listen range 192.168.0.0/16 narrowed to 192.168.0.0/21: sessions of clients in it that are not declared reset; clients outside 192.168.0.0/21 that are not declared are refused from then on',
      ],
    ],
    [
      'in the part of a range that goes',
      { prefixes: [prefix('192.168.0.0/24')] },
      [
        'listen range 192.168.0.0/16 narrowed to 192.168.0.0/24: sessions of clients in it that are not declared reset; clients outside 192.168.0.0/24 that are not declared are refused from then on',
      ],
    ],
    [
      'in a range that another group has now',
      { name: 'OTHERS' },
      ['peer group MESHRR-CLIENTS: removed: sessions of dc1-leaf1 and clients from its listen ranges reset'],
    ],
  ])('a client that is declared now, %s, is possible, no more', (_, changes, certain) => {
    expect(compareIntents(group({ neighbors: [leaf1] }), group(changes))).toEqual({ certain, possible: [declaredNow] });
  });

  it('a client that is declared now and was in no range has had no session', () => {
    expect(compareIntents(group({ prefixes: [prefix('10.0.0.0/8')], neighbors: [leaf1] }), start).possible).toEqual([]);
  });

  it('where all sessions reset, no client is possible besides', () => {
    expect(compareIntents(group({ neighbors: [leaf1] }), { ...start, routerId: address('192.0.2.9') })).toEqual({
      certain: ['router-id of routeserver-1: 192.168.255.1 -> 192.0.2.9: all its sessions reset'],
      possible: [],
    });
  });

  it('says nobody exactly when the planner resets nobody and the guard evicts nobody', () => {
    let silent = 0;
    fc.assert(
      fc.property(
        intents,
        intents,
        fc.subarray(['routerId', 'asn', 'meshGroups', 'clientGroups'] as const),
        (before, other, keys) => {
          // Two intents of whatever kind differ in too much: only some keys are taken from the other.
          const after = keys.reduce((intent, key) => ({ ...intent, [key]: other[key] }), before);
          const { certain, possible } = compareIntents(before, after);
          const resetting = planChanges(toFrrConfig(before), toFrrConfig(after)).filter(
            ({ change }) => change.resets !== 'none',
          );
          const isNobody = resetting.length === 0 && describeEvictions(before, after).length === 0;
          if (isNobody) silent += 1;

          expect(certain.length + possible.length === 0).toBe(isNobody);
          expect(certain.length === 0).toBe(
            resetting.every(({ resets }) => resets.kind === 'neighbor' && resets.only === 'from-range') &&
              describeEvictions(before, after).length === 0,
          );
        },
      ),
      { numRuns: 1000 },
    );
    expect(silent).toBeGreaterThan(100);
  });
});

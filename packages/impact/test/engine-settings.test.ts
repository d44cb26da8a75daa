import { readSettings, type RouteServerSettings } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import { frrSessions } from '../src/kinds/settings/frr-sessions.ts';
import { junosSessions } from '../src/kinds/settings/junos-sessions.ts';
import { meshSizes } from '../src/kinds/settings/mesh-sizes.ts';

type Fields = Readonly<Record<string, unknown>>;

const pods = ['routeserver-a-0', 'routeserver-a-1'];
const routerIds = { 'routeserver-a-0': '192.168.255.11', 'routeserver-a-1': '192.168.255.12' };
const leaf = { name: 'dc1-leaf1', address: '192.168.1.11', asn: '65101' };

/** Settings with one mesh group and these client groups. */
function settings(fields: Fields, groups: readonly Fields[] = [{}], mesh: Fields = {}): RouteServerSettings {
  const bgpgroups = [
    { name: 'MESHRR-CORE', type: 'mesh', source: { sourcetype: 'kubernetes', service: 'meshrr-core' }, ...mesh },
    ...groups.map((group) => ({
      name: 'MESHRR-CLIENTS',
      type: 'subtractive',
      prefixes: ['192.168.0.0/16'],
      asranges: ['65001-65535'],
      ...group,
    })),
  ];
  const file = { asn: '65000.1', mode: 'evpnrs', engine: 'frr', routerIds, bgpgroups, ...fields };
  const result = readSettings('meshrr.conf.yml', JSON.stringify(file));
  return result.ok ? result.value : expect.unreachable(JSON.stringify(result.issues));
}

describe('fewer peers of the mesh', () => {
  const fewer = ['MESHRR-CORE keeps fewer peers of the mesh: the sessions with the others end'];
  const of = (size: number | undefined, maximum?: number) => ({
    size,
    // Of route servers the mesh is full, or the settings are refused.
    settings: settings({ mode: 'ipv4rr' }, [{}], maximum === undefined ? {} : { max_peers: maximum }),
  });

  it.each([
    ['a maximum far above', of(2), of(2, 100), []],
    ['a maximum of all there are', of(3), of(3, 2), []],
    ['a maximum below', of(3), of(3, 1), fewer],
    ['a lower maximum, of all there are', of(3, 9), of(3, 2), []],
    ['a lower maximum, below', of(9, 5), of(9, 4), fewer],
    ['a higher maximum', of(9, 4), of(9, 5), []],
    ['a maximum with more route servers', of(3), of(9, 2), []],
    ['a maximum with fewer route servers', of(9), of(3, 2), []],
    ['a maximum below, with fewer route servers', of(9), of(3, 1), fewer],
    ['a maximum where no route server is named', of(undefined), of(undefined, 100), fewer],
    ['a maximum of all there are, where first nobody said how many', of(undefined), of(3, 2), []],
  ])('%s', (_, before, after, certain) => {
    const pair = { before: before.settings, after: after.settings };
    const sizes = { before: before.size, after: after.size };
    expect(meshSizes(pair, sizes)).toEqual({ certain, possible: [] });
  });
});

describe('on FRR', () => {
  it('a pod that has had no router-id has had no session', () => {
    const before = settings({ routerIds: {} });

    expect(frrSessions({ before, after: settings({ asn: '64999' }) }, pods)).toEqual({ certain: [], possible: [] });
  });

  it('a pod that has no router-id any more keeps what it has', () => {
    const { 'routeserver-a-0': kept } = routerIds;
    const after = settings({ routerIds: { 'routeserver-a-0': kept } });

    expect(frrSessions({ before: settings({}), after }, pods)).toEqual({
      certain: [],
      possible: [
        'routeserver-a-1 has no router-id any more: its agent keeps the settings that it has, and the pod does not start again',
      ],
    });
  });

  it('what is the same for two pods is said once', () => {
    const after = settings({}, [{ prefixes: ['192.168.0.0/17'], neighbors: [leaf] }]);

    const { certain, possible } = frrSessions({ before: settings({}), after }, pods);

    expect(certain).toHaveLength(1);
    expect(possible).toEqual([
      'client dc1-leaf1 (192.168.1.11) is declared now: its session resets, if it has one from a listen range',
    ]);
  });
});

describe('on Junos', () => {
  const said = (before: RouteServerSettings, after: RouteServerSettings) => junosSessions({ before, after }, pods);
  const certainly = (before: RouteServerSettings, after: RouteServerSettings) => {
    const { certain, possible } = said(before, after);
    expect(possible).toEqual([]);
    return certain;
  };
  const start = settings({});

  it.each([
    ['nothing', start, start, []],
    ['RIB sharding', start, settings({ ribSharding: true }), ['ribSharding: undefined -> true: all sessions reset']],
    [
      'a router-id',
      start,
      settings({ routerIds: { ...routerIds, 'routeserver-a-1': '192.168.255.19' } }),
      ['router-id of routeserver-a-1: 192.168.255.12 -> 192.168.255.19: all its sessions reset'],
    ],
    ['a first router-id', settings({ routerIds: {} }), start, []],
    [
      'one listen range that goes',
      start,
      settings({}, [{ prefixes: ['10.9.0.0/16'] }]),
      ['MESHRR-CLIENTS: listen range 192.168.0.0/16 removed: sessions of its clients reset'],
    ],
    [
      'AS numbers where any was allowed',
      settings({}, [{ asranges: [] }]),
      start,
      ['MESHRR-CLIENTS: AS numbers no longer allowed: sessions of clients that have one reset'],
    ],
    [
      'fewer AS numbers',
      start,
      settings({}, [{ asranges: ['65001-65100'] }]),
      ['MESHRR-CLIENTS: AS numbers no longer allowed: sessions of clients that have one reset'],
    ],
    ['any AS number', start, settings({}, [{ asranges: [] }]), []],
    ['any AS number as before', settings({}, [{ asranges: [] }]), settings({}, [{ asranges: [] }]), []],
    ['a group that goes', start, settings({}, []), ['group MESHRR-CLIENTS removed: all its sessions reset']],
    [
      'an AS of a client',
      settings({}, [{ neighbors: [leaf] }]),
      settings({}, [{ neighbors: [{ ...leaf, asn: '65102' }] }]),
      ['MESHRR-CLIENTS: client dc1-leaf1 (192.168.1.11): remote AS changed: its session resets'],
    ],
    [
      'a client taken out',
      settings({}, [{ neighbors: [leaf] }]),
      start,
      ['MESHRR-CLIENTS: client dc1-leaf1 (192.168.1.11) is not declared any more: its session resets'],
    ],
    [
      'a client declared that no listen range held',
      start,
      settings({}, [{ neighbors: [{ ...leaf, address: '10.9.0.1' }], prefixes: ['192.168.0.0/16', '10.9.0.0/16'] }]),
      [],
    ],
  ])('%s', (_, before, after, certain) => {
    expect(certainly(before, after)).toEqual(certain);
  });

  it('a client that is declared now is possible', () => {
    expect(said(start, settings({}, [{ neighbors: [leaf] }]))).toEqual({
      certain: [],
      possible: [
        'MESHRR-CLIENTS: client dc1-leaf1 (192.168.1.11) is declared now: its session resets, if it has one from a listen range',
      ],
    });
  });
});

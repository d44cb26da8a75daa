import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address } from '@meshrs/network/test-data';
import { anyAddresses, anyPeers } from './arbitraries.test-data.ts';
import { desiredPeers, toPeersByGroup } from './desired.ts';

const nobody = { self: '192.0.2.200', own: [], declaredClients: [], current: {} };

describe('desiredPeers', () => {
  it('leaves out its own address and declared clients, and says so', () => {
    const desired = desiredPeers({
      ...nobody,
      own: [address('192.0.2.1')],
      declaredClients: [address('192.0.2.3')],
      groups: [{ name: 'CORE', published: ['192.0.2.3', '192.0.2.2', '192.0.2.1'].map(address) }],
    });
    expect(desired).toEqual([
      {
        name: 'CORE',
        peers: ['192.0.2.2'],
        leftOut: [
          { address: '192.0.2.1', reason: 'own-address' },
          { address: '192.0.2.3', reason: 'declared-client' },
        ],
      },
    ]);
  });

  it('gives an address that two groups name to the first group by name', () => {
    const shared = address('192.0.2.7');
    const groups = [
      { name: 'B', published: [shared] },
      { name: 'A', published: [shared] },
    ];
    expect(desiredPeers({ ...nobody, groups })).toEqual([
      { name: 'A', peers: [shared], leftOut: [] },
      { name: 'B', peers: [], leftOut: [{ address: shared, reason: 'in-another-group' }] },
    ]);
  });

  it('takes no peer with a maximum of 0', () => {
    const groups = [{ name: 'A', published: [address('192.0.2.7')], maximumPeers: 0 }];
    expect(toPeersByGroup(desiredPeers({ ...nobody, groups }))).toEqual({ A: [] });
  });

  it('keeps under a maximum the peers that it has, group by group', () => {
    const published = [1, 2, 3, 4, 5, 6, 7, 8].map((host) => address(`192.0.2.${String(host)}`));
    for (const kept of published) {
      const groups = [{ name: 'A', published, maximumPeers: 1 }];
      expect(desiredPeers({ ...nobody, groups, current: { A: [kept], B: published } })).toMatchObject([
        {
          peers: [kept],
          leftOut: published
            .filter((each) => each !== kept)
            .map((each) => ({ address: each, reason: 'over-max-peers' })),
        },
      ]);
    }
  });

  it('takes all where there is no maximum, and lists groups by name', () => {
    const published = [1, 2, 3].map((host) => address(`192.0.2.${String(host)}`));
    const names = ['B', 'C', 'A'];
    const groups = names.map((name, index) => ({ name, published: published.slice(index, index + 1) }));
    expect(desiredPeers({ ...nobody, groups }).map(({ name, peers }) => [name, peers])).toEqual([
      ['A', published.slice(2)],
      ['B', published.slice(0, 1)],
      ['C', published.slice(1, 2)],
    ]);
  });

  it('does not depend on the order of addresses and groups', () => {
    fc.assert(
      fc.property(anyPeers, anyAddresses, fc.nat(10), (published, own, maximumPeers) => {
        const groups = Object.entries(published).map(([name, addresses]) => ({
          name,
          published: addresses,
          maximumPeers,
        }));
        const backwards = groups.map((group) => ({ ...group, published: [...group.published].reverse() })).reverse();
        expect(desiredPeers({ ...nobody, own: [...own].reverse(), groups: backwards })).toEqual(
          desiredPeers({ ...nobody, own, groups }),
        );
      }),
    );
  });

  it('is settled once it is reached', () => {
    fc.assert(
      fc.property(anyPeers, fc.nat(10), (published, maximumPeers) => {
        const groups = Object.entries(published).map(([name, addresses]) => ({
          name,
          published: addresses,
          maximumPeers,
        }));
        const once = desiredPeers({ ...nobody, groups });
        expect(desiredPeers({ ...nobody, groups, current: toPeersByGroup(once) })).toEqual(once);
      }),
    );
  });
});

describe('one session with each route server', () => {
  const four = address('192.0.2.1');
  const six = address('2001:db8::1');
  const published = [four, six];

  it('says which address of a pair is not used, and why', () => {
    const servers = new Map(published.map((each) => [each, 'rs-b-0']));
    const groups = [{ name: 'A', published, servers, ownFamilies: ['ipv4' as const, 'ipv6' as const] }];
    expect(desiredPeers({ ...nobody, groups })).toEqual([
      { name: 'A', peers: [four], leftOut: [{ address: six, reason: 'other-family' }] },
    ]);
  });

  it('goes by the own addresses while the source has not published this route server', () => {
    const groups = [{ name: 'A', published, servers: new Map() }];
    expect(toPeersByGroup(desiredPeers({ ...nobody, own: [address('2001:db8::9')], groups }))).toEqual({ A: [six] });
    expect(toPeersByGroup(desiredPeers({ ...nobody, own: [address('192.0.2.9')], groups }))).toEqual({ A: [four] });
  });

  it('leaves a list that a person wrote as it is', () => {
    expect(toPeersByGroup(desiredPeers({ ...nobody, groups: [{ name: 'A', published }] }))).toEqual({ A: published });
  });

  it('does not count an address that belongs to a client: the pair then has the other one', () => {
    const groups = [{ name: 'A', published, servers: new Map() }];
    expect(desiredPeers({ ...nobody, own: [address('192.0.2.9')], declaredClients: [four], groups })).toEqual([
      { name: 'A', peers: [six], leftOut: [{ address: four, reason: 'declared-client' }] },
    ]);
  });

  it("names what can be nobody's address", () => {
    const groups = [
      {
        name: 'A',
        published: [four],
        noPeers: [{ address: address('127.0.0.1'), reason: 'special-address' as const }],
      },
    ];
    expect(desiredPeers({ ...nobody, groups })).toEqual([
      { name: 'A', peers: [four], leftOut: [{ address: '127.0.0.1', reason: 'special-address' }] },
    ]);
  });
});

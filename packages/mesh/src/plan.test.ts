import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address } from '@meshrs/network/test-data';
import { anyPeers, asDesired } from './arbitraries.test-data.ts';
import { toPeersByGroup } from './desired.ts';
import { applyChanges, planPeers } from './plan.ts';

describe('planPeers', () => {
  it('changes nothing when everything is as desired', () => {
    fc.assert(
      fc.property(anyPeers, (peers) => {
        expect(planPeers(peers, asDesired(peers))).toEqual([]);
      }),
    );
  });

  it('leads from any state to any other', () => {
    fc.assert(
      fc.property(anyPeers, anyPeers, (observed, wanted) => {
        const desired = asDesired(wanted);
        const reached = applyChanges(observed, planPeers(observed, desired));
        expect(reached).toEqual(applyChanges(toPeersByGroup(desired), []));
      }),
    );
  });

  it('does not depend on the order in which addresses and groups are given', () => {
    fc.assert(
      fc.property(anyPeers, anyPeers, (observed, wanted) => {
        const backwards = asDesired(wanted)
          .map((group) => ({ ...group, peers: [...group.peers].reverse() }))
          .reverse();
        expect(planPeers(reversed(observed), backwards)).toEqual(planPeers(observed, asDesired(wanted)));
      }),
    );
  });

  it('gives each removal its reason', () => {
    const [own, surplus, gone, stranger] = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map(address);
    if (!own || !surplus || !gone || !stranger) throw new Error('four addresses are given above');
    const desired = [
      {
        name: 'MESHRR-CORE',
        peers: [],
        leftOut: [
          { address: own, reason: 'own-address' as const },
          { address: surplus, reason: 'over-max-peers' as const },
        ],
      },
    ];
    expect(planPeers({ 'MESHRR-CORE': [own, surplus, gone], OLD: [stranger] }, desired)).toEqual([
      { kind: 'remove', group: 'MESHRR-CORE', address: own, reason: 'own-address' },
      { kind: 'remove', group: 'MESHRR-CORE', address: surplus, reason: 'over-max-peers' },
      { kind: 'remove', group: 'MESHRR-CORE', address: gone, reason: 'no-longer-published' },
      { kind: 'remove', group: 'OLD', address: stranger, reason: 'group-removed' },
    ]);
  });

  it('takes an address out of one group before it puts it into another', () => {
    const moved = address('192.0.2.9');
    const changes = planPeers({ A: [], B: [moved] }, asDesired({ A: [moved], B: [] }));
    expect(changes.map(({ kind, group }) => `${kind} ${group}`)).toEqual(['remove B', 'add A']);
  });
});

function reversed(peers: Readonly<Record<string, readonly unknown[]>>) {
  return Object.fromEntries(
    Object.entries(peers)
      .map(([group, addresses]) => [group, [...addresses].reverse()])
      .reverse(),
  ) as never;
}

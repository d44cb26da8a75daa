import type { EngineChange, EngineChangeKind } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { asDesired } from './arbitraries.test-data.ts';
import type { PeersByGroup } from './desired.ts';
import { peerChanges } from './explain-peer-changes.ts';

const [one, two, three, four] = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.10'].map(address);
if (!one || !two || !three || !four) throw new Error('four addresses are given above');

function told(changes: readonly EngineChange[], before: PeersByGroup, desired: PeersByGroup): readonly string[] {
  return peerChanges(changes, { before, desired: asDesired(desired) }).map(
    ({ kind, group, address: peer, reason }) => `${kind} ${peer} ${group} ${reason}`,
  );
}

function engineChange(kind: EngineChangeKind, subject: string, group?: string): EngineChange {
  return { kind, subject, ...(group !== undefined && { group }), resets: 'none' };
}

describe('the peers that came and went', () => {
  it('are those that the engine added and removed, in order of group and address', () => {
    const changes = [
      engineChange('neighbor-removed', '192.0.2.3', 'B'),
      engineChange('neighbor-added', '192.0.2.10', 'A'),
      engineChange('neighbor-added', '192.0.2.2', 'A'),
      engineChange('neighbor-removed', '192.0.2.1', 'A'),
    ];
    expect(told(changes, { A: [one], B: [three] }, { A: [two, four], B: [] })).toEqual([
      'remove 192.0.2.1 A no-longer-published',
      'remove 192.0.2.3 B no-longer-published',
      'add 192.0.2.2 A published',
      'add 192.0.2.10 A published',
    ]);
  });

  it('have each removal with its reason', () => {
    const desired = [
      {
        name: 'MESHRR-CORE',
        peers: [],
        leftOut: [
          { address: one, reason: 'own-address' as const },
          { address: two, reason: 'over-max-peers' as const },
        ],
      },
    ];
    const removed = (['192.0.2.1', '192.0.2.2', '192.0.2.3'] as const).map((peer) =>
      engineChange('neighbor-removed', peer, 'MESHRR-CORE'),
    );
    const changes = peerChanges([...removed, engineChange('neighbor-removed', '192.0.2.10', 'OLD')], {
      before: { 'MESHRR-CORE': [one, two, three], OLD: [four] },
      desired,
    });
    expect(changes).toEqual([
      { kind: 'remove', group: 'MESHRR-CORE', address: one, reason: 'own-address' },
      { kind: 'remove', group: 'MESHRR-CORE', address: two, reason: 'over-max-peers' },
      { kind: 'remove', group: 'MESHRR-CORE', address: three, reason: 'no-longer-published' },
      { kind: 'remove', group: 'OLD', address: four, reason: 'group-removed' },
    ]);
  });

  it('leave one group and come to another when the engine moves them', () => {
    const moved = [engineChange('neighbor-changed', '192.0.2.1', 'A')];
    expect(told(moved, { A: [], B: [one] }, { A: [one], B: [] })).toEqual([
      'remove 192.0.2.1 B no-longer-published',
      'add 192.0.2.1 A published',
    ]);
    expect(told(moved, { A: [] }, { A: [one] })).toEqual(['add 192.0.2.1 A published']);
    const gone = [engineChange('neighbor-changed', '192.0.2.1', 'CLIENTS')];
    expect(told(gone, { A: [one] }, { A: [] })).toEqual(['remove 192.0.2.1 A no-longer-published']);
  });

  it('are told too when somebody else had taken or put them there', () => {
    const repaired = [
      engineChange('neighbor-added', '192.0.2.1', 'A'),
      engineChange('neighbor-removed', '192.0.2.2', 'A'),
    ];
    expect(told(repaired, { A: [one] }, { A: [one] })).toEqual([
      'remove 192.0.2.2 A no-longer-published',
      'add 192.0.2.1 A published',
    ]);
  });

  it.each([
    ['a client', engineChange('neighbor-added', '192.0.2.1', 'CLIENTS')],
    ['a client that goes', engineChange('neighbor-removed', '192.0.2.1', 'CLIENTS')],
    ['an evicted address', engineChange('neighbor-added', '192.0.2.1')],
    ['a peer that is evicted, or let in again', engineChange('neighbor-changed', '192.0.2.2', 'A')],
    ['a range', engineChange('range-added', '192.0.2.0/24', 'A')],
    ['a group', { kind: 'group-added', group: 'A', resets: 'none' } as const],
  ])('do not hold %s', (_, change) => {
    expect(told([change], { A: [two] }, { A: [two] })).toEqual([]);
  });

  it('do not hold a change of another thing, or one that names nobody', () => {
    const before = { A: [two] };
    const removed = { kind: 'neighbor-removed', group: 'A', resets: 'none' } as const;
    for (const change of [
      removed,
      { ...removed, subject: 'eth0' },
      engineChange('range-removed', '192.0.2.2', 'A'),
      engineChange('filter-changed', '192.0.2.2', 'A'),
      engineChange('group-changed', '192.0.2.2', 'A'),
    ]) {
      expect(told([change], before, { A: [] })).toEqual([]);
    }
    const filter = engineChange('filter-changed', '192.0.2.1', 'A');
    expect(told([filter], { A: [] }, { A: [one] })).toEqual([]);
  });

  it('go with their group, also when the settings do not have it any more', () => {
    const gone = [engineChange('neighbor-removed', '192.0.2.1', 'OLD')];
    expect(told(gone, { OLD: [one] }, {})).toEqual(['remove 192.0.2.1 OLD group-removed']);
    expect(told(gone, { OLD: [] }, {})).toEqual(['remove 192.0.2.1 OLD group-removed']);
  });

  it('come without leaving where the engine did not have them', () => {
    const back = [engineChange('neighbor-added', '192.0.2.1', 'B')];
    expect(told(back, { A: [one] }, { A: [], B: [one] })).toEqual(['add 192.0.2.1 B published']);
  });

  it('leave by a removal that names no group', () => {
    expect(told([engineChange('neighbor-removed', '192.0.2.1')], { A: [one] }, { A: [] })).toEqual([
      'remove 192.0.2.1 A no-longer-published',
    ]);
    expect(told([engineChange('neighbor-removed', '192.0.2.1')], {}, { A: [] })).toEqual([]);
  });
});

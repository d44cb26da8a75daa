import { expect, test } from 'vitest';
import { topologyOf } from '../test/support/cases.ts';
import { lostClientsSeconds, reconnectSeconds } from './durations.ts';
import { sidesOf } from './scope.ts';

test('between two pods of a StatefulSet the slowest clients have the time to come back', () => {
  const topology = topologyOf('frr');
  const group = topology.clientGroups['MESHRR-CLIENTS'] ?? expect.unreachable();
  const clientGroups = Object.fromEntries(
    [5, 60, 10].map((connectRetrySeconds) => [
      `AFTER-${String(connectRetrySeconds)}`,
      { ...group, connectRetrySeconds },
    ]),
  );

  expect(reconnectSeconds({ ...topology, clientGroups })).toBe(65);
});

test.each([
  ['beside another side', 'frr', { a: 600, b: 600 }],
  ['several behind one VIP', 'two-replicas', { a: 600, b: 0 }],
  ['two StatefulSets behind one VIP', 'two-workloads', { a: 0, b: 600 }],
])('lost clients make a route server unready only where its readiness moves nothing: %s', (_, name, wanted) => {
  const topology = topologyOf(name);
  const clusters = Object.keys(topology.placement.clusters);
  const seconds = clusters.flatMap((cluster) =>
    sidesOf({ cluster, topology, hasCustom: false }).map((side) => [side.side, lostClientsSeconds(side)] as const),
  );
  expect(Object.fromEntries(seconds)).toEqual(wanted);
});

test('nor where its cluster has no other side, so that the budget there would hold nobody', () => {
  const topology = topologyOf('frr');
  const [cluster = '', placed] = Object.entries(topology.placement.clusters)[0] ?? [];
  if (!placed) throw new Error('the case has no cluster');
  const placement = { ...topology.placement, clusters: { [cluster]: { ...placed, sides: ['a'] } } };
  const [alone] = sidesOf({ cluster, topology: { ...topology, placement }, hasCustom: false });
  expect(alone && lostClientsSeconds(alone)).toBe(0);
});

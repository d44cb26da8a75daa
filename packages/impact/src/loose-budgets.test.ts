import { readBuilt } from '@meshrs/manifests/built';
import { describe, expect, it } from 'vitest';
import { looseBudgets } from './loose-budgets.ts';

const labels = { app: 'meshrr-evpnrs' };
const set = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, namespace: 'meshrr' },
  spec: {
    replicas,
    serviceName: 'x',
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'frr', image: 'frr' }] } },
  },
});
const budget = (spec: Readonly<Record<string, unknown>>) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'meshrr-evpnrs', namespace: 'meshrr' },
  spec: { ...spec, selector: { matchLabels: labels } },
});
/** As it is generated. */
const share = (count: number) => ({ minAvailable: `${String(Math.floor((100 * (count - 1)) / count))}%` });
const fleet = (a: number, b: number, spec: Readonly<Record<string, unknown>> = share(a + b)) => [
  set('routeserver-a', a),
  set('routeserver-b', b),
  budget(spec),
];
const loose = (before: readonly unknown[], after: readonly unknown[]) =>
  looseBudgets(readBuilt(before), readBuilt(after)).map(({ staying, running, evictable }) => [
    staying,
    running,
    evictable,
  ]);

describe('a budget that is applied before the route servers go', () => {
  it.each([
    ['two of each side become one', fleet(2, 2), fleet(1, 1), [[2, 4, 2]]],
    ['three of each side become one', fleet(3, 3), fleet(1, 1), [[2, 6, 3]]],
    ['four of each side become two', fleet(4, 4), fleet(2, 2), [[4, 8, 2]]],
    [
      'both sides get new names: the old ones run on until the end',
      [set('routeserver-x', 1), set('routeserver-y', 1), budget(share(2))],
      fleet(1, 1),
      [[2, 4, 2]],
    ],
    [
      'a share that may be away is of more',
      fleet(4, 4, { maxUnavailable: '25%' }),
      fleet(2, 2, { maxUnavailable: '25%' }),
      [[4, 8, 2]],
    ],
    ['a number that stays is of more', fleet(2, 2, { minAvailable: 3 }), fleet(1, 1, { minAvailable: 1 }), [[2, 4, 3]]],
  ])('is too loose where %s', (_, before, after, expected) => {
    expect(loose(before, after)).toEqual(expected);
  });

  it.each([
    ['one side becomes smaller', fleet(2, 2), fleet(2, 1)],
    ['then the other', fleet(2, 1), fleet(1, 1)],
    ['three of each side become two', fleet(3, 3), fleet(2, 2)],
    ['the fleet grows', fleet(1, 1), fleet(2, 2)],
    ['nothing was there', [], fleet(1, 1)],
    ['nothing stays', fleet(1, 1), []],
    ['nothing changes', fleet(2, 2), fleet(2, 2)],
    ['one StatefulSet gets a new name', [set('routeserver-x', 1), set('routeserver-b', 1)], fleet(1, 1)],
    ['it allows one, whatever there is', fleet(2, 2), fleet(1, 1, { maxUnavailable: 1 })],
    ['it says no bound', fleet(2, 2), fleet(1, 1, {})],
    ['it is meant to let two go', fleet(3, 3), fleet(2, 2, { maxUnavailable: 2 })],
  ])('is not too loose where %s', (_, before, after) => {
    expect(loose(before, after)).toEqual([]);
  });

  it('is never so where one route server goes', () => {
    for (let count = 3; count <= 90; count++) expect(loose(fleet(count - 1, 1), fleet(count - 2, 1))).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterObjects } from '@meshrs/manifests';
import { casesFolder, readText } from '@meshrs/manifests/test-support';
import { expect, test } from 'vitest';
import { compareBuilt, type Comparison } from '../src/index.ts';

const source = readFileSync(join(casesFolder, 'frr/topology.yaml'), 'utf8');
const objectsOf = (text: string) => clusterObjects({ cluster: 'dci', topology: readText(text), hasCustom: false });

function compared(edits: readonly (readonly [from: string | RegExp, to: string])[]): Comparison {
  const edited = edits.reduce((text, [from, to]) => {
    const next = text.replaceAll(from, to);
    expect(next, String(from)).not.toBe(text);
    return next;
  }, source);
  return compareBuilt(objectsOf(source), objectsOf(edited));
}

const renamed = (from: string, to: string) =>
  [
    [new RegExp(`(sides: \\[.*)\\b${from}\\b`, 'g'), `$1${to}`],
    [new RegExp(`^  ${from}:$`, 'gm'), `  ${to}:`],
    [new RegExp(`side: ${from}$`, 'gm'), `side: ${to}`],
  ] as const;
const setOf = (side: string, to: string): string => `StatefulSet meshrr/routeserver-${side} to ${to}`;
const moves = ({ movedObjects }: Comparison): string[] => movedObjects.map(({ object, to }) => `${object} to ${to}`);

test.each([
  ['a side with another name', renamed('b', 'c'), [setOf('b', 'c')]],
  [
    'a side with another name, and another VIP, which MetalLB would take',
    [...renamed('b', 'c'), ['192.168.255.2]', '192.168.255.9]']] as const,
    [setOf('b', 'c')],
  ],
  ['both sides with other names', [...renamed('a', 'x'), ...renamed('b', 'y')], [setOf('a', 'x'), setOf('b', 'y')]],
  [
    'StatefulSets that change places',
    [
      ['routeserver-a:', 'routeserver-c:'],
      ['routeserver-b:', 'routeserver-a:'],
      ['routeserver-c:', 'routeserver-b:'],
    ] as const,
    [setOf('b', 'a'), setOf('a', 'b')],
  ],
])('%s: what keeps its name is told', (_, edits, expected) => {
  const comparison = compared(edits);
  expect(moves(comparison)).toEqual(expected);
  // Nobody can delete it while its old side alone is open: no gate opens that one, or it is not that one's any more.
  const anew = comparison.acts.filter(({ what }) => what.startsWith('the sync fails at StatefulSet'));
  expect(anew).toHaveLength(expected.length);
  for (const { side, what } of anew) expect([side, what]).toEqual([undefined, expect.stringContaining(byAllOpen)]);
});

const byAllOpen =
  'delete it then, while all sides are open (docs/operations.md, "Open a side by hand"), since it goes from';

test('a side in the place of another one, with names of its own, moves nothing', () => {
  const edits = [
    ...renamed('b', 'c'),
    ['routeserver-b:', 'rs-c:'],
    ['192.168.255.2]', '192.168.255.9]'],
    ['192.168.255.21]', '192.168.255.31]'],
  ] as const;
  expect(moves(compared(edits))).toEqual([]);
});

test.each([
  ['grafana.integreatly.org/v1beta1', 'GrafanaDashboard', {}],
  ['v1', 'ConfigMap', { data: { x: 'y' } }],
  ['networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {} } }],
  ['apps/v1', 'Deployment', { spec: deploymentOf({ app: 'mine' }) }],
])(
  'an object of the user, with the label of a side, moves nothing that a side runs: %s %s',
  (apiVersion, kind, fields) => {
    const object = (side: string, more: object = {}) => ({
      ...{ apiVersion, kind, ...fields },
      metadata: { name: 'mine', namespace: 'other', labels: { side, ...more } },
    });
    const before = objectsOf(source);
    const over = (more: object): Comparison =>
      compareBuilt([...before, object('a', more)], [...before, object('b', more)]);
    expect(over({})).toMatchObject({ movedObjects: [], effects: [] });
    // By the label it is one of those that are generated.
    expect(moves(over({ 'app.kubernetes.io/part-of': 'meshrs' }))).toHaveLength(1);
  },
);

function deploymentOf(labels: object): object {
  return { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [] } } };
}

test('a StatefulSet of the user whose pods are route servers moves', () => {
  const set = (side: string) => ({
    ...{
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'mine', namespace: 'meshrr', labels: { side } },
    },
    spec: { ...deploymentOf({ side }), replicas: 1, serviceName: 'x' },
  });
  const before = objectsOf(source);
  expect(moves(compareBuilt([...before, set('a')], [...before, set('b')]))).toEqual(['StatefulSet meshrr/mine to b']);
});

import { describe, expect, test } from 'vitest';
import { nodeChanges, type StuckNodes } from './moved-nodes.ts';

type Nodes = Readonly<Record<string, string>>;

const textOf = (nodes: Nodes, more = ''): string =>
  `${more}nodes:\n${Object.entries(nodes)
    .map(([name, side]) => `  ${name}: { side: ${side}, links: [] }\n`)
    .join('')}`;
const file = 'topologies/dci.yaml';
const changesOf = (before: string, after: string) =>
  nodeChanges([{ file, text: before }], [{ file, text: after }], ['dci']);
const commands = (before: Nodes, after: Nodes, more = '') =>
  changesOf(textOf(before, more), textOf(after, more)).acts.map((act) => [act.when, ...act.commands]);

const open = (side: string, node: string, more = ''): string =>
  `pnpm meshrs open ${side} dci${more} --reason 'node ${node} leaves side ${side}'`;
const pods = (side: string, node: string): string =>
  `kubectl -n meshrr delete pod -l side=${side},meshrs.dev/workload --field-selector spec.nodeName=${node}`;
const moves = (node: string, from: string, to: string | undefined): string[] => [
  'after',
  open(from, node),
  `kubectl label node ${node} ${to === undefined ? 'side-' : `side=${to} --overwrite`}`,
  pods(from, node),
];

describe('of a node there is said what to do', () => {
  test.each<[string, Nodes, Nodes, readonly (readonly string[])[]]>([
    ['that stays', { n1: 'a' }, { n1: 'a' }, []],
    ['that comes', { n1: 'a' }, { n1: 'a', n2: 'b' }, [['before', 'kubectl label node n2 side=b']]],
    ['that moves', { n1: 'a', n2: 'b', n3: 'a' }, { n1: 'b', n2: 'b', n3: 'a' }, [moves('n1', 'a', 'b')]],
    ['that leaves', { n1: 'a', n2: 'b', n3: 'b' }, { n1: 'a', n2: 'b' }, [moves('n3', 'b', undefined)]],
    [
      'that is the last of its side, where another one comes',
      { n1: 'a', n2: 'b' },
      { n1: 'b', n2: 'b', n9: 'a' },
      [['before', 'kubectl label node n9 side=a'], moves('n1', 'a', 'b')],
    ],
    // Its side is not guarded any more, and has a word of its own.
    ['that goes with its side', { n1: 'a', n2: 'b', n3: 'c' }, { n1: 'a', n2: 'b' }, []],
    [
      'that stays when its side goes',
      { n1: 'a', n2: 'b', n3: 'c' },
      { n1: 'a', n2: 'b', n3: 'b' },
      [['after', 'kubectl label node n3 side=b --overwrite']],
    ],
    [
      'that replaces the last one, when its side has gone',
      { n1: 'a', n2: 'b', n3: 'c' },
      { n1: 'a', n3: 'b' },
      [['after', 'kubectl label node n3 side=b --overwrite'], moves('n2', 'b', undefined)],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(commands(before, after)).toEqual(expected);
    expect(changesOf(textOf(before), textOf(after)).stuck).toEqual([]);
  });

  test('of the cluster of its side, where there are several', () => {
    const clusters = 'placement: { clusters: { one: { sides: [a] }, two: { sides: [b] } } }\n';
    expect(commands({ n1: 'a', n2: 'b', n3: 'b' }, { n1: 'a', n2: 'b' }, clusters)).toEqual([
      ['after', open('b', 'n3', ' --cluster two'), 'kubectl label node n3 side-', pods('b', 'n3')],
    ]);
    // No label takes a node to another cluster.
    expect(commands({ n1: 'a', n2: 'b', n3: 'b' }, { n1: 'a', n2: 'b', n3: 'a' }, clusters)).toEqual([
      ['after', open('b', 'n3', ' --cluster two'), 'kubectl label node n3 side-', pods('b', 'n3')],
      ['after', 'kubectl label node n3 side=a'],
    ]);
  });
});

describe('the label of the nodes is that of the topology', () => {
  const withLabel = 'placement: { nodeLabel: node.cluster.x-k8s.io/side }\n';
  const key = 'node.cluster.x-k8s.io/side';

  test.each<[string, Nodes, Nodes, readonly (readonly string[])[]]>([
    ['of one that comes', { n1: 'a' }, { n1: 'a', n2: 'b' }, [['before', `kubectl label node n2 ${key}=b`]]],
    [
      'of one that moves',
      { n1: 'a', n2: 'b', n3: 'a' },
      { n1: 'b', n2: 'b', n3: 'a' },
      [['after', open('a', 'n1'), `kubectl label node n1 ${key}=b --overwrite`, pods('a', 'n1')]],
    ],
    [
      'of one that leaves',
      { n1: 'a', n2: 'b', n3: 'b' },
      { n1: 'a', n2: 'b' },
      [['after', open('b', 'n3'), `kubectl label node n3 ${key}-`, pods('b', 'n3')]],
    ],
    [
      'of one that stays when its side goes',
      { n1: 'a', n2: 'b', n3: 'c' },
      { n1: 'a', n2: 'b', n3: 'b' },
      [['after', `kubectl label node n3 ${key}=b --overwrite`]],
    ],
    [
      'of one that is stuck',
      { n1: 'a', n2: 'b' },
      { n1: 'b', n2: 'a' },
      [
        [
          'after',
          "pnpm meshrs open --both --force dci --reason 'nodes change their sides'",
          `kubectl label node n1 ${key}=b --overwrite`,
          `kubectl label node n2 ${key}=a --overwrite`,
          pods('a', 'n1'),
          pods('b', 'n2'),
        ],
      ],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(commands(before, after, withLabel)).toEqual(expected);
  });

  test('of one that comes to another cluster', () => {
    const clusters = `placement: { nodeLabel: ${key}, clusters: { one: { sides: [a] }, two: { sides: [b] } } }\n`;
    expect(commands({ n1: 'a', n2: 'b', n3: 'b' }, { n1: 'a', n2: 'b', n3: 'a' }, clusters)).toEqual([
      ['after', open('b', 'n3', ' --cluster two'), `kubectl label node n3 ${key}-`, pods('b', 'n3')],
      ['after', `kubectl label node n3 ${key}=a`],
    ]);
  });
});

describe('nodes that move together', () => {
  test.each<[string, Nodes, Nodes, readonly string[]]>([
    [
      'first the one that brings the other side a spare node',
      { n1: 'a', n2: 'b', n3: 'b' },
      { n1: 'b', n2: 'a', n3: 'b' },
      ['n2', 'n1'],
    ],
    ['those that leave for good are last', { n1: 'a', n0: 'a', n2: 'b' }, { n1: 'b', n2: 'a' }, ['n1', 'n2', 'n0']],
    [
      'a ring of three sides',
      { n1: 'a', n2: 'b', n3: 'c', n4: 'c' },
      { n1: 'b', n2: 'c', n3: 'a', n4: 'c' },
      ['n3', 'n1', 'n2'],
    ],
  ])('have an order: %s', (_, before, after, order) => {
    const { acts, stuck } = changesOf(textOf(before), textOf(after));
    expect(acts.map(({ what }) => / (n\d) /.exec(what)?.[1])).toEqual(order);
    expect(stuck).toEqual([]);
  });

  test.each<[string, Nodes, Nodes, string, readonly string[]]>([
    [
      'a side with another name on the same nodes',
      { n1: 'a', n2: 'b', n3: 'b' },
      { n1: 'a', n2: 'c', n3: 'c' },
      'side-comes',
      ['n2', 'n3'],
    ],
    [
      'a side that comes on a node of one that stays',
      { n1: 'a', n2: 'b', n3: 'b' },
      { n1: 'a', n2: 'b', n3: 'c' },
      'side-comes',
      ['n3'],
    ],
    [
      'a side that comes on nodes of its own, and one of another side',
      { n1: 'a', n2: 'b', n3: 'b' },
      { n1: 'a', n2: 'b', n3: 'c', n4: 'c' },
      'side-comes',
      ['n3'],
    ],
    ['two sides that change places', { n1: 'a', n2: 'b' }, { n1: 'b', n2: 'a' }, 'last-nodes', ['n1', 'n2']],
    [
      'the last node of a side, which gets that of another one',
      { n1: 'a', n2: 'b', n3: 'c' },
      { n1: 'b', n2: 'a', n3: 'c' },
      'last-nodes',
      ['n1', 'n2'],
    ],
  ])('have none, and are refused: %s', (_, before, after, because, nodes) => {
    const { acts, stuck } = changesOf(textOf(before), textOf(after));
    expect(stuck.map((each) => [each.because, each.moves.map(({ node }) => node)])).toEqual([[because, nodes]]);
    // Who has said yes to an outage is told commands that know no side that goes or comes.
    expect(acts.filter(({ commands: [first] }) => first?.includes('meshrs open'))).toMatchObject([
      {
        commands: [
          expect.stringContaining('open --both --force dci') as string,
          ...nodes.map((node) => expect.stringMatching(`^kubectl label node ${node} side=`) as string),
          ...nodes.map((node) => expect.stringMatching(`delete pod -l side=.* spec.nodeName=${node}$`) as string),
        ],
      },
    ]);
  });
});

/** Route servers of each side, each in a StatefulSet of its own beyond the second. */
const servers = (numbers: Readonly<Record<string, number>>): string =>
  `sides:\n${Object.entries(numbers)
    .map(
      ([side, number]) =>
        `  ${side}: { statefulSets: { one: { replicas: ${String(Math.min(number, 2))} }${number > 2 ? ', two: {}' : ''} } }\n`,
    )
    .join('')}`;
type Numbers = Readonly<Record<string, number>>;
const fleetChanges = (before: [Nodes, Numbers], after: [Nodes, Numbers]) =>
  changesOf(textOf(before[0], servers(before[1])), textOf(after[0], servers(after[1])));
const two = { a: 2, b: 2 };

describe('a side keeps a node for each of its route servers', () => {
  test.each<[string, [Nodes, Numbers], [Nodes, Numbers], StuckNodes['because'], readonly string[]]>([
    [
      'two sides without a spare node change one each',
      [{ n1: 'a', n2: 'a', n3: 'b', n4: 'b' }, two],
      [{ n1: 'b', n2: 'a', n3: 'a', n4: 'b' }, two],
      'last-nodes',
      ['n1', 'n3'],
    ],
    [
      'three route servers in two StatefulSets',
      [
        { n1: 'a', n2: 'a', n3: 'a', n4: 'b' },
        { a: 3, b: 1 },
      ],
      [
        { n1: 'b', n2: 'a', n3: 'a', n4: 'a' },
        { a: 3, b: 1 },
      ],
      'last-nodes',
      ['n1', 'n4'],
    ],
    [
      'a side that grows on a node of another one',
      [
        { n1: 'a', n2: 'a', n3: 'b' },
        { a: 1, b: 1 },
      ],
      [
        { n1: 'b', n2: 'a', n3: 'b' },
        { a: 1, b: 2 },
      ],
      'side-grows',
      ['n1'],
    ],
    [
      'a side that grows on a node of one that goes',
      [
        { n1: 'a', n2: 'b', n3: 'c' },
        { a: 1, b: 1, c: 1 },
      ],
      [
        { n1: 'a', n2: 'b', n3: 'b' },
        { a: 1, b: 2 },
      ],
      'side-grows',
      ['n3'],
    ],
    [
      'a side that grows, gives a node and gets one',
      [
        { n1: 'a', n2: 'a', n3: 'b', n4: 'b' },
        { a: 1, b: 2 },
      ],
      [
        { n1: 'b', n2: 'a', n3: 'b', n4: 'b' },
        { a: 1, b: 3 },
      ],
      'side-grows',
      ['n1'],
    ],
  ])('refused: %s', (_, before, after, because, nodes) => {
    const { stuck } = fleetChanges(before, after);
    expect(stuck.map((each) => [each.because, each.moves.map(({ node }) => node)])).toEqual([[because, nodes]]);
  });

  test.each<[string, [Nodes, Numbers], [Nodes, Numbers], readonly string[]]>([
    [
      'one of them has a spare node',
      [{ n1: 'a', n2: 'a', n3: 'b', n4: 'b', n5: 'b' }, two],
      [{ n1: 'b', n2: 'a', n3: 'a', n4: 'b', n5: 'b' }, two],
      ['n3', 'n1'],
    ],
    [
      'a node comes, to the side that gives one',
      [{ n1: 'a', n2: 'a', n3: 'b', n4: 'b' }, two],
      [{ n1: 'b', n2: 'a', n3: 'b', n4: 'b', n5: 'a' }, two],
      ['n5', 'n1'],
    ],
    [
      'the side that grows has the node already',
      [
        { n1: 'a', n2: 'a', n3: 'b', n4: 'b' },
        { a: 1, b: 1 },
      ],
      [
        { n1: 'b', n2: 'a', n3: 'b', n4: 'b' },
        { a: 1, b: 2 },
      ],
      ['n1'],
    ],
    [
      'the side that gives one has fewer route servers when the sync is over',
      [
        { n1: 'a', n2: 'a', n3: 'b' },
        { a: 2, b: 1 },
      ],
      [
        { n1: 'b', n2: 'a', n3: 'b' },
        { a: 1, b: 1 },
      ],
      ['n1'],
    ],
  ])('has an order: %s', (_, before, after, order) => {
    const { acts, stuck } = fleetChanges(before, after);
    expect(acts.map(({ what }) => /node (n\d) /.exec(what)?.[1])).toEqual(order);
    expect(stuck).toEqual([]);
  });
});

test('a node of a side that goes is no node of another cluster until it has come there', () => {
  const clusters = (three: string) => `placement: { clusters: { one: { sides: [a${three}] }, two: { sides: [b] } } }\n`;
  const [before, after] = [
    { n1: 'a', n2: 'b', n3: 'c' },
    { n1: 'a', n2: 'b', n3: 'b' },
  ];
  const moved = changesOf(textOf(before, clusters(', c')), textOf(after, clusters('')));
  expect(moved.acts.map(({ when, commands }) => [when, ...commands])).toEqual([
    ['after', 'kubectl label node n3 side=b'],
  ]);
  // It cannot take the place of another one.
  const instead = changesOf(textOf(before, clusters(', c')), textOf({ n1: 'a', n3: 'b' }, clusters('')));
  expect(instead.stuck).toMatchObject([{ because: 'last-nodes', moves: [{ node: 'n2', from: 'b' }] }]);
  const near = changesOf(
    textOf(before, clusters('').replace('[b]', '[b, c]')),
    textOf({ n1: 'a', n3: 'b' }, clusters('')),
  );
  expect(near.stuck).toEqual([]);
});

describe('a topology is found again', () => {
  const of = (cluster: string): string => `placement: { clusters: { ${cluster}: { sides: [a, b] } } }\n`;
  const [before, after] = [
    { n1: 'a', n2: 'b', n3: 'a' },
    { n1: 'b', n2: 'b', n3: 'a' },
  ];
  const texts = (file: string, nodes: Nodes, cluster: string) => ({ file, text: textOf(nodes, of(cluster)) });

  test.each([
    ['under another name', [texts('topologies/old.yaml', before, 'dci')]],
    [
      'where another one has its name now',
      [texts('topologies/old.yaml', before, 'dci'), texts('topologies/dci.yaml', { n1: 'a', n2: 'b' }, 'other')],
    ],
  ])('%s', (_, old) => {
    const { acts } = nodeChanges(old, [texts('topologies/dci.yaml', after, 'dci')], ['dci', 'other']);
    expect(acts.map(({ commands }) => commands)).toEqual([moves('n1', 'a', 'b').slice(1)]);
  });

  test('under its name, with another cluster, to which its nodes come', () => {
    const old = [texts('topologies/dci.yaml', before, 'old')];
    const { acts } = nodeChanges(old, [texts('topologies/dci.yaml', after, 'dci')], ['old']);
    expect(acts.map(({ commands }) => commands.at(-2) ?? commands[0])).toEqual([
      'kubectl label node n1 side-',
      'kubectl label node n1 side=b',
    ]);
  });

  test.each([
    ['it cannot be read', [{ file: 'topologies/dci.yaml', text: 'nodes: [' }]],
    ['it is none', [{ file: 'topologies/dci.yaml', text: 'nodes: 1' }]],
    ['the commit has none', []],
    ['the commit has one of another cluster', [texts('topologies/other.yaml', before, 'other')]],
  ])('or it is said that nodes were not compared: %s', (_, old) => {
    const now = [texts('topologies/dci.yaml', after, 'dci')];
    expect(nodeChanges(old, now, ['dci', 'other'])).toMatchObject({
      acts: [
        {
          when: 'before',
          what: expect.stringMatching(/^topologies\/dci.yaml: whether nodes/) as string,
          commands: ['kubectl get nodes -L side'],
        },
      ],
      stuck: [],
    });
    // Of a fleet of which nothing is generated nothing runs.
    expect(nodeChanges(old, now, ['other'])).toEqual({ acts: [], stuck: [] });
  });
});

test('of a topology that is none nothing is said here', () => {
  expect(changesOf(textOf({ n1: 'a' }), 'nodes: [')).toEqual({ acts: [], stuck: [] });
});

import { expect, test } from 'vitest';
import { nodeActs } from './moved-nodes.ts';

const topology = (nodes: Readonly<Record<string, string>>) => [
  {
    file: 'topologies/dci.yaml',
    text: `nodes:\n${Object.entries(nodes)
      .map(([name, side]) => `  ${name}: { side: ${side}, links: [] }\n`)
      .join('')}`,
  },
];
const acts = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) =>
  nodeActs(topology(before), topology(after)).map(({ when, commands }) => [when, ...commands]);

test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, readonly (readonly string[])[]]>(
  [
    ['stays', { n1: 'a' }, { n1: 'a' }, []],
    ['comes', { n1: 'a' }, { n1: 'a', n2: 'b' }, [['before', 'kubectl label node n2 side=b']]],
    [
      'moves',
      { n1: 'a', n2: 'b' },
      { n1: 'b', n2: 'b' },
      [
        [
          'after',
          "pnpm meshrs open a dci --reason 'node n1 leaves side a'",
          'kubectl label node n1 side=b --overwrite',
        ],
      ],
    ],
    [
      'moves to a side that has none yet',
      { n1: 'a', n2: 'b' },
      { n1: 'a', n2: 'c' },
      [
        [
          'before',
          "pnpm meshrs open b dci --reason 'node n2 leaves side b'",
          'kubectl label node n2 side=c --overwrite',
        ],
      ],
    ],
    [
      'goes',
      { n1: 'a', n2: 'b' },
      { n1: 'a' },
      [['after', "pnpm meshrs open b dci --reason 'node n2 leaves side b'", 'kubectl label node n2 side-']],
    ],
  ],
)('of a node that %s there is said what to do', (_, before, after, expected) => {
  expect(acts(before, after)).toEqual(expected);
});

test('of a topology that is new, and of what is none, nothing', () => {
  expect(nodeActs([], topology({ n1: 'a' }))).toEqual([]);
  expect(nodeActs([{ file: 'topologies/dci.yaml', text: 'nodes: [' }], topology({ n1: 'a' }))).toEqual([]);
  expect(nodeActs([{ file: 'topologies/dci.yaml', text: 'nodes: 1' }], topology({ n1: 'a' }))).toEqual([]);
});

import { expect, it } from 'vitest';
import { seeSpeakers } from './see-speakers.ts';

/* Whose node it is decides in which turn its speaker goes: one that is of no side goes in any. */

const wanted = { namespace: 'metallb', daemonSets: ['metallb-speaker'], absent: [], revision: 'new' };

/** Two nodes, each with the labels of two fleets. */
const client = {
  getDated: (path: string) => {
    const node = (name: string, side: string, other: string) => ({
      metadata: { name, labels: { side, 'node.cluster.x-k8s.io/side': other } },
    });
    const set = { metadata: { uid: 'set' }, spec: { template: { spec: { containers: [] } } } };
    const items = path.startsWith('/api/v1/nodes') ? [node('kube1', 'a', 'left'), node('kube2', 'b', 'right')] : [];
    return Promise.resolve({ value: path.includes('/daemonsets/') ? set : { items }, dateMs: undefined });
  },
};

it.each([
  ['side, where no label is named', wanted, ['a', 'b']],
  ['that of the topology', { ...wanted, nodeLabel: 'node.cluster.x-k8s.io/side' }, ['left', 'right']],
  ['one that no node has', { ...wanted, nodeLabel: 'other' }, [undefined, undefined]],
])('a node is of the side that its label says: %s', async (_, intent, sides) => {
  const { sight } = await seeSpeakers(client, intent, new AbortController().signal);
  expect(sight.nodes.map(({ side }) => side)).toEqual(sides);
});

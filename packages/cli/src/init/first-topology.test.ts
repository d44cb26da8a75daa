import { formatIssue } from '@meshrs/strict-yaml';
import { readTopology } from '@meshrs/topology';
import { expect, test } from 'vitest';
import { questions, type Answers } from './answers.ts';
import { firstTopology } from './first-topology.ts';

test('two clusters and cRPD, which init does not offer yet, would be a topology without a fault', () => {
  const initial = Object.fromEntries(questions.map(({ flag, initial }) => [flag, initial])) as Answers;

  const text = firstTopology({ ...initial, clusters: 'two', engine: 'crpd' });

  const { issues } = readTopology('topologies/dci.yaml', text, { allowUnsupported: true });
  expect(issues.map(formatIssue)).toEqual([]);
  expect(readTopology('topologies/dci.yaml', text).issues.map(({ code }) => code)).toEqual([
    'several-clusters-not-supported',
    'engine-not-supported',
  ]);
});

import { expect, test } from 'vitest';
import { formatSpeakers, parseSpeakers, type SpeakersIntent } from './speakers.ts';

test.each<[SpeakersIntent, string]>([
  [
    { namespace: 'metallb', daemonSets: ['metallb-speaker'], absent: ['metallb-frr-k8s'], revision: '5f2c' },
    'metallb/metallb-speaker,!metallb-frr-k8s@5f2c',
  ],
  [
    { namespace: 'load-balancer', daemonSets: ['metallb-speaker', 'metallb-frr-k8s'], absent: [], revision: '0' },
    'load-balancer/metallb-speaker,metallb-frr-k8s@0',
  ],
  [
    {
      namespace: 'metallb',
      daemonSets: ['metallb-speaker'],
      absent: ['metallb-frr-k8s'],
      revision: '5f2c',
      nodeLabel: 'node.cluster.x-k8s.io/side',
    },
    'metallb/metallb-speaker,!metallb-frr-k8s@5f2c#node.cluster.x-k8s.io/side',
  ],
])('what is written for MetalLB is read back: %j', (intent, text) => {
  expect(formatSpeakers(intent)).toBe(text);
  expect(parseSpeakers(text)).toEqual(intent);
});

test.each([
  '',
  'metallb',
  'metallb/@5f2c',
  'metallb/a,@5f2c',
  'metallb/a',
  '/a@5f2c',
  'metallb/a@',
  'm/a/b@5',
  'm/a@5@6',
  'metallb/!a@5',
  'metallb/a,!@5',
  'metallb/a,!!b@5',
  'metallb/a@5#',
  'metallb/a@5#x#y',
  'metallb/a#x',
])('"%s" is none', (text) => {
  expect(parseSpeakers(text)).toBeUndefined();
});

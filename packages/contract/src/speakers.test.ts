import { expect, test } from 'vitest';
import { formatSpeakers, parseSpeakers } from './speakers.ts';

test.each([
  [
    { namespace: 'metallb', daemonSets: ['metallb-speaker'], revision: '5f2c', nodeLabel: 'side' },
    'metallb/metallb-speaker@5f2c:side',
  ],
  [
    {
      namespace: 'load-balancer',
      daemonSets: ['metallb-speaker', 'metallb-frr-k8s'],
      revision: '0',
      nodeLabel: 'example.com/side',
    },
    'load-balancer/metallb-speaker,metallb-frr-k8s@0:example.com/side',
  ],
])('what is written for MetalLB is read back: %j', (intent, text) => {
  expect(formatSpeakers(intent)).toBe(text);
  expect(parseSpeakers(text)).toEqual(intent);
});

test.each([
  '',
  'metallb',
  'metallb/@5f2c:side',
  'metallb/a,@5f2c:side',
  'metallb/a',
  '/a@5f2c:side',
  'metallb/a@:side',
  'metallb/a@5f2c',
  'metallb/a@5f2c:',
  'm/a/b@5:side',
  'm/a@5@6:side',
  'm/a@5:side:b',
])('"%s" is none', (text) => {
  expect(parseSpeakers(text)).toBeUndefined();
});

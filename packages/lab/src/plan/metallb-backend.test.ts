import { expect, test } from 'vitest';
import { dci } from './topologies.test-data.ts';
import { backendObstacles } from './metallb-backend.ts';

const large = dci((text) =>
  text.replace('vips: [192.168.255.1]', 'vips: [192.168.255.1]\n    communities: ["large:65000:0:1"]'),
);

test('native refuses what its webhook would refuse, and says which mode takes it', () => {
  expect(backendObstacles('native', large)).toEqual([
    {
      message: "The topology has the large community large:65000:0:1, which MetalLB's native mode refuses.",
      next: "add --metallb frr-k8s, MetalLB's default mode",
    },
  ]);
});

test('the shipped topology runs with either', () => {
  expect(backendObstacles('native', dci())).toEqual([]);
  expect(backendObstacles('frr-k8s', large)).toEqual([]);
});

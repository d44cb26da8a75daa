import { frrVersion } from '@meshrs/contract';
import { pins } from '@meshrs/tools/pins';
import { expect, test } from 'vitest';

test('no test and no lab runs an FRR older than the one that topologies get', () => {
  expect(pins.frr.minimum).toBe(frrVersion);
});

import { metallbConnectRetrySeconds } from '@meshrs/topology';
import { expect, it } from 'vitest';
import { dci } from '../plan/topologies.test-data.ts';
import { labTopology } from './lab-topology.ts';

const images = { agent: 'mesh-agent:lab', frr: 'frr:lab' };

it.each([
  ['native', undefined],
  ['frr-k8s', 10],
] as const)("on MetalLB's %s mode it has what that takes: a connect time of %s s", (backend, seconds) => {
  const topology = labTopology(dci(), images, backend);
  expect(topology.metallb.backend).toBe(backend);
  expect(metallbConnectRetrySeconds(topology)).toBe(seconds);
  expect(topology.routeServers.images).toMatchObject(images);
});

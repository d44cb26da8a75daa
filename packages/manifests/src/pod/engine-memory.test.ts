import { address, asn } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { topologyOf } from '../../test/support/cases.ts';
import { engineResources } from './engine-memory.ts';

const topology = topologyOf('frr');

/** The memory limit with this many declared clients. */
function limitWith(count: number): string | undefined {
  const clients = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `leaf${String(index)}`,
      {
        system: 'frr' as const,
        asn: asn(65001),
        addresses: [address(`10.0.${String(index >> 8)}.${String(index & 255)}`)],
        sharedAsn: false,
      },
    ]),
  );
  return engineResources({ ...topology, clients }).limits?.['memory'];
}

describe("the engine's memory", () => {
  it.each([
    [0, '5256Mi'],
    [1, '5256Mi'],
    [5000, '5256Mi'],
    [5001, '10256Mi'],
    [10_000, '10256Mi'],
  ])('has room for all that ranges let in; with %d declared clients it is %s', (count, limit) => {
    expect(limitWith(count)).toBe(limit);
  });

  it('is requested for the usual case alone', () => {
    expect(engineResources(topology).requests).toEqual({ cpu: '500m', memory: '1Gi' });
  });

  it('is what the topology names, requested and limited', () => {
    const resources = { ...topology.routeServers.resources, engineMemory: '4Gi' };
    expect(engineResources({ ...topology, routeServers: { ...topology.routeServers, resources } })).toEqual({
      requests: { cpu: '500m', memory: '4Gi' },
      limits: { memory: '4Gi' },
    });
  });

  it('of cRPD is as it was', () => {
    expect(engineResources(topologyOf('crpd'))).toMatchObject({
      requests: { memory: '1Gi' },
      limits: { memory: '1Gi' },
    });
  });
});

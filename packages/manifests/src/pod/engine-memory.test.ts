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
        encapsulation: 'vxlan' as const,
        role: 'leaf' as const,
        sharedAsn: false,
      },
    ]),
  );
  return engineResources({ ...topology, clients }).limits?.['memory'];
}

describe("the engine's memory", () => {
  it.each([
    [0, '6280Mi'],
    [1, '6280Mi'],
    [5000, '6280Mi'],
    [5001, '11280Mi'],
    [10_000, '11280Mi'],
  ])('has room for all that ranges let in; with %d declared clients it is %s', (count, limit) => {
    expect(limitWith(count)).toBe(limit);
  });

  it.each([
    [1, '6280Mi'],
    [52_428, '6280Mi'],
    [52_429, '7304Mi'],
    [209_715, '9352Mi'],
  ])('has room beside that for a client that announces %d routes: %s', (maximumPrefixes, limit) => {
    const groups = Object.entries(topology.clientGroups).map(
      ([name, group]) => [name, { ...group, maximumPrefixes }] as const,
    );
    expect(engineResources({ ...topology, clientGroups: Object.fromEntries(groups) }).limits?.['memory']).toBe(limit);
  });

  it('has room for the highest limit of one client', () => {
    const [name, client] = Object.entries(topology.clients)[0] ?? expect.unreachable('the topology has clients');
    const clients = { ...topology.clients, [name]: { ...client, maximumPrefixes: 100_000 } };
    expect(engineResources({ ...topology, clients }).limits).toEqual({ memory: '7304Mi' });
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

import { describe, expect, it } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import type { Eviction } from '@meshrs/contract';
import { address, asn } from '@meshrs/network/test-data';
import { drainIn, evictedIn, evictionsThatHold, withOverlay } from './overlay.ts';
import { toFrrConfig } from './to-frr-config.ts';

const config = toFrrConfig(
  routeServer(1, {
    meshGroups: [meshGroup(['10.42.0.1'])],
    clientGroups: [clientGroup({ neighbors: [declared('leaf', '192.168.1.9', 65009)] })],
  }),
);
const serving = { isGracefulShutdown: false };

describe('evictions on top of a configuration', () => {
  it('keep an undeclared client out as a neighbor of no group', () => {
    const { router } = withOverlay(config, { evictions: [eviction('192.168.1.66', 'MESHRR-CLIENTS')], drain: serving });

    expect(router?.neighbors).toContainEqual({
      address: '192.168.1.66',
      remoteAs: 64999,
      isPassive: false,
      isGracefulRestartDisabled: false,
      shutdown: {},
    });
    expect(evictedIn(router).map((neighbor) => neighbor.address)).toEqual(['192.168.1.66']);
  });

  it('hold a mesh neighbor down where it is', () => {
    const { router } = withOverlay(config, { evictions: [eviction('10.42.0.1', 'MESHRR-CORE')], drain: serving });

    expect(router?.neighbors).toHaveLength(2);
    expect(evictedIn(router)).toMatchObject([{ address: '10.42.0.1', group: 'MESHRR-CORE' }]);
  });

  it.each([
    ['an undeclared client', '192.168.1.66', 'MESHRR-CLIENTS', true],
    ['the mesh neighbor that was evicted as one', '10.42.0.1', 'MESHRR-CORE', true],
    ['a client whose address is a mesh neighbor’s now', '10.42.0.1', 'MESHRR-CLIENTS', false],
    ['a client that is declared now', '192.168.1.9', 'MESHRR-CLIENTS', false],
  ])('of %s', (_, at, group, isHolding) => {
    const holding = evictionsThatHold(config.router, [eviction(at, group)]);

    expect(holding).toHaveLength(isHolding ? 1 : 0);
  });
});

describe('a drain on top of a configuration', () => {
  it('announces GRACEFUL_SHUTDOWN, then shuts the client groups, and is read back', () => {
    const announced = withOverlay(config, { evictions: [], drain: { isGracefulShutdown: true } });
    const drain = { isGracefulShutdown: true, closedWith: 'back soon' as never };
    const closed = withOverlay(announced, { evictions: [], drain });

    expect(drainIn(announced.router)).toEqual({ isGracefulShutdown: true });
    expect(closed.router?.groups.map(({ name, shutdown }) => [name, shutdown])).toEqual([
      ['MESHRR-CLIENTS', { message: 'back soon' }],
      ['MESHRR-CORE', undefined],
    ]);
    expect(drainIn(closed.router)).toEqual(drain);
    expect(withOverlay(closed, { evictions: [], drain })).toEqual(closed);
    expect(withOverlay(closed, { evictions: [], drain: serving })).toEqual(config);
  });
});

function eviction(at: string, group: string): Eviction {
  return {
    address: address(at),
    group,
    remoteAsn: asn(64999),
    reason: 'as-not-allowed',
    count: 1,
    since: 0,
    until: 60_000,
  };
}

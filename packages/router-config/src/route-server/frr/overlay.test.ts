import { describe, expect, it } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import type { Eviction, UnboundedAttribute } from '@meshrs/contract';
import { address, asn } from '@meshrs/network/test-data';
import { parseRunningConfig } from '../../frr/running-config.ts';
import { renderFrrConfig } from '../../frr/render-config.ts';
import { drainIn, evictedIn, isPinned, pinnedIn, withOverlay, type PinnedClient } from './overlay.ts';
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
    const { router } = withOverlay(config, {
      evictions: [eviction('192.168.1.66', 'MESHRR-CLIENTS')],
      pins: [],
      drain: serving,
    });

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
    const { router } = withOverlay(config, {
      evictions: [eviction('10.42.0.1', 'MESHRR-CORE')],
      pins: [],
      drain: serving,
    });

    expect(router?.neighbors).toHaveLength(2);
    expect(evictedIn(router)).toMatchObject([{ address: '10.42.0.1', group: 'MESHRR-CORE' }]);
  });
});

describe('pins on top of a configuration', () => {
  const pins = [pinOf('192.168.1.70', 'MESHRR-CLIENTS')];
  const pinnedNeighbor = {
    address: '192.168.1.70',
    group: 'MESHRR-CLIENTS',
    isPassive: true,
    isGracefulRestartDisabled: true,
    discardedAttributes: [23, 25],
  };

  it('make of a range client a passive neighbor of its group, and are read back', () => {
    const pinned = withOverlay(config, { evictions: [], pins, drain: serving });

    expect(pinned.router?.neighbors).toHaveLength(3);
    expect(pinned.router?.neighbors).toContainEqual(pinnedNeighbor);
    expect(pinnedIn(pinned.router)).toEqual(pins);
    expect(pinnedIn(config.router)).toEqual([]);
    expect(pinnedIn(undefined)).toEqual([]);
    expect(evictedIn(pinned.router)).toEqual([]);
    expect(parseRunningConfig(renderFrrConfig(pinned)).config).toEqual(pinned);
    expect(withOverlay(pinned, { evictions: [], pins, drain: serving })).toEqual(pinned);
  });

  it('lose of their routes what declared clients of the group lose', () => {
    const discardedOf = (passedAttributes: readonly UnboundedAttribute[]) =>
      withOverlay(config, {
        evictions: [],
        pins: pins.map((pin) => ({ ...pin, passedAttributes })),
        drain: serving,
      }).router?.neighbors.find(isPinned)?.discardedAttributes;

    expect(discardedOf([])).toEqual([23, 25]);
    expect(discardedOf(['tunnel-encapsulation'])).toEqual([25]);
    expect(discardedOf(['tunnel-encapsulation', 'ipv6-extended-communities'])).toBeUndefined();
  });

  it('of a route reflector lose nothing', () => {
    const reflector = toFrrConfig(routeServer(1, { mode: 'ipv4-route-reflector' }));
    const pinned = withOverlay(reflector, { evictions: [], pins, drain: serving });
    expect(pinned.router?.neighbors.map(({ discardedAttributes }) => discardedAttributes)).toEqual([undefined]);
  });

  it('are shut like anybody else when they are evicted, and stay pinned', () => {
    const evictions = [eviction('192.168.1.70', 'MESHRR-CLIENTS')];
    const { router } = withOverlay(config, { evictions, pins, drain: serving });

    expect(router?.neighbors).toContainEqual({ ...pinnedNeighbor, shutdown: {} });
    expect(pinnedIn(router)).toEqual(pins);
    expect(evictedIn(router)).toMatchObject([{ address: '192.168.1.70' }]);
  });

  it.each([
    ['that is declared', pinOf('192.168.1.9', 'MESHRR-CLIENTS')],
    ['that is a mesh neighbor', pinOf('10.42.0.1', 'MESHRR-CLIENTS')],
    ['of a mesh group', pinOf('192.168.1.70', 'MESHRR-CORE')],
    ['of no group', pinOf('192.168.1.70', 'ELSEWHERE')],
  ])('leave one alone %s', (_, pin) => {
    expect(withOverlay(config, { evictions: [], pins: [pin], drain: serving })).toEqual(config);
  });

  it('leave graceful restart to the group', () => {
    const groups = config.router?.groups.map((group) => ({ ...group, isGracefulRestartDisabled: false })) ?? [];
    const router = config.router && { ...config.router, groups };
    const pinned = withOverlay({ ...config, ...(router && { router }) }, { evictions: [], pins, drain: serving });
    expect(pinned.router?.neighbors).toContainEqual({ ...pinnedNeighbor, isGracefulRestartDisabled: false });
  });

  it('are told from what others are', () => {
    expect(config.router?.neighbors.map(isPinned)).toEqual([false, false]);
    const router = withOverlay(config, { evictions: [eviction('192.168.1.66', 'G')], pins, drain: serving }).router;
    expect(router?.neighbors.filter(isPinned).map(({ address: at }) => at)).toEqual(['192.168.1.70']);
    const alone = { address: address('192.168.1.70'), isPassive: true, isGracefulRestartDisabled: false };
    expect(isPinned(alone)).toBe(false);
  });
});

describe('a drain on top of a configuration', () => {
  it('announces GRACEFUL_SHUTDOWN, then shuts the client groups, and is read back', () => {
    const announced = withOverlay(config, { evictions: [], pins: [], drain: { isGracefulShutdown: true } });
    const drain = { isGracefulShutdown: true, closedWith: 'back soon' as never };
    const closed = withOverlay(announced, { evictions: [], pins: [], drain });

    expect(drainIn(announced.router)).toEqual({ isGracefulShutdown: true });
    expect(closed.router?.groups.map(({ name, shutdown }) => [name, shutdown])).toEqual([
      ['MESHRR-CLIENTS', { message: 'back soon' }],
      ['MESHRR-CORE', undefined],
    ]);
    expect(drainIn(closed.router)).toEqual(drain);
    expect(withOverlay(closed, { evictions: [], pins: [], drain })).toEqual(closed);
    expect(withOverlay(closed, { evictions: [], pins: [], drain: serving })).toEqual(config);
  });
});

function pinOf(at: string, group: string): PinnedClient {
  return { address: address(at), group };
}

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

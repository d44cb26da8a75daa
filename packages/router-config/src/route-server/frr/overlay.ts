import { sortByAddress, type IpAddress } from '@meshrs/network';
import type { Eviction } from '@meshrs/contract';
import { omit } from '../../frr/omit.ts';
import type { FrrConfig, FrrRouter, Neighbor, PeerGroup } from '../../frr/config.ts';
import type { FrrLine } from '../../frr/words.ts';

/** How far the route server is taken down. */
export interface DrainProgress {
  readonly isGracefulShutdown: boolean;
  /** The Cease's message, from the moment when client sessions are closed. */
  readonly closedWith?: FrrLine;
}

/** What the agent itself adds to the configuration that the intent asks for. */
export interface Overlay {
  readonly evictions: readonly Eviction[];
  readonly drain: DrainProgress;
}

/** The configuration with evictions and drain on top. */
export function withOverlay(config: FrrConfig, overlay: Overlay): FrrConfig {
  if (!config.router) return config;
  const { router } = config;
  const { drain } = overlay;
  return {
    ...config,
    router: {
      ...router,
      isGracefulShutdown: drain.isGracefulShutdown,
      groups: router.groups.map((group) => withDrain(group, drain)),
      neighbors: withEvictions(router.neighbors, overlay.evictions),
    },
  };
}

/**
 * The evictions that still mean something: a declared client is refused by its AS, and an address that has become a mesh
 * neighbor is not the undeclared client that was kept out.
 */
export function evictionsThatHold(router: FrrRouter | undefined, evictions: readonly Eviction[]): readonly Eviction[] {
  const groupOf = new Map(router?.neighbors.map(({ address, group }) => [address, group]));
  const clientGroups = new Set(router?.groups.filter(isClientGroup).map(({ name }) => name));
  return evictions.filter(({ address, group }) => {
    const owner = groupOf.get(address);
    return owner === undefined || (owner === group && !clientGroups.has(owner));
  });
}

/** Whether a group's members are clients: they are eBGP, or clients of a reflector. */
export function isClientGroup(group: PeerGroup): boolean {
  return group.remoteAs === 'external' || group.family?.isReflectorClient === true;
}

/** What a configuration tells of a drain that somebody began. */
export function drainIn(router: FrrRouter | undefined): DrainProgress {
  const closed = router?.groups.find((group) => isClientGroup(group) && group.shutdown !== undefined)?.shutdown;
  return {
    isGracefulShutdown: router?.isGracefulShutdown ?? false,
    ...(closed && { closedWith: closed.message ?? ('' as FrrLine) }),
  };
}

/** The configuration as it is when nobody drains. */
export function withoutDrain(config: FrrConfig): FrrConfig {
  if (!config.router) return config;
  const { router } = config;
  const groups = router.groups.map((group) => withDrain(group, { isGracefulShutdown: false }));
  return { ...config, router: { ...router, isGracefulShutdown: false, groups } };
}

/** The neighbors that are held down one by one: evictions of an agent before this one. */
export function evictedIn(router: FrrRouter | undefined): readonly Neighbor[] {
  return router?.neighbors.filter(({ shutdown }) => shutdown !== undefined) ?? [];
}

function withDrain(group: PeerGroup, drain: DrainProgress): PeerGroup {
  const others = omit(group, 'shutdown');
  if (drain.closedWith === undefined || !isClientGroup(group)) return others;
  return { ...others, shutdown: drain.closedWith === '' ? {} : { message: drain.closedWith } };
}

function withEvictions(neighbors: readonly Neighbor[], evictions: readonly Eviction[]): readonly Neighbor[] {
  if (evictions.length === 0) return neighbors;
  const left = new Map<IpAddress, Eviction>(evictions.map((eviction) => [eviction.address, eviction]));
  const held = neighbors.map((neighbor) => {
    if (!left.delete(neighbor.address)) return neighbor;
    return { ...neighbor, shutdown: {} };
  });
  return sortByAddress([...held, ...[...left.values()].map(keptOut)], ({ address }) => address);
}

/** A neighbor of no group that is held down; bgpd wants to know an AS of it. */
function keptOut({ address, remoteAsn }: Eviction): Neighbor {
  return {
    address,
    remoteAs: remoteAsn ?? 'external',
    isPassive: false,
    isGracefulRestartDisabled: false,
    shutdown: {},
  };
}

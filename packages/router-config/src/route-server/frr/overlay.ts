import { sortByAddress, type IpAddress } from '@meshrs/network';
import { discardedAttributes, type Eviction, type UnboundedAttribute } from '@meshrs/contract';
import { omit } from '../../frr/omit.ts';
import type { FrrConfig, FrrRouter, Neighbor, PeerGroup } from '../../frr/config.ts';
import type { FrrLine } from '../../frr/words.ts';

/** How far the route server is taken down. */
export interface DrainProgress {
  readonly isGracefulShutdown: boolean;
  /** The Cease's message, from the moment when client sessions are closed. */
  readonly closedWith?: FrrLine;
}

/** A client of a listen range, and the group of the range. */
export interface PinnedClient {
  readonly address: IpAddress;
  readonly group: string;
  /** As a declared client of the group; absent: none. */
  readonly passedAttributes?: readonly UnboundedAttribute[];
}

/** What the agent itself adds to the configuration that the intent asks for. */
export interface Overlay {
  readonly evictions: readonly Eviction[];
  /** Range clients that bgpd is to know as neighbors of their group, so that it can hold them down. */
  readonly pins: readonly PinnedClient[];
  readonly drain: DrainProgress;
}

/** The configuration with pins, evictions and drain on top. */
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
      neighbors: withEvictions(withPins(router, overlay.pins), overlay.evictions),
    },
  };
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

/** Whether a configuration is as drained as this, with all its groups of clients. */
export function showsDrain(router: FrrRouter, { isGracefulShutdown, closedWith }: DrainProgress): boolean {
  return (
    router.isGracefulShutdown === isGracefulShutdown &&
    router.groups.every(
      (group) => !isClientGroup(group) || (group.shutdown === undefined) === (closedWith === undefined),
    )
  );
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

/**
 * bgpd forgets a client of a range with its session; one that it knows as a neighbor of its group it holds down when it
 * exceeds the maximum-prefix of the group (`Idle (PfxCt)`), and takes it again when the group's restart time is over.
 */
export function isPinned({ group, isPassive, remoteAs }: Neighbor): boolean {
  // A declared client has its own AS, and a mesh neighbor is dialed.
  return group !== undefined && isPassive && remoteAs === undefined;
}

/** The clients that an agent before this one has pinned. */
export function pinnedIn(router: FrrRouter | undefined): readonly PinnedClient[] {
  const pinned = router?.neighbors.filter(isPinned) ?? [];
  return pinned.flatMap(({ address, group }) => (group === undefined ? [] : [{ address, group }]));
}

/** The configuration with these clients as neighbors of their group, as far as they are none already. */
export function withPinned(config: FrrConfig, pins: readonly PinnedClient[]): FrrConfig {
  if (!config.router) return config;
  return { ...config, router: { ...config.router, neighbors: withPins(config.router, pins) } };
}

function withPins({ groups, neighbors }: FrrRouter, pins: readonly PinnedClient[]): readonly Neighbor[] {
  if (pins.length === 0) return neighbors;
  const known = new Set(neighbors.map(({ address }) => address));
  const clientGroups = new Map<string, PeerGroup>();
  for (const group of groups) if (isClientGroup(group)) clientGroups.set(group.name, group);
  const added = pins.flatMap(({ address, group, passedAttributes }): readonly Neighbor[] => {
    const own = clientGroups.get(group);
    if (!own || known.has(address)) return [];
    const { name, isGracefulRestartDisabled } = own;
    const codes = own.remoteAs === 'external' ? discardedAttributes(passedAttributes) : [];
    const discarded = codes.length > 0 && { discardedAttributes: codes };
    return [{ address, group: name, isPassive: true, isGracefulRestartDisabled, ...discarded }];
  });
  return sortByAddress([...neighbors, ...added], ({ address }) => address);
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

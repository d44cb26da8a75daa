import type { FrrConfig, FrrRouter, PeerGroup, RouteMap } from '../config.ts';
import { asItRuns, namesOf, withUsed } from './as-it-runs.ts';
import { keepGroup } from './keep-group.ts';

/**
 * The configuration with all that its parts name: what stays against what is wanted gets back, as it runs, what it needs;
 * what would come and lacks something waits. A group that names a filter which is not there would let in nothing, or
 * everything.
 */
export function settleDependents(running: FrrConfig, target: FrrConfig): FrrConfig {
  const asPaths = new Set<string | undefined>([undefined, ...namesOf(target.asPathLists, running.asPathLists)]);
  const communities = namesOf(target.largeCommunityLists, running.largeCommunityLists);
  const largeCommunities = new Set<string | undefined>([undefined, ...communities]);
  const isWhole = ({ matchAsPath, refusedLargeCommunities }: RouteMap): boolean =>
    asPaths.has(matchAsPath) && largeCommunities.has(refusedLargeCommunities);
  const wanted = target.routeMaps.flatMap((map) => {
    if (isWhole(map)) return [map];
    return running.routeMaps.filter(({ name }) => name === map.name);
  });
  const router = target.router && settleMembers(running.router, settleGroups(running, target.router, wanted));
  const usedMaps = router?.groups.flatMap(({ family }) => [family?.routeMapIn, family?.routeMapOut]) ?? [];
  const routeMaps = withUsed(running.routeMaps, wanted, usedMaps);
  const asPathLists = withUsed(
    running.asPathLists,
    target.asPathLists,
    routeMaps.map(({ matchAsPath }) => matchAsPath),
  );
  const largeCommunityLists = withUsed(
    running.largeCommunityLists,
    target.largeCommunityLists,
    routeMaps.map(({ refusedLargeCommunities }) => refusedLargeCommunities),
  );
  return { ...target, asPathLists, largeCommunityLists, routeMaps, ...(router && { router }) };
}

/** A group stays as it runs while a filter that it would name is not there. */
function settleGroups(running: FrrConfig, target: FrrRouter, routeMaps: readonly RouteMap[]): FrrRouter {
  const maps = new Set<string | undefined>([undefined, ...namesOf(routeMaps, running.routeMaps)]);
  const isWhole = ({ family }: PeerGroup): boolean => maps.has(family?.routeMapIn) && maps.has(family?.routeMapOut);
  let router = target;
  for (const { name } of target.groups.filter((group) => !isWhole(group))) {
    const kept = keepGroup(running.router, router, name);
    router = { ...kept, groups: asItRuns(running.router?.groups ?? [], kept.groups, name) };
  }
  return router;
}

/** A neighbor whose group does not come stays in the one that it has; without one it waits. */
function settleMembers(running: FrrRouter | undefined, router: FrrRouter): FrrRouter {
  const names = new Set<string | undefined>([undefined, ...namesOf(router.groups)]);
  const before = new Map(running?.neighbors.map((neighbor) => [neighbor.address, neighbor]));
  return {
    ...router,
    neighbors: router.neighbors.flatMap((neighbor) => {
      if (names.has(neighbor.group)) return [neighbor];
      const ran = before.get(neighbor.address);
      return ran && names.has(ran.group) ? [ran] : [];
    }),
    ranges: router.ranges.filter(({ group }) => names.has(group)),
  };
}

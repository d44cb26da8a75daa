import type { RouteServerSettings } from '@meshrs/contract';
import { certainly, type SessionChanges, type SettingsPair } from './session-changes.ts';

/** Mesh groups that keep fewer peers: the mesh planner, not the engine, takes the others away. */
export function meshSizes({ before, after }: SettingsPair): SessionChanges {
  // A route server that goes takes its sessions along: those that stay lose nobody else.
  const others = Math.min(otherRouteServers(before), otherRouteServers(after));
  return certainly(
    ...before.bgpgroups.flatMap((group) => {
      const next = after.bgpgroups.find(({ name }) => name === group.name);
      if (group.type !== 'mesh' || next?.type !== 'mesh') return [];
      const isFewer = (next.max_peers ?? Infinity) < Math.min(group.max_peers ?? Infinity, others);
      return isFewer ? [`${group.name} keeps fewer peers of the mesh: the sessions with the others end`] : [];
    }),
  );
}

/** How many peers a route server can have at most; any number where no router-id is named. */
function otherRouteServers({ routerIds }: RouteServerSettings): number {
  const count = Object.keys(routerIds).length;
  return count === 0 ? Infinity : count - 1;
}

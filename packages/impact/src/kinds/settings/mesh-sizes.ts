import { certainly, type SessionChanges, type SettingsPair } from './session-changes.ts';

/** How many route servers the fleet has, those to come too; undefined: nobody says. */
export interface FleetSizes {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Mesh groups that keep fewer peers: the mesh planner, not the engine, takes the others away. */
export function meshSizes({ before, after }: SettingsPair, sizes: FleetSizes): SessionChanges {
  // A route server that goes takes its sessions along: those that stay lose nobody else.
  const others = Math.min(...[sizes.before, sizes.after].map((size) => (size === undefined ? Infinity : size - 1)));
  return certainly(
    ...before.bgpgroups.flatMap((group) => {
      const next = after.bgpgroups.find(({ name }) => name === group.name);
      if (group.type !== 'mesh' || next?.type !== 'mesh') return [];
      const isFewer = (next.max_peers ?? Infinity) < Math.min(group.max_peers ?? Infinity, others);
      return isFewer ? [`${group.name} keeps fewer peers of the mesh: the sessions with the others end`] : [];
    }),
  );
}

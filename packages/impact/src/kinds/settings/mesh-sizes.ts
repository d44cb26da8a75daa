import { certainly, type SessionChanges, type SettingsPair } from './session-changes.ts';

/** Mesh groups that keep fewer peers: the mesh planner, not the engine, takes the others away. */
export function meshSizes({ before, after }: SettingsPair): SessionChanges {
  return certainly(
    ...before.bgpgroups.flatMap((group) => {
      const next = after.bgpgroups.find(({ name }) => name === group.name);
      if (group.type !== 'mesh' || next?.type !== 'mesh') return [];
      const isFewer = (next.max_peers ?? Infinity) < (group.max_peers ?? Infinity);
      return isFewer ? [`${group.name} keeps fewer peers of the mesh: the sessions with the others end`] : [];
    }),
  );
}

import type { FrrRouter, GroupFamily, PeerGroup } from '../config.ts';
import { groupFamilyLevel, groupLevel } from '../rows/group-rows.ts';
import { strongest } from '../rows/row.ts';
import type { OwnerReaction } from '../rows/owner.ts';
import { groupStatements, ofNeighbor, router, type Statement } from '../statements.ts';
import { groupReset, planned, resetsNone, type PlannedChange } from './planned-change.ts';
import { byName, leavesRouter } from './steps.ts';

/** Tells which of the running groups go, or come anew as another kind of group. */
export function findReplacedGroups(running: FrrRouter | undefined, wanted: FrrRouter): (name: string) => boolean {
  const stays = new Set<string>(wanted.groups.map(({ name }) => name));
  for (const before of running?.groups ?? []) {
    const after = wanted.groups.find(({ name }) => name === before.name);
    if (after && isAnew(before, after)) stays.delete(before.name);
  }
  return (name) => !stays.has(name);
}

export function removeGroup(group: PeerGroup): PlannedChange {
  return planned(
    { kind: 'group-removed', group: group.name },
    {
      resets: { kind: 'group', group: group.name, because: [] },
      commands: [{ context: router, text: `no neighbor ${group.name} peer-group` }],
      leaves: leavesRouter(({ groups }) => ({ groups: groups.filter((other) => other !== group) })),
    },
  );
}

/** @param running the groups that there are */
export function setGroup(running: readonly PeerGroup[], group: PeerGroup): PlannedChange | undefined {
  const before = running.find(({ name }) => name === group.name);
  const commands = before ? difference(before, group) : groupStatements(group);
  if (commands.length === 0) return undefined;
  return planned(
    { kind: before ? 'group-changed' : 'group-added', group: group.name },
    {
      resets: before ? groupReset(group.name, reactionOf(before, group)) : resetsNone,
      commands,
      leaves: leavesRouter(({ groups }) => ({
        groups: [...groups.filter(({ name }) => name !== group.name), group].sort(byName),
      })),
    },
  );
}

function isAnew(before: PeerGroup, after: PeerGroup): boolean {
  return before.family?.name !== after.family?.name || reactionOf(before, after).reaction === 'anew';
}

function difference(before: PeerGroup, after: PeerGroup): readonly Statement[] {
  const own = groupLevel.difference(before, after);
  const inFamily = groupFamilyLevel.difference(...families(before, after));
  const lines = [...inFamily.going, ...own.going, ...own.coming, ...inFamily.coming];
  return ofNeighbor(after.name, after.family?.name, lines);
}

function reactionOf(before: PeerGroup, after: PeerGroup): OwnerReaction {
  const own = groupLevel.reaction(before, after);
  const inFamily = groupFamilyLevel.reaction(...families(before, after));
  return {
    reaction: strongest(own.reaction, inFamily.reaction),
    because: [...own.because, ...inFamily.because],
  };
}

type FamilyFields = Omit<GroupFamily, 'name'>;

function families(before: PeerGroup, after: PeerGroup): [FamilyFields, FamilyFields] {
  return [before.family ?? groupFamilyLevel.standard, after.family ?? groupFamilyLevel.standard];
}

import { isCovered, sortByAddress } from '@meshrs/network';
import type { FrrRouter } from '../config.ts';
import { findReplacedGroups } from '../plan/plan-groups.ts';
import { asItRuns } from './as-it-runs.ts';

/**
 * What is wanted with the group as it runs, where it was to go. One that was to come anew as another kind of group (mesh for
 * clients, another family) lets nobody in by what was wanted of that: of its members those stay that are there.
 */
export function keepGroup(running: FrrRouter | undefined, wanted: FrrRouter, name: string): FrrRouter {
  if (!running || !findReplacedGroups(running, wanted)(name)) return wanted;
  const groups = asItRuns(running.groups, wanted.groups, name);
  if (!wanted.groups.some((group) => group.name === name)) return { ...wanted, groups };
  const before = new Map(running.neighbors.map((neighbor) => [neighbor.address, neighbor]));
  const neighbors = wanted.neighbors.flatMap((neighbor) => {
    if (neighbor.group !== name) return [neighbor];
    return before.get(neighbor.address) ?? [];
  });
  const ofGroup = wanted.ranges.filter(({ group }) => group === name).map(({ prefix }) => prefix);
  const stay = running.ranges.filter(({ group, prefix }) => group === name && isCovered(prefix, ofGroup));
  const ranges = [...wanted.ranges.filter(({ group }) => group !== name), ...stay];
  return { ...wanted, groups, neighbors, ranges: sortByAddress(ranges, ({ prefix }) => prefix) };
}

import { sortByAddress, type IpAddress } from '@meshrs/network';
import type { FrrConfig, FrrRouter, ListenRange } from './config.ts';
import { planFilters, removeFilters } from './plan/plan-filters.ts';
import { planOtherRouter, planRouterSettings, planTop } from './plan/plan-globals.ts';
import { findReplacedGroups, removeGroup, setGroup } from './plan/plan-groups.ts';
import { createNeighborSetter, removeNeighbor, setOwnLimits } from './plan/plan-neighbors.ts';
import { addRange, isRangeKept, missingRanges, removeRange } from './plan/plan-ranges.ts';
import type { PlannedChange } from './plan/planned-change.ts';
import { afterSteps, createPlan, each, withRouter, type Plan } from './plan/steps.ts';

export type { PlannedChange, PlannedCommand, SessionsReset } from './plan/planned-change.ts';
export { afterSteps } from './plan/steps.ts';

/**
 * The changes that lead from what runs to what is wanted, each valid after the one before it; none when both are the
 * same. Listen ranges are compared by the addresses that they hold, so that one that grows resets nobody.
 */
export function planChanges(running: FrrConfig, wanted: FrrConfig): readonly PlannedChange[] {
  const plan = createPlan(running);
  plan.run(planTop(wanted));
  plan.run(planOtherRouter(wanted));
  plan.run(planFilters(wanted));
  if (wanted.router) planRouter(plan, wanted.router);
  plan.run(removeFilters(wanted));
  return endSorted(plan.changes);
}

/** The listen ranges that run and stay so where this is wanted, as they are written now: who came by one of them is still there. */
export function stayingRanges({ router }: FrrConfig, wanted: FrrConfig): readonly ListenRange[] {
  if (!router || router.asn !== wanted.router?.asn) return [];
  const leaving = new Set(findLeaving(router, wanted.router).ranges);
  return router.ranges.filter((range) => !leaving.has(range));
}

function planRouter(plan: Plan, wanted: FrrRouter): void {
  plan.run(planRouterSettings(wanted));
  // Members and ranges go before their group, and before another group takes them.
  const { router: running } = plan.current();
  const leaving = findLeaving(running, wanted);
  plan.run(() => each(leaving.ranges, removeRange));
  plan.run(() => each(leaving.neighbors, removeNeighbor));
  plan.run(() => each(leaving.groups, removeGroup));
  plan.run((current) => setOwnLimits(current, wanted));
  plan.run(({ router }) => each(wanted.groups, (group) => setGroup(router?.groups ?? [], group)));
  // Before the ranges that come: who is a neighbor by itself does not come by one of them first.
  plan.run((current) => each(wanted.neighbors, createNeighborSetter({ running, now: current.router, wanted })));
  plan.run((current) => each(missingRanges(current, wanted), addRange));
}

/** What is not wanted any more, or only as another: a neighbor or a range of another kind of group. */
function findLeaving(
  running: FrrRouter | undefined,
  wanted: FrrRouter,
): Pick<FrrRouter, 'groups' | 'neighbors' | 'ranges'> {
  const { groups = [], neighbors = [], ranges = [] } = running ?? {};
  const isReplaced = findReplacedGroups(running, wanted);
  const addresses = new Set<IpAddress>();
  for (const { address } of wanted.neighbors) addresses.add(address);
  return {
    ranges: ranges.filter((range) => isReplaced(range.group) || !isRangeKept(range, wanted)),
    neighbors: neighbors.filter(
      ({ address, group }) => !addresses.has(address) || (group !== undefined && isReplaced(group)),
    ),
    groups: groups.filter(({ name }) => isReplaced(name)),
  };
}

/** Between the steps neighbors stand in any order; sorting once is enough, and cheap with many. */
function endSorted(changes: readonly PlannedChange[]): readonly PlannedChange[] {
  const last = changes.at(-1);
  if (!last) return changes;
  const of = (before: FrrConfig) =>
    withRouter(afterSteps(before, [last]), ({ neighbors, ranges }) => ({
      neighbors: sortByAddress(neighbors, ({ address }) => address),
      ranges: sortByAddress(ranges, ({ prefix }) => prefix),
    }));
  return [...changes.slice(0, -1), { ...last, leaves: { kind: 'other', of } }];
}

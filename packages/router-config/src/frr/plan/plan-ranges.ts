import { coverRest, isCovered, type IpPrefix } from '@meshrs/network';
import type { FrrConfig, FrrRouter, ListenRange } from '../config.ts';
import { rangeStatement } from '../statements.ts';
import { planned, resetsNone, type PlannedChange } from './planned-change.ts';
import { leavesRouter, takenBack } from './steps.ts';

/** A range stays when the same group wants all its addresses, whatever prefixes they are written as. */
export function isRangeKept(range: ListenRange, wanted: FrrRouter): boolean {
  return isCovered(range.prefix, prefixesOf(wanted.ranges, range.group));
}

export function removeRange(range: ListenRange): PlannedChange {
  const { prefix, group } = range;
  return planned(
    { kind: 'range-removed', group, subject: prefix },
    {
      resets: { kind: 'range', prefix, group },
      commands: [takenBack(rangeStatement(range))],
      leaves: leavesRouter(({ ranges }) => ({ ranges: ranges.filter((other) => other !== range) })),
    },
  );
}

/** A wanted prefix that no running one touches is added as it is written; of others what is missing. */
export function missingRanges(current: FrrConfig, wanted: FrrRouter): readonly ListenRange[] {
  const running = current.router?.ranges ?? [];
  const names = [...new Set(wanted.ranges.map(({ group }) => group))];
  return names.flatMap((group) => {
    const covered = prefixesOf(running, group);
    return prefixesOf(wanted.ranges, group).flatMap((one) =>
      coverRest([one], covered).map((prefix) => ({ prefix, group })),
    );
  });
}

export function addRange(range: ListenRange): PlannedChange {
  return planned(
    { kind: 'range-added', group: range.group, subject: range.prefix },
    {
      resets: resetsNone,
      commands: [rangeStatement(range)],
      leaves: leavesRouter(({ ranges }) => ({ ranges: [...ranges, range] })),
    },
  );
}

function prefixesOf(ranges: readonly ListenRange[], group: string): readonly IpPrefix[] {
  return ranges.filter((range) => range.group === group).map(({ prefix }) => prefix);
}

import type { ClientGroupIntent, RouteServerIntent } from '@meshrs/contract';
import { contains, isCovered, rangeOf, type IpAddress, type IpPrefix } from '@meshrs/network';
import { sightOf, type AddressRole, type GuardSight } from './guard-sight.ts';

/** What the daemon runs of client groups: it may still be what was wanted before. */
export interface ClientsThatRun {
  readonly ranges: readonly RunningRange[];
  /** Declared clients. */
  readonly neighbors: readonly { readonly address: IpAddress; readonly group: string }[];
}

export interface RunningRange {
  readonly prefix: IpPrefix;
  readonly group: string;
}

/** The group of each range that runs, as it was when that was wanted last; a range that is missing has rules that nobody knows. */
export type RangeRules = ReadonlyMap<string, ClientGroupIntent>;

/**
 * The rules of the ranges that run: of one that is wanted those of now, since AS numbers are the guard's alone; of one that goes those
 * with which it was configured.
 * @param before the same until now; empty for an agent that has just begun
 */
export function rulesOfRanges(
  { clientGroups }: RouteServerIntent,
  before: RangeRules,
  { ranges }: ClientsThatRun,
): RangeRules {
  return new Map(
    ranges.flatMap((range) => {
      const wanted = clientGroups.find(
        ({ name, prefixes }) => name === range.group && isCovered(range.prefix, prefixes),
      );
      const rules = wanted ?? before.get(nameOf(range));
      return rules ? [[nameOf(range), rules] as const] : [];
    }),
  );
}

/**
 * The rules for who comes: what is wanted, but for ranges and declared clients that go and still run. Which addresses are those of narrow
 * ranges goes by what is wanted.
 */
export function sightInForce(wanted: RouteServerIntent, rules: RangeRules, runs: ClientsThatRun): GuardSight {
  const sight = sightOf(wanted);
  const declared = new Map(runs.neighbors.map(({ address, group }) => [address, group]));
  const ranges = runs.ranges.map((range) => ({ ...range, own: rangeOf(range.prefix) }));
  return { ...sight, roleOf: (address) => inForce(address, sight.roleOf(address)) };

  function inForce(address: IpAddress, role: AddressRole): AddressRole {
    if (role.kind === 'mesh' || role.kind === 'declared') return role;
    const ownGroup = declared.get(address);
    // bgpd itself holds its AS number.
    if (ownGroup !== undefined) return { kind: 'declared', group: ownGroup };
    const own = rangeOf(address);
    const range = ranges.find((each) => contains(each.own, own));
    if (!range || (role.kind === 'range' && role.group.name === range.group)) return role;
    const group = rules.get(nameOf(range));
    return group ? { kind: 'range', group } : { kind: 'unknown' };
  }
}

function nameOf({ prefix, group }: RunningRange): string {
  return `${group} ${prefix}`;
}

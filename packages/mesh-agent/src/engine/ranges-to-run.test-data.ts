import type { RouteServerIntent } from '@meshrs/contract';
import { sightOf } from '@meshrs/mesh';
import { contains, rangeOf } from '@meshrs/network';
import type { RangesToRun } from './engine-driver.ts';

/** Of a daemon that runs all of an intent, after one whose ranges stay; undefined: anybody may have come before. */
export function rangesOf(intent: RouteServerIntent, before?: RouteServerIntent): RangesToRun {
  const sight = sightOf(intent);
  const stays = before?.clientGroups.flatMap(({ prefixes }) => prefixes.map(rangeOf));
  return {
    groupOf: (address) => {
      const role = sight.roleOf(address);
      return role.kind === 'range' ? role.group.name : undefined;
    },
    mayHaveLetIn: (address) => stays?.some((range) => contains(range, rangeOf(address))) ?? true,
  };
}

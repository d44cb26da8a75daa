import { stayingRanges, type FrrConfig } from '@meshrs/router-config/frr';
import type { RangesToRun } from '../engine/engine-driver.ts';
import { findGroups } from './sessions.ts';

/** By the planner's own words: of a wide range that becomes narrow, the pieces that ran before it stay with their clients. */
export function rangesToRun(running: FrrConfig, wanted: FrrConfig): RangesToRun {
  const groupOfRange = findGroups(wanted);
  const neighbors = new Set(wanted.router?.neighbors.map(({ address }) => address));
  const configured = new Set(running.router?.neighbors.map(({ address }) => address));
  const groupThatStays = findGroups({
    ...running,
    ...(running.router && { router: { ...running.router, ranges: stayingRanges(running, wanted) } }),
  });
  return {
    groupOf: (address) => (neighbors.has(address) ? undefined : groupOfRange(address)),
    mayHaveLetIn: (address) => !configured.has(address) && groupThatStays(address) !== undefined,
  };
}

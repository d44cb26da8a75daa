import { celAll, celText } from '../cel.ts';
import { core, creationPolicy } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import type { SidesByName } from '../guarded-objects.ts';
import type { PolicyIntent } from '../policy.ts';
import { sideOfPod } from './workloads.ts';

/**
 * The budget orders evictions, and a pod that it lets go hands its clients over before it ends. An eviction with a time of its own
 * takes that from it: with 0 no preStop runs at all.
 */
export function hastyEvictionPolicy(fleet: GuardedFleet, sets: SidesByName, graceSeconds: number): PolicyIntent {
  const name = "(has(request.name) ? request.name : '')";
  const given = 'object.?deleteOptions.?gracePeriodSeconds';
  const wanted = String(graceSeconds);
  return creationPolicy(fleet, {
    id: 'hasty-evictions',
    namespace: fleet.namespace,
    rules: [{ ...core('pods/eviction'), operations: ['CREATE'] }],
    conditions: { 'of-a-side': `(${sideOfPod(sets, name)}) != ${celText('')}` },
    isRefused: celAll([`${given}.hasValue()`, `${given}.orValue(0) < ${wanted}`]),
    name,
    why: `gives a route server less than the ${wanted} s in which it hands its clients over. Leave the time out (kubectl drain without --grace-period), or delete the pod in the turn of its side.`,
  });
}

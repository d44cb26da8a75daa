import type { SpeakersIntent } from '@meshrs/contract';
import { celText, literalPattern } from '../cel.ts';
import { core, creationPolicy } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import type { PolicyIntent } from '../policy.ts';

/**
 * The pods of MetalLB's DaemonSets are evicted by nobody: an eviction names a pod and not its node, so that no policy can say
 * whose side it is, and no budget orders what runs once on each node. `kubectl drain` leaves pods of DaemonSets alone. A
 * deletion is held to the turn (`speakerPodPolicy`); the API server asks that policy nothing when it carries out an eviction.
 */
export function speakerEvictionPolicy(fleet: GuardedFleet, { namespace, daemonSets }: SpeakersIntent): PolicyIntent {
  const name = "(has(request.name) ? request.name : '')";
  // What a DaemonSet's controller appends has no dash; Deployments of the chart begin with the same name.
  const pattern = `^(${daemonSets.map(literalPattern).join('|')})-[a-z0-9]+$`;
  return creationPolicy(fleet, {
    id: 'speaker-evictions',
    namespace,
    rules: [{ ...core('pods/eviction'), operations: ['CREATE'] }],
    conditions: { 'of-a-speaker': `${name}.matches(${celText(pattern)})` },
    isRefused: 'true',
    name,
    why: 'would end the sessions of a node with the routers, and tells nobody of which node. Delete the pod while the side of its node is open; a drain leaves it where it is.',
  });
}

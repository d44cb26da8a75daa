import { heldAnnotations, turnWords } from '@meshrs/contract';
import type { PodDisruptionBudget } from '../../kubernetes/core-types.ts';
import { answersForFleet } from '../authority.ts';
import { celAll, celAny, celList, celText } from '../cel.ts';
import { serviceAccount, type GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import type { PolicyIntent } from '../policy.ts';
import { apiserver, isSurelyOverdue, isPodOf, username } from '../requests.ts';
import { sharedPolicy } from '../shared-policy.ts';

/**
 * The budget orders evictions: `kubectl drain` waits for it, where it would give up at a refusal. Anybody may let it allow
 * none, which a gate does before it opens a side; what it allows by the topology comes back when the side is closed. While a
 * side is open only gates give it back: another side's pod must not go then. An agent, whose token lies in every route server,
 * does so when that time is over, right after it has closed: an API server may still decide by the turn of before.
 */
export function budgetPolicy(fleet: GuardedFleet, budget: PodDisruptionBudget): PolicyIntent {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  const isGenerated = celAll([field('minAvailable', minAvailable), field('maxUnavailable', maxUnavailable)]);
  const allowsNone =
    "has(object.spec.maxUnavailable) && (object.spec.maxUnavailable == 0 || object.spec.maxUnavailable == '0%') || " +
    "has(object.spec.minAvailable) && object.spec.minAvailable == '100%'";
  const isClosed = `variables.open == ${celText(turnWords.closed)}`;
  const isAgentInTime = celAll([isPodOf(fleet.users.agent), celAny([isClosed, isSurelyOverdue])]);
  const writers = celAny([isPodOf(fleet.users.gate), isAgentInTime]);
  return sharedPolicy(fleet, {
    id: 'budget',
    what: "'PodDisruptionBudget'",
    namespace: fleet.namespace,
    rules: [
      {
        apiGroups: ['policy'],
        apiVersions: ['*'],
        resources: ['poddisruptionbudgets'],
        operations: ['UPDATE', 'DELETE'],
      },
    ],
    names: [budget.metadata.name],
    free: [
      same('spec', 'selector'),
      same('spec', 'unhealthyPodEvictionPolicy'),
      celAny([
        celAll([same('spec', 'minAvailable'), same('spec', 'maxUnavailable')]),
        allowsNone,
        `${isGenerated} && ((${isClosed}) || (${writers}))`,
      ]),
      // By these whoever finds it held gives it back.
      celAny([celAll(keptAnnotations), writers, answersForFleet(fleet)]),
    ],
  });
}

const keptAnnotations = Object.values(heldAnnotations).map((key) =>
  ['object', 'oldObject'].map((object) => `${object}.metadata.?annotations[?${celText(key)}]`).join(' == '),
);

/**
 * How many pods may go now stands in the status, and an eviction asks nothing else. The controller counts it, and the API server
 * takes each eviction off it.
 */
export function budgetStatusPolicy(fleet: GuardedFleet, budget: PodDisruptionBudget): PolicyIntent {
  const counting = [apiserver, serviceAccount('kube-system', 'disruption-controller')];
  return sharedPolicy(fleet, {
    id: 'budget-status',
    what: "'The status of PodDisruptionBudget'",
    namespace: fleet.namespace,
    rules: [
      {
        ...{ apiGroups: ['policy'], apiVersions: ['*'], resources: ['poddisruptionbudgets/status'] },
        operations: ['UPDATE'],
      },
    ],
    names: [budget.metadata.name],
    conditions: { 'not-counted': `!(${username} in ${celList(counting)})` },
    free: [same('status'), ...keptAnnotations],
  });
}

function field(name: 'minAvailable' | 'maxUnavailable', value: string | number | undefined): string {
  if (value === undefined) return `!has(object.spec.${name})`;
  return `has(object.spec.${name}) && object.spec.${name} == ${typeof value === 'number' ? String(value) : celText(value)}`;
}

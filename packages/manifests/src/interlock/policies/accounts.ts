import { answersForFleet, inCharge, mayOpen } from '../authority.ts';
import { celAll, celList } from '../cel.ts';
import { core, creationPolicy } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import type { SidesByName } from '../guarded-objects.ts';
import { byHand, cel, sentence } from '../messages.ts';
import type { PolicyIntent } from '../policy.ts';
import { asker, isKubelet, isUpdate } from '../requests.ts';
import { isMadeByOwnSet, usesAccount } from './foreign-pods.ts';

/**
 * Who runs as a gate may open the turn, and who runs as an agent give evictions back: nobody makes a pod of theirs who does not answer
 * for the fleet himself, as Argo CD does, which applies it. A gate's pod stays what it was made as, too.
 */
export function accountPodPolicy(fleet: GuardedFleet, sets: SidesByName): PolicyIntent {
  const { gate, agent } = fleet.accounts;
  const isGates = usesAccount('object.?spec', [gate]);
  return creationPolicy(fleet, {
    id: 'account-pods',
    namespace: fleet.namespace,
    rules: [core('pods'), { ...core('pods/ephemeralcontainers'), operations: ['UPDATE'] }],
    conditions: { 'of-the-fleet': usesAccount('object.?spec', [gate, agent]) },
    isRefused: celAll([`!(${isUpdate}) || (${isGates})`, `!(${isMadeByOwnSet(sets)})`, `!(${answersForFleet(fleet)})`]),
    wasThere: same('spec'),
    why: `runs as an account of the fleet (${agent}, ${gate}), by which it could open a side or let evictions pass. ${inCharge(fleet)}, make such pods. Give the pod an account of its own.`,
  });
}

/** By a token of its account anybody is a gate, wherever he is: kubelets alone take one, for the pods of their node. */
export function accountTokenPolicy(fleet: GuardedFleet): PolicyIntent {
  const { gate, agent } = fleet.accounts;
  return creationPolicy(fleet, {
    id: 'account-tokens',
    namespace: fleet.namespace,
    rules: [{ ...core('serviceaccounts/token'), operations: ['CREATE'] }],
    conditions: {
      'of-the-fleet': `has(request.name) && request.name in ${celList([gate, agent])}`,
      'no-kubelet': `!(${isKubelet})`,
    },
    isRefused: 'true',
    name: 'request.name',
    why: `would be a gate or an agent of the fleet for whoever has it. Kubelets alone take one, for their pods. Open a side under your own name (${byHand}).`,
  });
}

/** In a gate's container lies the token of its account. */
export function insideGatePolicy(fleet: GuardedFleet): PolicyIntent {
  const { turn, namespace, gatePods } = fleet;
  const name = "(has(request.name) ? request.name : '')";
  return {
    ...{ id: 'inside-gates', turn, namespace, withoutTurn: 'unused', variables: [] },
    rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['pods/exec', 'pods/attach'], operations: ['CONNECT'] }],
    conditions: { 'of-a-gate': `${name} in ${celList(gatePods)}` },
    validations: [
      {
        expression: mayOpen(fleet),
        message: sentence(
          'Pod ',
          cel(name),
          ' is a gate, and cannot be entered by ',
          cel(asker),
          `: inside of it anybody could open a side. Persons with the right to patch the turn ${turn} may enter it. Read its log (kubectl logs), or ask one of them.`,
        ),
        plainMessage:
          'This pod is a gate: only a person with the right to patch the turn of the fleet may enter it. Read its log.',
      },
    ],
  };
}

import type { SpeakersIntent } from '@meshrs/contract';
import { celAll, celList, celText } from '../cel.ts';
import type { GuardedFleet } from '../fleet.ts';
import { byHand, cel, sentence } from '../messages.ts';
import type { PolicyIntent } from '../policy.ts';
import { asker, comesFromPod, username } from '../requests.ts';

/**
 * A gate deletes pods of MetalLB's DaemonSets, and no Role can say which pods those are. What its account may do it does from a gate's pod
 * alone: Kubernetes' role `edit` may be any account of its namespace. Whose turn it is, `speakerPodPolicy` asks.
 */
export function gateDeletionPolicy(fleet: GuardedFleet, { namespace, daemonSets }: SpeakersIntent): PolicyIntent {
  const isOfSpeakers = `oldObject.metadata.?ownerReferences.orValue([]).exists(o, o.kind == 'DaemonSet' && o.?controller.orValue(false) && o.name in ${celList(daemonSets)})`;
  return {
    ...{ id: 'gate-deletions', turn: fleet.turn, namespace, withoutTurn: 'unused', variables: [] },
    rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['pods'], operations: ['DELETE'] }],
    conditions: { 'by-a-gate': `${username} == ${celText(fleet.users.gate)}` },
    validations: [
      {
        expression: celAll([comesFromPod, isOfSpeakers]),
        message: sentence(
          'Pod ',
          cel("(has(request.name) ? request.name : '')"),
          ` of MetalLB was not deleted: `,
          cel(asker),
          ` is the account of the gates, and deletes pods of ${daemonSets.join(', ')}, each gate from its pod. Act under your own name (${byHand}).`,
        ),
        plainMessage:
          "The account of the gates deletes pods of MetalLB's DaemonSets, each gate from its pod, and no others.",
      },
    ],
  };
}

import { celAll } from '../cel.ts';
import type { GuardedFleet } from '../fleet.ts';
import { byHand, cel, notOpen, refused, sentence } from '../messages.ts';
import type { PolicyIntent } from '../policy.ts';
import { refusal } from '../refusal.ts';
import { hasEnded, isAllOpen, isNoController, namespaceTerminates, turnVariables } from '../requests.ts';

const node = "oldObject.spec.?nodeName.orValue('')";

/**
 * The pods of MetalLB's DaemonSets: the end of one is the end of its node's sessions with the routers. Of a pod the policy
 * knows the name of its node alone, and by the turn whether that is one of the side that is open.
 */
export function speakerPodPolicy({ turn, metallbNamespace }: GuardedFleet): PolicyIntent {
  const isOfDaemonSet =
    "oldObject.metadata.?ownerReferences.orValue([]).exists(o, o.kind == 'DaemonSet' && o.?controller.orValue(false))";
  const isOnOpenNode = `has(params.spec) && ${node} in params.spec.?nodes.orValue([])`;
  return {
    id: 'speaker-pods',
    turn,
    namespace: metallbNamespace,
    rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['pods'], operations: ['DELETE'] }],
    withoutTurn: 'Deny',
    conditions: {
      'no-controller': isNoController,
      'not-ended': `!(${hasEnded})`,
      'of-a-daemon-set': celAll([isOfDaemonSet, `${node} != ''`]),
    },
    variables: [...turnVariables, { name: 'refused', expression: refusal("'Pod'", ` + ' on node ' + ${node}`) }],
    validations: [
      {
        expression: `(${namespaceTerminates}) || ${isAllOpen} || (variables.open != 'none' && ${isOnOpenNode})`,
        message: sentence(
          refused,
          notOpen,
          ', and of what is open this node is not a part. Its end is the end of the sessions of ',
          cel(node),
          ` with the routers: open the side of the node by hand, with its nodes (${byHand}).`,
        ),
        plainMessage: 'This pod keeps the sessions of its node with the routers, and the side of the node is not open.',
      },
    ],
  };
}

import { celAll } from '../cel.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import { byHand, cel, notOpen, refused, sentence } from '../messages.ts';
import type { PolicyIntent } from '../policy.ts';
import { refusal } from '../refusal.ts';
import { hasEnded, isAllOpen, isNoController, isUpdate, namespaceTerminates, turnVariables } from '../requests.ts';
import { keptByStatus } from './workloads.ts';

const unchanged = [same('spec'), ...keptByStatus];

const node = "oldObject.spec.?nodeName.orValue('')";

/**
 * The pods of MetalLB's DaemonSets: the end of one is the end of its node's sessions with the routers. A change can end it as
 * well: another image, other labels, by which it is the DaemonSet's no more, an owner that is not there. Of a pod the policy
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
    rules: [
      { apiGroups: [''], apiVersions: ['*'], resources: ['pods'], operations: ['UPDATE', 'DELETE'] },
      { apiGroups: [''], apiVersions: ['*'], resources: ['pods/resize', 'pods/status'], operations: ['UPDATE'] },
    ],
    withoutTurn: 'Deny',
    conditions: {
      'no-controller': isNoController,
      'not-ended': `!(${hasEnded})`,
      'of-a-daemon-set': celAll([isOfDaemonSet, `${node} != ''`]),
    },
    variables: [
      ...turnVariables,
      { name: 'free', expression: `(${isUpdate} && ${celAll(unchanged)}) || (${namespaceTerminates})` },
      { name: 'refused', expression: refusal("'Pod'", ` + ' on node ' + ${node}`) },
    ],
    validations: [
      {
        expression: `variables.free || ${isAllOpen} || (variables.open != 'none' && ${isOnOpenNode})`,
        message: sentence(
          refused,
          notOpen,
          '. Node ',
          cel(node),
          `, whose sessions with the routers this pod keeps, is of no side that is open. Open its side by hand, with its nodes (${byHand}).`,
        ),
        plainMessage: 'This pod keeps the sessions of its node with the routers, and the side of the node is not open.',
      },
    ],
  };
}

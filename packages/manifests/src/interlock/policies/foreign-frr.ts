import { sortedTexts } from '../../sorted.ts';
import { celAll, celList } from '../cel.ts';
import { written } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import { changeShared, notOpen, refused, sentence } from '../messages.ts';
import type { PolicyIntent } from '../policy.ts';
import { asker, isAllOpen, isNoController, isUpdate, namespaceTerminates, turnVariables } from '../requests.ts';
import { isSpeaker } from './side-objects.ts';

/**
 * FRRConfigurations beside those that the speakers write: frr-k8s makes one configuration of all that select a node. One that
 * names a router of the sides changes the session with it, and raw lines change anything; some need them to let their nodes
 * take routes. So they come, change and go while all sides are open. Others are free.
 */
export function foreignFrrPolicy(fleet: GuardedFleet, routers: readonly string[]): PolicyIntent {
  const { turn, metallbNamespace, nodes, speakers } = fleet;
  const named = '(oldObject != null ? oldObject : object).metadata';
  const touches = (object: string): string =>
    `(${object} != null && (${object}.?spec.?raw.?rawConfig.orValue('') != '' || ` +
    `${object}.?spec.?bgp.?routers.orValue([]).exists(r, ` +
    `r.?neighbors.orValue([]).exists(n, n.?address.orValue('') in ${celList(routers)}))))`;
  const own = celList(sortedTexts(Object.keys(nodes).map((node) => `metallb-${node}`)));
  const verb = `(oldObject == null ? 'made' : (${isUpdate} ? 'changed' : 'deleted'))`;
  return {
    ...{ id: 'foreign-frr-configurations', turn, namespace: metallbNamespace, withoutTurn: 'Deny' },
    rules: [
      {
        apiGroups: ['frrk8s.metallb.io'],
        apiVersions: ['*'],
        resources: ['frrconfigurations'],
        operations: [...written, 'DELETE'],
      },
    ],
    conditions: {
      'no-controller': isNoController,
      'no-speaker': `!(${isSpeaker(speakers)})`,
      // Those of the nodes have a policy of their own, once they are there.
      'not-of-a-node': `oldObject == null || !(oldObject.metadata.name in ${own})`,
      touches: `${touches('object')} || ${touches('oldObject')}`,
    },
    variables: [
      ...turnVariables,
      {
        name: 'refused',
        expression: `'FRRConfiguration ' + ${named}.?name.orValue('') + ', which names a router of the sides or has raw lines, cannot be ' + ${verb} + ' by ' + ${asker} + ': '`,
      },
      { name: 'free', expression: `(${celAll([isUpdate, same('spec')])}) || (${namespaceTerminates})` },
    ],
    validations: [
      {
        expression: `variables.free || ${isAllOpen}`,
        message: sentence(refused, notOpen, changeShared),
        plainMessage: 'This FRRConfiguration names a router of the sides or has raw lines, and not all sides are open.',
      },
    ],
  };
}

import { celList, celText } from '../cel.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import type { PolicyIntent } from '../policy.ts';
import { sidePolicy } from '../side-policy.ts';

/** Labels of a node by which speakers and route servers are on it, and by which its speaker announces. */
function nodeLabels({ nodeLabel }: GuardedFleet): string[] {
  return [nodeLabel, 'kubernetes.io/os', 'node.kubernetes.io/exclude-from-external-load-balancers'];
}

/**
 * A speaker withdraws what it announces on a node that says so, and its kubelet never does: a plugin of the network, or the
 * cloud's routes. That it is over anybody may say.
 */
const isWithoutNetwork = (object: string): string =>
  `${object}.?status.?conditions.orValue([]).exists(c, c.type == 'NetworkUnavailable' && c.status == 'True')`;

/**
 * The nodes of the sides. By their label, and not by name: a cluster may make its nodes itself. Taking the label off is a
 * change of it. All else of a node is free, cordons and taints too.
 */
export function nodePolicy(fleet: GuardedFleet): PolicyIntent {
  const label = `oldObject.metadata.?labels[?${celText(fleet.nodeLabel)}].orValue('')`;
  return sidePolicy(fleet, {
    id: 'nodes',
    what: "'Node'",
    rules: [
      { apiGroups: [''], apiVersions: ['*'], resources: ['nodes', 'nodes/status'], operations: ['UPDATE', 'DELETE'] },
    ],
    label: { key: fleet.nodeLabel, values: fleet.sides },
    side: `(${label} in ${celList(fleet.sides)} ? ${label} : '')`,
    free: [
      ...nodeLabels(fleet).map((name) =>
        ['object', 'oldObject'].map((object) => `${object}.metadata.?labels[?${celText(name)}]`).join(' == '),
      ),
      // Of what has an owner that is not there the garbage collector makes a deletion.
      same('metadata', 'ownerReferences'),
      `(!(${isWithoutNetwork('object')}) || ${isWithoutNetwork('oldObject')})`,
    ],
    // Kubelets and clouds write nodes all the time: those must not wait for a turn that is not there.
    withoutTurn: 'Allow',
    bears: { time: true, revision: false },
  });
}

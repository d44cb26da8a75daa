import type { Topology } from '@meshrs/topology';
import { wellKnownLabels } from '../../kubernetes/well-known-labels.ts';
import { celAny, celList, celText } from '../cel.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import type { PolicyIntent } from '../policy.ts';
import { sidePolicy } from '../side-policy.ts';
import { isTolerated } from '../tolerated-taints.ts';

/**
 * Labels of a node by which speakers and route servers are on it, and by which its speaker announces. What MetalLB wants of FRR it writes for the
 * node whose label has that name (metallb, internal/bgp/frrk8s), and frr-k8s, which finds nothing for its node any more, ends all sessions.
 */
function nodeLabels({ nodeLabel }: GuardedFleet, { backend }: Topology['metallb']): string[] {
  return [
    nodeLabel,
    'kubernetes.io/os',
    'node.kubernetes.io/exclude-from-external-load-balancers',
    ...(backend === 'frr-k8s' ? [wellKnownLabels.hostname] : []),
  ];
}

/**
 * A speaker withdraws what it announces on a node that says so, and its kubelet never does: a plugin of the network, or the
 * cloud's routes. That it is over anybody may say.
 */
const isWithoutNetwork = (object: string): string =>
  `${object}.?status.?conditions.orValue([]).exists(c, c.type == 'NetworkUnavailable' && c.status == 'True')`;

const isReady = "oldObject.?status.?conditions.orValue([]).exists(c, c.type == 'Ready' && c.status == 'True')";

/**
 * The evictions of a NoExecute taint are refused, but a kubelet that starts rejects whatever runs and does not tolerate it, and that of the other
 * side's node does so whenever it is upgraded. That the machine is off somebody may say of one that is not Ready.
 */
function bearsTaints(topology: Pick<Topology, 'metallb' | 'routeServers'>): string {
  const wasThere =
    'oldObject.?spec.?taints.orValue([]).exists(o, o.key == t.key && o.effect == t.effect && ' +
    "o.?value.orValue('') == t.?value.orValue(''))";
  const isOff = `t.key == 'node.kubernetes.io/out-of-service' && !(${isReady})`;
  const isFree = celAny(["t.effect != 'NoExecute'", wasThere, isOff, isTolerated('t', topology)]);
  return `object.?spec.?taints.orValue([]).all(t, ${isFree})`;
}

/**
 * The nodes of the sides. By their label, and not by name: a cluster may make its nodes itself. Taking the label off is a
 * change of it. All else of a node is free, cordons too.
 */
export function nodePolicy(fleet: GuardedFleet, topology: Pick<Topology, 'metallb' | 'routeServers'>): PolicyIntent {
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
      ...nodeLabels(fleet, topology.metallb).map((name) =>
        ['object', 'oldObject'].map((object) => `${object}.metadata.?labels[?${celText(name)}]`).join(' == '),
      ),
      // Of what has an owner that is not there the garbage collector makes a deletion.
      same('metadata', 'ownerReferences'),
      `(!(${isWithoutNetwork('object')}) || ${isWithoutNetwork('oldObject')})`,
      bearsTaints(topology),
    ],
    // Kubelets and clouds write nodes all the time: those must not wait for a turn that is not there.
    withoutTurn: 'Allow',
    bears: { time: true, revision: false },
  });
}

import { celAny, celList, celText, literalPattern } from '../cel.ts';
import { serviceAccount, type GuardedFleet } from '../fleet.ts';
import { noNewFinalizer, same, sameActingAnnotations, sameMetadata, samePodMetadata } from '../free-changes.ts';
import type { SidesByName } from '../guarded-objects.ts';
import { sideOfLabelledPod, sideOfObject, sideOfScale } from '../leftovers.ts';
import type { PolicyIntent } from '../policy.ts';
import { hasEnded, oldName, username } from '../requests.ts';
import { sidePolicy } from '../side-policy.ts';

/** The StatefulSets of the sides. */
export function statefulSetPolicy(fleet: GuardedFleet, sets: SidesByName): PolicyIntent {
  return sidePolicy(fleet, {
    id: 'stateful-sets',
    what: "'StatefulSet'",
    namespace: fleet.namespace,
    // A status is written with metadata, too.
    rules: [
      {
        apiGroups: ['apps'],
        apiVersions: ['*'],
        resources: ['statefulsets', 'statefulsets/status'],
        operations: ['UPDATE', 'DELETE'],
      },
    ],
    side: sideOfObject(sets),
    free: [same('spec'), ...sameMetadata(fleet.guardLabels), noNewFinalizer, ...keptRevisions],
    bears: { time: true, revision: true },
  });
}

/**
 * What of the status the controller reads again: pods that are not rolled yet are made of what `currentRevision` names, and
 * `collisionCount` is a part of the names of revisions, which are the labels of pods (Kubernetes, pkg/controller/statefulset).
 */
const keptRevisions = ['currentRevision', 'updateRevision', 'collisionCount'].map((field) => same('status', field));

/** How many route servers a StatefulSet has, asked by its scale: an object of another kind, without labels and managedFields. */
export function scalePolicy(fleet: GuardedFleet, sets: SidesByName): PolicyIntent {
  return sidePolicy(fleet, {
    id: 'scale',
    what: "'StatefulSet'",
    namespace: fleet.namespace,
    rules: [{ apiGroups: ['apps'], apiVersions: ['*'], resources: ['statefulsets/scale'], operations: ['UPDATE'] }],
    side: sideOfScale(fleet, sets),
    free: [same('spec', 'replicas')],
    bears: { time: false, revision: false },
  });
}

/**
 * The pods of the sides, by the names that the StatefulSets give: a gate's pod begins with a side's name, too. Evictions
 * are no deletions for the API server; the budget orders them.
 */
export function podPolicy(fleet: GuardedFleet, sets: SidesByName): PolicyIntent {
  return sidePolicy(fleet, {
    id: 'pods',
    what: "'Pod'",
    namespace: fleet.namespace,
    rules: [
      { apiGroups: [''], apiVersions: ['*'], resources: ['pods'], operations: ['UPDATE', 'DELETE'] },
      { apiGroups: [''], apiVersions: ['*'], resources: ['pods/resize'], operations: ['UPDATE'] },
    ],
    conditions: { 'not-ended': `!(${hasEnded})` },
    side: sideOfPod(sets, oldName, sideOfLabelledPod(fleet)),
    free: [same('spec'), ...samePodMetadata()],
    bears: { time: true, revision: false },
  });
}

/**
 * The status of a side's pod: a write of it can take a label off as well, and a pod that is told to have failed is made anew by
 * the StatefulSet controller. Plugins of the network write their annotations this way, which are free. `movedByReadiness`: sides
 * whose pods are out of their VIP when they are not Ready: that they are not is said by kubelets, and of a node that is silent.
 */
export function podStatusPolicy(
  fleet: GuardedFleet,
  sets: SidesByName,
  movedByReadiness: readonly string[],
): PolicyIntent {
  return sidePolicy(fleet, {
    id: 'pod-status',
    what: "'The status of Pod'",
    namespace: fleet.namespace,
    rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['pods/status'], operations: ['UPDATE'] }],
    conditions: { 'not-ended': `!(${hasEnded})` },
    side: sideOfPod(sets, oldName, sideOfLabelledPod(fleet)),
    free: [
      ...keptByStatus,
      celAny([
        `!(variables.side in ${celList(movedByReadiness)})`,
        `!(${isReady('oldObject')})`,
        isReady('object'),
        `${username} == ${celText(ofSilentNodes)}`,
      ]),
    ],
    bears: { time: true, revision: false },
  });
}

/** It says of all pods of a node that is silent that they are not Ready (Kubernetes, pkg/controller/nodelifecycle, `MarkPodsNotReady`). */
const ofSilentNodes = serviceAccount('kube-system', 'node-controller');

const isReady = (object: string): string =>
  `${object}.?status.?conditions.orValue([]).exists(c, c.type == 'Ready' && c.status == 'True')`;

/**
 * What no write of a pod's status may change, but a kubelet's: by these it belongs to somebody, is over, is reached, and counts
 * for the budget.
 */
export const keptByStatus = [
  same('metadata', 'labels'),
  same('metadata', 'ownerReferences'),
  noNewFinalizer,
  sameActingAnnotations,
  same('status', 'phase'),
  same('status', 'podIPs'),
  `(!(${isReady('object')}) || ${isReady('oldObject')})`,
] as const;

/** Into a container from outside nobody sees what is done: the API server tells and records it. */
export function insidePodPolicy(fleet: GuardedFleet, sets: SidesByName): PolicyIntent {
  const name = "(has(request.name) ? request.name : '')";
  const side = sideOfPod(sets, name);
  // Behind a port that is forwarded is the pod's loopback, where its engine is told what to do.
  const inside = ['pods/exec', 'pods/attach', 'pods/portforward'];
  return {
    id: 'inside-pods',
    turn: fleet.turn,
    namespace: fleet.namespace,
    rules: [
      { apiGroups: [''], apiVersions: ['*'], resources: inside, operations: ['CONNECT'] },
      { apiGroups: [''], apiVersions: ['*'], resources: ['pods/ephemeralcontainers'], operations: ['UPDATE'] },
    ],
    withoutTurn: 'unused',
    onlyWarns: true,
    conditions: { 'of-a-side': `(${side}) != ''` },
    variables: [],
    validations: [
      {
        expression: 'false',
        message: `${celText('Pod ')} + ${name} + ${celText(' is a route server of side ')} + (${side}) + ${celText(': what is done inside of it waits for no turn, and can reset the sessions of its clients. This is recorded.')}`,
        plainMessage: 'This pod is a route server: what is done inside of it waits for no turn. This is recorded.',
      },
    ],
  };
}

/** CEL: the side of the StatefulSet whose pod has the name; of another pod, what `otherwise` says in CEL. */
export function sideOfPod(sets: SidesByName, name: string, otherwise = "''"): string {
  const sides = [...new Set(Object.values(sets))].sort();
  return (
    sides
      .map((side) => {
        const own = Object.keys(sets).filter((set) => sets[set] === side);
        return `${name}.matches(${celText(podsOf(own))}) ? ${celText(side)} : `;
      })
      .join('') + `(${otherwise})`
  );
}

/** A pattern of the names of all pods that the StatefulSets make, and of no other. */
export function podsOf(sets: readonly string[]): string {
  return `^(${[...sets].sort().map(literalPattern).join('|')})-[0-9]+$`;
}

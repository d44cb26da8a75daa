import { labels } from '@meshrs/contract';
import { sortedTexts } from '../../sorted.ts';
import { celAny, celList, celText } from '../cel.ts';
import { core, creationPolicy, written } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import type { SidesByName } from '../guarded-objects.ts';
import type { PolicyIntent, ResourceRule } from '../policy.ts';
import { controllers, username } from '../requests.ts';
import { podsOf } from './workloads.ts';

const app = celText(labels.app);

/** CEL: whether metadata have the label by which everything finds the route servers. */
const isSelected = (fleet: GuardedFleet, metadata: string): string =>
  `${metadata}.?labels[?${app}].orValue('') == ${celText(fleet.app)}`;

/**
 * CEL: whether a StatefulSet of the fleet made the pod, one that no commit names any more, too: its name stands in a label of its
 * pods, and another StatefulSet with these labels cannot come to be (`foreignWorkloadPolicy`).
 */
export function isMadeByOwnSet(sets: SidesByName): string {
  const isOwn = `o.name in ${celList(sortedTexts(Object.keys(sets)))} || object.metadata.?labels[?${celText(labels.workload)}].orValue('') == o.name`;
  const isOwner = `o.kind == 'StatefulSet' && o.apiVersion.startsWith('apps/') && o.?controller.orValue(false) && (${isOwn})`;
  return (
    `${username} in ${celList([controllers.shared, controllers.statefulSets])} && ` +
    `object.metadata.?ownerReferences.orValue([]).exists(o, ${isOwner})`
  );
}

/**
 * A pod that clients would be sent to, and that the mesh takes for a route server; or one of the name that a StatefulSet's next pod has, which
 * could not be made then.
 */
export function foreignPodPolicy(fleet: GuardedFleet, sets: SidesByName): PolicyIntent {
  const isOfTheirNames = `request.operation == 'CREATE' && !has(request.subResource) && object.metadata.?name.orValue('').matches(${celText(podsOf(Object.keys(sets)))})`;
  return creationPolicy(fleet, {
    id: 'foreign-pods',
    namespace: fleet.namespace,
    // A status and a binding are written with labels, too.
    rules: [core('pods'), core('pods/status'), core('pods/binding')],
    conditions: { selected: celAny([isSelected(fleet, 'object.metadata'), isOfTheirNames]) },
    isRefused: `!(${isMadeByOwnSet(sets)})`,
    wasThere: isSelected(fleet, 'oldObject.metadata'),
    why: `bears the label ${labels.app}=${fleet.app}, by which clients and the mesh find route servers, or the name of a route server, and no StatefulSet of the fleet made it. Leave the label out, and choose another name.`,
  });
}

/** What makes pods by a template: refused where it is written, and not only where its pods are. */
export function foreignWorkloadPolicy(fleet: GuardedFleet, sets: SidesByName): PolicyIntent {
  const { gate, agent } = fleet.accounts;
  const bears = (object: string): string =>
    `${isSelected(fleet, `${object}.spec.?template.?metadata`)} || ${usesAccount(`${object}.spec.?template.?spec`, [gate, agent])}`;
  const resources = (apiGroup: string, ...names: readonly string[]): ResourceRule => ({
    ...{ apiGroups: [apiGroup], apiVersions: ['*'], resources: names, operations: written },
  });
  const own = celList(sortedTexts(Object.keys(sets)));
  return creationPolicy(fleet, {
    id: 'foreign-workloads',
    namespace: fleet.namespace,
    rules: [
      resources('apps', 'statefulsets', 'deployments', 'replicasets', 'daemonsets'),
      resources('batch', 'jobs'),
      resources('', 'replicationcontrollers'),
    ],
    conditions: { 'not-generated': `!(request.resource.resource == 'statefulsets' && object.metadata.name in ${own})` },
    isRefused: bears('object'),
    wasThere: bears('oldObject'),
    why: `makes pods with the label ${labels.app}=${fleet.app}, by which clients and the mesh find route servers, or with an account of the fleet (${agent}, ${gate}). Take another label, and an account of its own.`,
  });
}

/** CEL: whether the spec of a pod names one of the accounts. */
export function usesAccount(spec: string, accounts: readonly string[]): string {
  return `${spec}.?serviceAccountName.orValue('') in ${celList(accounts)}`;
}

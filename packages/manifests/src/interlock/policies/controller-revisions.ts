import { labels } from '@meshrs/contract';
import { sortedTexts } from '../../sorted.ts';
import { celAny, celList, celText, literalPattern } from '../cel.ts';
import { controllersPolicy } from '../controllers-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import type { SidesByName } from '../guarded-objects.ts';
import type { PolicyIntent } from '../policy.ts';
import { isNoController } from '../requests.ts';

/**
 * The templates that a StatefulSet had and has. Its controller takes one for its own by the labels of the pods, whoever made it
 * (Kubernetes, pkg/controller/statefulset): one that says what the StatefulSet says, and is newer, has another name, and so all
 * pods of the side are made anew; so does one that bears the name that the next needs. Pods are made of what stands in them. A
 * roll-back writes the StatefulSet, and none of these.
 */
export function controllerRevisionPolicy(fleet: GuardedFleet, sets: SidesByName): PolicyIntent {
  const own = sortedTexts(Object.keys(sets));
  return controllersPolicy(fleet, {
    id: 'controller-revisions',
    ...{ apiGroup: 'apps', resource: 'controllerrevisions', what: 'ControllerRevision' },
    conditions: { 'no-controller': isNoController },
    isOurs: (object) =>
      celAny([
        `${object}.metadata.?labels[?${celText(labels.app)}].orValue('') == ${celText(fleet.app)}`,
        `${object}.metadata.?name.orValue('').matches(${celText(revisionsOf(own))})`,
        `${object}.metadata.?ownerReferences.orValue([]).exists(o, o.kind == 'StatefulSet' && o.name in ${celList(own)})`,
      ]),
    free: [same('data'), same('revision'), same('metadata', 'labels'), same('metadata', 'ownerReferences')],
    why: 'it is a template of a StatefulSet of the fleet, of which pods are made. The controller of StatefulSets alone writes one: change the StatefulSet by a commit.',
  });
}

/** A pattern of the names that the controller gives to revisions of these StatefulSets. */
function revisionsOf(sets: readonly string[]): string {
  return `^(${sets.map(literalPattern).join('|')})-[a-z0-9]+$`;
}

import { labels } from '@meshrs/contract';
import { partOf } from '../metadata.ts';
import { celLookupOr, celText } from './cel.ts';
import type { GuardedFleet } from './fleet.ts';
import type { SidesByName } from './guarded-objects.ts';
import { oldName } from './requests.ts';

/*
 * What a commit before generated and this one does not is there until Argo CD deletes it, and a side may run on it until
 * then. No name of it is known any more: it is a side's by the labels that every generated object of a side bears, and
 * neither of them is free to be taken off.
 */

const label = (key: string): string => `oldObject.metadata.?labels[?${celText(key)}]`;
const [[partOfKey, partOfValue] = ['', '']] = Object.entries(partOf);
const none = 'optional.none()';

/** CEL: the side of the old object, by its name as it is generated or, of one that no commit names any more, by its labels. */
export function sideOfObject(sides: SidesByName, name = oldName): string {
  const isGenerated = `${label(partOfKey)}.orValue('') == ${celText(partOfValue)}`;
  return celLookupOr(sides, name, `${isGenerated} ? ${label(labels.side)} : ${none}`);
}

/** CEL: the side of an old pod that has the labels of a route server, '' of any other. */
export function sideOfLabelledPod({ app }: GuardedFleet): string {
  return `${label(labels.app)}.orValue('') == ${celText(app)} ? ${label(labels.side)}.orValue('') : ''`;
}

/** CEL: the side of the StatefulSet of an old scale, which has no labels, but the selector of the pods. */
export function sideOfScale({ app }: GuardedFleet, sets: SidesByName): string {
  const selector = "oldObject.?status.?selector.orValue('').split(',')";
  const side = `${labels.side}=`;
  const named = `${selector}.filter(s, s.startsWith(${celText(side)})).map(s, s.substring(${String(side.length)}))`;
  const isOurs = `${selector}.exists(s, s == ${celText(`${labels.app}=${app}`)})`;
  return celLookupOr(sets, oldName, `${isOurs} ? ${named}[?0] : ${none}`);
}

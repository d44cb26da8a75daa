import { routeServerSets, sideOf, type BuiltCluster } from '@meshrs/manifests/built';
import { isGenerated } from './generated.ts';

/** An object that keeps its name and gets another side. */
export interface MovedObject {
  /** Its id. */
  readonly object: string;
  readonly from: string;
  readonly to: string;
}

/**
 * An object is guarded, and its turn comes, by its name: a commit that gives it to another side opens that one for a change of
 * what the old one runs. What a StatefulSet selects nobody changes in place, besides. Of the user's own objects only those are
 * meant whose pods are route servers: no side runs the others.
 */
export function movedObjects(before: BuiltCluster, after: BuiltCluster): readonly MovedObject[] {
  const workloads = new Set(routeServerSets(before).map(({ id }) => id));
  const ofSides = before.objects.filter(({ id, view }) => isGenerated(view) || workloads.has(id));
  const old = new Map(ofSides.map(({ id, view }) => [id, sideOf(view)[0]]));
  return after.objects.flatMap(({ id, view }): MovedObject[] => {
    const [from, [to]] = [old.get(id), sideOf(view)];
    return from === undefined || to === undefined || from === to ? [] : [{ object: id, from, to }];
  });
}

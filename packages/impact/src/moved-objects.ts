import { sideOf, type BuiltCluster } from '@meshrs/manifests/built';

/** An object that keeps its name and gets another side. */
export interface MovedObject {
  /** Its id. */
  readonly object: string;
  readonly from: string;
  readonly to: string;
}

/**
 * An object is guarded, and its turn comes, by its name: a commit that gives it to another side opens that one for a change of
 * what the old one runs. What a StatefulSet selects nobody changes in place, besides.
 */
export function movedObjects(before: BuiltCluster, after: BuiltCluster): readonly MovedObject[] {
  const old = new Map(before.objects.map(({ id, view }) => [id, sideOf(view)[0]]));
  return after.objects.flatMap(({ id, view }): MovedObject[] => {
    const [from, [to]] = [old.get(id), sideOf(view)];
    return from === undefined || to === undefined || from === to ? [] : [{ object: id, from, to }];
  });
}

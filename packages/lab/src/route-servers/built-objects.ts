import { changedPaths, objectId, type ChangedPath } from '@meshrs/manifests';
import type { RenderedObject } from '../kubernetes/objects.ts';

/** What differs between an object as generated and in the lab. */
export interface ObjectDifference {
  readonly object: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly paths: readonly ChangedPath[];
}

/** Object by object, in the order of the generated ones. */
export function differences(
  generated: readonly RenderedObject[],
  inLab: readonly RenderedObject[],
): ObjectDifference[] {
  const before = new Map(generated.map((object) => [idOf(object), object]));
  const after = new Map(inLab.map((object) => [idOf(object), object]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((object): ObjectDifference[] => {
    const [one, other] = [before.get(object), after.get(object)];
    if (!one) return [{ object, kind: 'added', paths: [] }];
    if (!other) return [{ object, kind: 'removed', paths: [] }];
    const paths = changedPaths(one, other);
    return paths.length === 0 ? [] : [{ object, kind: 'changed', paths }];
  });
}

export function formatDifferences(list: readonly ObjectDifference[]): string {
  return list
    .map(({ object, kind, paths }) =>
      [
        `${object} (${kind})`,
        ...paths.map(
          ({ path, before, after }) => `  ${path}\n    - ${before ?? 'nothing'}\n    + ${after ?? 'nothing'}`,
        ),
      ].join('\n'),
    )
    .join('\n\n')
    .concat('\n');
}

function idOf({ apiVersion, kind, metadata }: RenderedObject): string {
  return objectId({ apiVersion, kind, metadata });
}

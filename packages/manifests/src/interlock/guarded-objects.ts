import { sideFolder } from '../layout/side-folder.ts';
import { sidesOf, type ClusterScope } from '../scope.ts';

/** The side of each object of a kind, by its name: exactly what is generated, and nothing that only looks like it. */
export type SidesByName = Readonly<Record<string, string>>;

/** The objects of the sides, by kind. A side's own names are in no other side's. */
export function sidesByName(scope: ClusterScope): (kind: string) => SidesByName {
  const objects = sidesOf(scope).flatMap((side) =>
    sideFolder(side).map(({ object }) => ({ side: side.side, kind: object.kind, name: object.metadata.name })),
  );
  return (kind) =>
    Object.fromEntries(objects.filter((object) => object.kind === kind).map(({ name, side }) => [name, side]));
}

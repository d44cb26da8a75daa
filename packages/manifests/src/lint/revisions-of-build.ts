import { digestOf } from '../argo-cd/side-revision.ts';
import { readBuilt } from '../built/read-built.ts';
import { gatesOf, turnOf, waveOf } from '../built/sync-order.ts';
import { objectView } from '../built/views.ts';
import type { ClusterFacts } from './cluster-facts.ts';

/**
 * The revision of each side as a build with the user's component has it: of all objects that are applied in its turn, those
 * of the user's too. A side of which the component changes nothing keeps the revision that it has without one, so that a
 * commit which fixes one side does not ask whether the other may go. `built`: the build of a tree whose objects bear no
 * revision yet.
 */
export function revisionsOfBuild(
  built: readonly unknown[],
  { generatedSides }: Pick<ClusterFacts, 'generatedSides'>,
): Record<string, string> {
  const gates = gatesOf(readBuilt(built));
  const bySide = Map.groupBy(built, (document) => {
    const { success, data } = objectView.safeParse(document);
    return success ? turnOf(gates, waveOf(data)) : undefined;
  });
  return Object.fromEntries(
    Object.entries(generatedSides).map(([side, generated]) => {
      const digest = digestOf(bySide.get(side) ?? []);
      return [side, digest === generated.digest ? generated.revision : digest];
    }),
  );
}

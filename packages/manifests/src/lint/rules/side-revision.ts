import { gateFlags, gateRevision } from '@meshrs/contract';
import { argumentsOf, gatesOf, turnOf, waveOf, type Gate } from '../../built/sync-order.ts';
import type { Rule } from '../rule.ts';

export const sideRevision: Rule = {
  id: 'side-revision',
  title: 'An object of a side does not bear the revision of its side',
  why: 'The API server takes a change of the object for another commit than the one for which the side is open, and refuses it.',
  isWaivable: false,
  check: (cluster, { marked }) => {
    const gates = gatesOf(cluster);
    return cluster.objects
      .filter(({ id }) => marked.includes(id))
      .flatMap(({ id, view }) => {
        const side = turnOf(gates, waveOf(view));
        const gate = gates.find((each) => each.side === side);
        const [seen, allowed] = [view.metadata.annotations[gateRevision], gate && revisionOf(gate)];
        // Without a gate there is another finding, and one that looks for no revision opens the side for any.
        if (allowed === undefined || seen === allowed) return [];
        return [
          {
            object: id,
            message: `The annotation ${gateRevision} is not what the gate of side ${gate?.side ?? ''} opens the side for.`,
            seen: seen ?? 'none',
            allowed,
            hint: 'remove the patch in overlays/<cluster>/custom that takes the annotation away or changes it',
          },
        ];
      });
  },
};

function revisionOf({ workload }: Gate): string | undefined {
  const flag = argumentsOf(workload).find((text) => text.startsWith(gateFlags.revision));
  return flag?.slice(gateFlags.revision.length);
}

import type { BuiltCluster } from '../../built/read-built.ts';
import { valueAt } from '../kept/kept-field.ts';
import type { RuleFinding } from '../rule.ts';

/* What MetalLB refuses of a BGPAdvertisement. */

export function faultsOfAdvertisements(cluster: BuiltCluster): RuleFinding[] {
  return repeated(cluster);
}

/** `validateDuplicate` of the lists of a BGPAdvertisement. */
function repeated({ bgpAdvertisements }: BuiltCluster): RuleFinding[] {
  return bgpAdvertisements.flatMap(({ id, view }) =>
    ['ipAddressPools', 'communities', 'peers'].flatMap((field): RuleFinding[] => {
      const list = valueAt(view, ['spec', field]);
      const twice = Array.isArray(list) ? list.filter((each, index) => list.indexOf(each) !== index) : [];
      if (twice.length === 0) return [];
      return [
        {
          object: id,
          message: `The list ${field} of the advertisement has an entry twice.`,
          seen: twice.map(String).join(', '),
          allowed: 'each entry once',
          hint: `remove it from spec.${field}`,
        },
      ];
    }),
  );
}

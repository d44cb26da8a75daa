import type { AddressRange, Family } from '@meshrs/network';
import { advertisedPools } from '../../built/advertised-pools.ts';
import type { Built } from '../../built/built.ts';
import { hasFamily, poolRange, widestLength } from '../../built/pool-ranges.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import { mayShareNodes } from '../../built/selects.ts';
import type { AddressPoolView, BgpAdvertisementView } from '../../built/views.ts';
import type { RuleFinding } from '../rule.ts';
import { repeatedEntries, repeatedSelectors } from './selectors.ts';

/* What MetalLB refuses of a BGPAdvertisement or an L2Advertisement. */

type Fault = Omit<RuleFinding, 'object'>;
type Advertisement = Built<BgpAdvertisementView>;

const name = 'the advertisement';

export function faultsOfAdvertisements(cluster: BuiltCluster): RuleFinding[] {
  const { bgpAdvertisements, l2Advertisements, pools } = cluster;
  return [
    ...bgpAdvertisements.flatMap(({ id, view }) => of(id, [...ofBgp(view), ...tooShort(view, pools)])),
    ...bgpAdvertisements.flatMap((one, index) =>
      bgpAdvertisements.slice(0, index).flatMap((other) => of(one.id, otherPreference(one, other, pools))),
    ),
    ...l2Advertisements.flatMap(({ id, view: { spec } }) => {
      const { ipAddressPools, ipAddressPoolSelectors, nodeSelectors, serviceSelectors } = spec;
      const selectors = { ipAddressPoolSelectors, nodeSelectors, serviceSelectors };
      return of(id, [...repeatedEntries({ ipAddressPools }, name), ...repeatedSelectors(selectors, name)]);
    }),
  ];
}

function of(object: string, faults: readonly Fault[]): RuleFinding[] {
  return faults.map((fault) => ({ object, ...fault }));
}

/** `bgpAdvertisementFromCR`. */
function ofBgp({ spec }: BgpAdvertisementView): Fault[] {
  const { ipAddressPools, communities, peers } = spec;
  const { ipAddressPoolSelectors, nodeSelectors, serviceSelectors } = spec;
  return [
    ...repeatedEntries({ ipAddressPools, communities, peers }, name),
    ...repeatedSelectors({ ipAddressPoolSelectors, nodeSelectors, serviceSelectors }, name),
    ...families.flatMap((family) => ofLength(spec, family)),
  ];
}

const families: readonly Family[] = ['ipv4', 'ipv6'];

/** The length of a single address: nothing is put together. */
const whole: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };
const fields = { ipv4: 'aggregationLength', ipv6: 'aggregationLengthV6' } as const;

function lengthOf(spec: BgpAdvertisementView['spec'], family: Family): number {
  return spec[fields[family]] ?? whole[family];
}

function ofLength(spec: BgpAdvertisementView['spec'], family: Family): Fault[] {
  const [field, length, last] = [fields[family], lengthOf(spec, family), whole[family]];
  const seen = `${field}: ${String(length)}`;
  if (length < (family === 'ipv4' ? 1 : 0) || length > last) {
    return [
      {
        message: `The advertisement has no length of a prefix in ${field}.`,
        seen,
        allowed: `up to ${String(last)}`,
        hint: `correct spec.${field}`,
      },
    ];
  }
  if (spec.serviceSelectors.length === 0 || length === last) return [];
  return [
    {
      message: 'The advertisement puts the addresses of some Services together, which MetalLB does not do.',
      seen,
      allowed: `serviceSelectors without ${field}, or the other way round`,
      hint: `remove spec.${field} or spec.serviceSelectors`,
    },
  ];
}

/** `validateBGPAdvPerPool`: of an entry the widest prefix counts. */
function tooShort(view: BgpAdvertisementView, pools: BuiltCluster['pools']): Fault[] {
  return advertisedPools(view, pools).flatMap(({ id, view: pool }) =>
    pool.spec.addresses.flatMap((entry): Fault[] => {
      const range: AddressRange | undefined = poolRange(entry);
      if (!range || lengthOf(view.spec, range.family) >= widestLength(range)) return [];
      const field = fields[range.family];
      return [
        {
          message: `The advertisement puts more together than ${entry} of ${id} has.`,
          seen: `${field}: ${String(lengthOf(view.spec, range.family))}`,
          allowed: `${String(widestLength(range))} to ${String(whole[range.family])}`,
          hint: `set a longer spec.${field}, or leave it out`,
        },
      ];
    }),
  );
}

/** `BGPAdvertisementsHaveCompatibleLocalPref`: one router learns a prefix of a node with one preference. */
function otherPreference(one: Advertisement, other: Advertisement, pools: BuiltCluster['pools']): Fault[] {
  const [ours, theirs] = [one.view.spec, other.view.spec];
  if (ours.localPref === theirs.localPref) return [];
  // Which Services they take is not known then, and MetalLB does not ask.
  if (ours.serviceSelectors.length + theirs.serviceSelectors.length > 0) return [];
  if (!maySharePeers(ours.peers, theirs.peers) || !mayShareNodes(ours.nodeSelectors, theirs.nodeSelectors)) return [];
  const taken = advertisedPools(other.view, pools);
  const pool = advertisedPools(one.view, pools).find(
    (each) => taken.includes(each) && !hasOtherLengths(ours, theirs, each.view),
  );
  if (!pool) return [];
  return [
    {
      message: `The advertisement has another localPref than ${other.id} for ${pool.id}, and some router may have both.`,
      seen: String(ours.localPref),
      allowed: String(theirs.localPref),
      hint: 'make the two alike, or name other peers or nodes in one of them',
    },
  ];
}

function maySharePeers(one: readonly string[], other: readonly string[]): boolean {
  return one.length === 0 || other.length === 0 || one.some((peer) => other.includes(peer));
}

/** `isAggrLengthDifferent`: prefixes of other lengths are other routes. */
function hasOtherLengths(
  one: BgpAdvertisementView['spec'],
  other: BgpAdvertisementView['spec'],
  { spec: { addresses } }: AddressPoolView,
): boolean {
  return families
    .filter((family) => hasFamily(addresses, family))
    .every((family) => lengthOf(one, family) !== lengthOf(other, family));
}

import { overlaps } from '@meshrs/network';
import {
  changedPaths,
  peerClash,
  peerName,
  poolRange,
  waveOf,
  type AddressPoolView,
  type BgpPeerView,
  type Built,
  type BuiltCluster,
} from '@meshrs/manifests/built';
import { z } from 'zod';
import type { Backend } from './kinds/metallb-chart.ts';

/** An object that MetalLB's webhook refuses while another one is as it was. */
export interface MetallbRefusal {
  readonly object: string;
  /** The one that stands in the way. */
  readonly other: string;
  readonly because: string;
  /** What becomes of that: it stays as it is, changes later in the same sync, or goes at its end. */
  readonly otherOne: 'stays' | 'changes' | 'goes';
}

/**
 * MetalLB looks at an object together with those that are there (its webhooks, ipaddresspool_webhook.go and
 * bgppeer_webhook.go). Argo CD applies wave by wave and deletes at the end: what changes or goes later is as it was.
 */
export function metallbRefusals(
  before: BuiltCluster,
  after: BuiltCluster,
  backend: Backend | undefined,
): readonly MetallbRefusal[] {
  return [
    ...refusalsOf(before.pools, after.pools, (one, other) => overlap(one, other)),
    // Its own BGP takes two peers of one address.
    ...tooShort(before, after),
    ...(backend === 'native' ? [] : refusalsOf(before.peers, after.peers, clash)),
  ];
}

interface Spec {
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

type Conflict<View> = (one: View, other: View) => string | undefined;

function refusalsOf<View extends Spec & Parameters<typeof waveOf>[0]>(
  before: readonly Built<View>[],
  after: readonly Built<View>[],
  conflict: Conflict<View>,
): MetallbRefusal[] {
  const old = new Map(before.map(({ id, view }) => [id, view]));
  const next = new Map(after.map(({ id, view }) => [id, view]));
  return after.flatMap(({ id, view }): MetallbRefusal[] => {
    const was = old.get(id);
    if (was && isSame(was, view)) return [];
    return before.flatMap(({ id: other, view: there }): MetallbRefusal[] => {
      if (other === id) return [];
      const because = conflict(view, there);
      if (because === undefined) return [];
      const becomes = next.get(other);
      if (!becomes) return [{ object: id, other, because, otherOne: 'goes' }];
      if (isSame(there, becomes)) return [{ object: id, other, because, otherOne: 'stays' }];
      const difference = waveOf(becomes) - waveOf(view);
      // In one wave each is tried whatever becomes of the others: only two that wait for each other stay away.
      const isInTheWay = difference > 0 || (difference === 0 && was && conflict(becomes, was) !== undefined);
      return isInTheWay ? [{ object: id, other, because, otherOne: 'changes' }] : [];
    });
  });
}

function isSame({ spec }: Spec, { spec: other }: Spec): boolean {
  return changedPaths(spec, other).length === 0;
}

function overlap(one: AddressPoolView, other: AddressPoolView): string | undefined {
  const [ranges, others] = [one, other].map(({ spec }) => spec.addresses);
  for (const text of ranges ?? []) {
    for (const otherText of others ?? []) {
      const [range, otherRange] = [poolRange(text), poolRange(otherText)];
      if (range && otherRange && overlaps(range, otherRange)) return `${text} overlaps ${otherText}`;
    }
  }
  return undefined;
}

function clash(one: BgpPeerView, other: BgpPeerView): string | undefined {
  switch (peerClash(one, other)) {
    case 'address':
      return `two BGPPeers of ${peerName(one.spec)} on the same nodes`;
    case 'as-number':
      return `nodes have myASN ${String(other.spec.myASN)} from it, and cannot have ${String(one.spec.myASN)} beside it`;
    case 'router-id':
      return 'nodes have one routerID';
    case undefined:
      return undefined;
  }
}

const aggregated = z.looseObject({
  ipAddressPools: z.array(z.string()).default([]),
  aggregationLength: z.number().optional(),
  aggregationLengthV6: z.number().optional(),
});

/** Routes may be put together no further than a pool has addresses (MetalLB's config, `validateBGPAdvPerPool`). */
function tooShort(before: BuiltCluster, after: BuiltCluster): MetallbRefusal[] {
  const old = new Map(before.bgpAdvertisements.map(({ id, view }) => [id, view]));
  return after.bgpAdvertisements.flatMap(({ id, view }): MetallbRefusal[] => {
    const was = old.get(id);
    const { success, data } = aggregated.safeParse(view.spec);
    if (!success || (was && isSame(was, view))) return [];
    const named = after.pools.filter(
      ({ view: { metadata } }) => data.ipAddressPools.length === 0 || data.ipAddressPools.includes(metadata.name),
    );
    return named.flatMap(({ id: other, view: pool }) =>
      pool.spec.addresses.flatMap((text): MetallbRefusal[] => {
        const [, length] = text.split('/');
        const wanted = text.includes(':') ? data.aggregationLengthV6 : data.aggregationLength;
        if (length === undefined || wanted === undefined || wanted >= Number(length)) return [];
        const because = `/${String(wanted)} is wider than ${text}`;
        return [{ object: id, other, because, otherOne: 'stays' }];
      }),
    );
  });
}

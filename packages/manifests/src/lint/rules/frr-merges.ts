import { overlaps } from '@meshrs/network';
import type { Built } from '../../built/built.ts';
import { loadBalancers } from '../../built/load-balancers.ts';
import { poolRange } from '../../built/pool-ranges.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import { mayShareNodes } from '../../built/selects.ts';
import type { ObjectView } from '../../built/views.ts';
import {
  partOfPeer,
  partsOfConfiguration,
  profileOfMetallb,
  profilesOfConfiguration,
  type RouterPart,
  type BfdPart,
} from '../frr-parts.ts';
import { refusedByItself } from '../frr-k8s/refused.ts';
import type { ClusterFacts } from '../cluster-facts.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const frrMerges: Rule = {
  id: 'frr-merges',
  title:
    'An FRRConfiguration cannot be put together with what MetalLB asks of FRR, gives its router an ID, or announces a VIP',
  why: 'frr-k8s puts all that is for a node together; where two parts contradict each other it keeps what the node had, and a change of a VIP or peer never comes. A router ID that comes, changes or goes ends every session of its node.',
  isWaivable: false,
  check: (cluster, facts) => {
    // With the other backends nobody reads them.
    if (facts.metallbBackend !== 'frr-k8s') return [];
    const { peers, frrConfigurations } = cluster;
    const parts = [...peers.map(partOfPeer), ...frrConfigurations.flatMap(partsOfConfiguration)];
    const profiles = [
      ...ofKind(cluster, 'BFDProfile').map(profileOfMetallb),
      ...frrConfigurations.flatMap(profilesOfConfiguration),
    ];
    return [
      ...withEarlier(parts, contradictions),
      ...givenRouterIds(parts),
      ...withEarlier(profiles, otherProfiles),
      ...frrConfigurations.flatMap(refusedByItself),
      ...announcedVips(cluster, facts),
    ];
  },
};

/** Each part of the user's with those before it; of MetalLB's own ones other rules tell. */
function withEarlier<T extends { readonly isOfMetallb: boolean }>(
  parts: readonly T[],
  compare: (part: T, other: T) => RuleFinding[],
): RuleFinding[] {
  return parts.flatMap((part, index) =>
    part.isOfMetallb ? [] : parts.slice(0, index).flatMap((other) => compare(part, other)),
  );
}

function ofKind({ objects }: BuiltCluster, kind: string): readonly Built<ObjectView>[] {
  return objects.filter(({ view }) => view.kind === kind && view.apiVersion.startsWith('metallb.io/'));
}

function otherProfiles(profile: BfdPart, other: BfdPart): RuleFinding[] {
  const { id: object, name } = profile;
  if (name !== other.name || !mayShareNodes(profile.nodes, other.nodes)) return [];
  if (object === other.id) {
    return [
      {
        object,
        message: `The FRRConfiguration has the BFD profile ${name} twice.`,
        seen: name,
        allowed: 'each name once',
        hint: 'remove one of the two',
      },
    ];
  }
  return Object.entries(profile.values)
    .filter(([key, value]) => other.values[key] !== value)
    .map(([key, value]) => ({
      object,
      message: `The FRRConfiguration wants another ${key} of the BFD profile ${name} than ${other.id}, and some node may have both.`,
      seen: value,
      allowed: other.values[key] ?? '',
      hint: 'give the profile a name of its own, or make the two alike',
    }));
}

function contradictions(part: RouterPart, other: RouterPart): RuleFinding[] {
  if (part.vrf !== other.vrf || !mayShareNodes(part.nodes, other.nodes)) return [];
  const place = part.vrf === '' ? 'the default VRF' : `the VRF ${part.vrf}`;
  const finding = (what: string, seen: string, allowed: string): RuleFinding => ({
    object: part.id,
    ...(part.id === other.id
      ? {
          message: `The FRRConfiguration has two values for the ${what} in ${place}.`,
          hint: 'make the two alike, or put them together',
        }
      : {
          message: `The FRRConfiguration wants another ${what} in ${place} than ${other.id}, and some node may have both.`,
          hint: `make the two alike, or select nodes in spec.nodeSelector that ${other.id} does not`,
        }),
    ...{ seen, allowed },
  });
  const routerIds = [part.routerId, other.routerId];
  return [
    ...(part.asn === other.asn ? [] : [finding('AS number', String(part.asn), String(other.asn))]),
    ...(routerIds.includes('') || part.routerId === other.routerId
      ? []
      : [finding('router ID', part.routerId, other.routerId)]),
    ...[...part.neighbors].flatMap(([name, ours]) => {
      const theirs = other.neighbors.get(name);
      if (!theirs) return [];
      return (
        Object.entries(ours)
          // What one of the two leaves out fits any.
          .filter(([key, value]) => theirs[key] !== undefined && theirs[key] !== value)
          .map(([key, value]) => finding(`${key} of the neighbor ${name}`, value, theirs[key] ?? ''))
      );
    }),
  ];
}

/**
 * MetalLB's router has no ID unless its peers say one, and then frr-k8s takes that of any other part (its merge.go, `mergeRouters`). For
 * another ID than the one it runs with FRR ends all sessions (bgpd, `bgp_router_id_set`): of every node that has both, at once.
 */
function givenRouterIds(parts: readonly RouterPart[]): RuleFinding[] {
  const ofMetallb = parts.filter(({ isOfMetallb }) => isOfMetallb);
  const giving = parts.filter(({ isOfMetallb, routerId }) => !isOfMetallb && routerId !== '');
  const firsts = new Map(giving.map((part) => [`${part.id} ${part.vrf} ${part.routerId}`, part]));
  return [...firsts.values()].flatMap((part) => {
    const { id: object, vrf, routerId: seen } = part;
    const given = ofMetallb.find(
      (other) => other.vrf === vrf && other.routerId === '' && mayShareNodes(part.nodes, other.nodes),
    );
    if (!given) return [];
    return [
      {
        object,
        message: `The FRRConfiguration gives a router ID to the router of FRR that serves ${given.id}, which has none; FRR ends all sessions of a node when that comes, changes or goes.`,
        ...{ seen, allowed: 'no router ID for the router that MetalLB has on a node' },
        hint: `remove "id", or select nodes in spec.nodeSelector that ${given.id} does not; a router of a VRF of its own may have one`,
      },
    ];
  });
}

/** Nodes without a route server of the side would announce its VIP. */
function announcedVips(cluster: BuiltCluster, facts: ClusterFacts): RuleFinding[] {
  const vips = loadBalancers(cluster, facts).flatMap(({ id, addresses }) =>
    addresses.flatMap((address) => {
      const range = poolRange(`${address}-${address}`);
      return range ? [{ id, address, range }] : [];
    }),
  );
  return cluster.frrConfigurations.flatMap(({ id: object, view }) =>
    view.spec.bgp.routers.flatMap(({ prefixes }) =>
      prefixes.flatMap((prefix) => {
        const range = poolRange(prefix);
        const vip = range && vips.find((each) => overlaps(each.range, range));
        if (!vip) return [];
        return [
          {
            object,
            message: `The FRRConfiguration announces ${vip.address}, the address of ${vip.id}, from each node that it selects.`,
            seen: prefix,
            allowed: 'prefixes without the address of a Service',
            hint: 'remove the prefix: MetalLB announces the address from the nodes that have a pod behind it',
          },
        ];
      }),
    ),
  );
}

import { overlaps } from '@meshrs/network';
import type { Built } from '../../built/built.ts';
import { loadBalancers } from '../../built/load-balancers.ts';
import { poolRange } from '../../built/pool-ranges.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import { mayShareNodes } from '../../built/selects.ts';
import type { FrrConfigurationView, ObjectView } from '../../built/views.ts';
import { listed } from '../../words.ts';
import {
  partOfPeer,
  partsOfConfiguration,
  profileOfMetallb,
  profilesOfConfiguration,
  type RouterPart,
  type BfdPart,
} from '../frr-parts.ts';
import type { ClusterFacts } from '../cluster-facts.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { faultsOfTimes } from '../times.ts';

export const frrMerges: Rule = {
  id: 'frr-merges',
  title: 'An FRRConfiguration cannot be put together with what MetalLB asks of FRR, or announces a VIP',
  why: 'frr-k8s puts all that is for a node together; where two parts contradict each other it keeps what the node had, and a change of a VIP or peer never comes.',
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

/** What frr-k8s refuses of one object (its internal/controller/api_to_config.go), and with it all that is for the node. */
function refusedByItself({ id: object, view: { spec } }: Built<FrrConfigurationView>): RuleFinding[] {
  const known = [...new Set(spec.bgp.bfdProfiles.map(({ name }) => name))];
  return spec.bgp.routers.flatMap(({ asn, neighbors }) =>
    neighbors.flatMap((neighbor): RuleFinding[] => {
      const name = neighbor.address ?? neighbor.interface ?? '';
      const { bfdProfile = '', holdTime, keepaliveTime, localASN = 0 } = neighbor;
      const faults: readonly (Omit<RuleFinding, 'object'> | undefined)[] = [
        bfdProfile === '' || known.includes(bfdProfile)
          ? undefined
          : {
              message: `The neighbor ${name} names the BFD profile ${bfdProfile}, which the FRRConfiguration does not have.`,
              seen: bfdProfile,
              allowed: listed(known),
              hint: 'add the profile to spec.bgp.bfdProfiles of the same object',
            },
        (holdTime === undefined) === (keepaliveTime === undefined)
          ? undefined
          : {
              message: `The neighbor ${name} has one of holdTime and keepaliveTime; frr-k8s takes both or none.`,
              seen: `holdTime ${holdTime ?? 'not set'}, keepaliveTime ${keepaliveTime ?? 'not set'}`,
              allowed: 'both, or none',
              hint: 'set the other one, too: a third of the hold time is usual',
            },
        localASN === 0 || neighbor.asn !== asn
          ? undefined
          : {
              message: `The session with the neighbor ${name} is iBGP, where frr-k8s takes no localASN.`,
              seen: `asn ${String(asn)}, localASN ${String(localASN)}`,
              allowed: 'localASN with another asn of the neighbor',
              hint: 'remove localASN',
            },
      ];
      return [
        ...faults.flatMap((fault) => (fault ? [{ object, ...fault }] : [])),
        ...faultsOfTimes(neighbor, `the neighbor ${name}`).map((fault) => ({ object, ...fault })),
      ];
    }),
  );
}

function contradictions(part: RouterPart, other: RouterPart): RuleFinding[] {
  if (part.vrf !== other.vrf || part.id === other.id || !mayShareNodes(part.nodes, other.nodes)) return [];
  const place = part.vrf === '' ? 'the default VRF' : `the VRF ${part.vrf}`;
  const finding = (what: string, seen: string, allowed: string): RuleFinding => ({
    object: part.id,
    message: `The FRRConfiguration wants another ${what} in ${place} than ${other.id}, and some node may have both.`,
    ...{ seen, allowed },
    hint: `make the two alike, or select nodes in spec.nodeSelector that ${other.id} does not`,
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
      return Object.entries(ours)
        .filter(([key, value]) => theirs[key] !== value && (key !== 'bfdProfile' || theirs[key] !== undefined))
        .map(([key, value]) => finding(`${key} of the neighbor ${name}`, value, theirs[key] ?? ''));
    }),
  ];
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

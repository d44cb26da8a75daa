import { overlaps } from '@meshrs/network';
import type { Built } from '../../built/built.ts';
import { loadBalancers } from '../../built/load-balancers.ts';
import { peerName } from '../../built/metallb-peers.ts';
import { poolRange } from '../../built/pool-ranges.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import { mayShareNodes } from '../../built/selects.ts';
import type { BgpPeerView, FrrConfigurationView, SelectorView } from '../../built/views.ts';
import { durationOf } from '../meaning/units.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const frrMerges: Rule = {
  id: 'frr-merges',
  title: 'An FRRConfiguration cannot be put together with what MetalLB asks of FRR, or announces a VIP',
  why: 'frr-k8s puts all that is for a node together; where two parts contradict each other it keeps what the node had, and a change of a VIP or peer never comes.',
  isWaivable: false,
  check: (cluster, { metallbBackend, loadBalancerClass }) => {
    // With the other backends nobody reads them.
    if (metallbBackend !== 'frr-k8s') return [];
    const parts = [...cluster.peers.map(ofPeer), ...cluster.frrConfigurations.flatMap(ofConfiguration)];
    return [
      ...parts.flatMap((part, index) =>
        part.isOfMetallb ? [] : parts.slice(0, index).flatMap((other) => contradictions(part, other)),
      ),
      ...announcedVips(cluster, loadBalancerClass),
    ];
  },
};

/** A router of a node's FRR as one object wants it (frr-k8s' internal/controller/merge.go). */
interface Part {
  readonly id: string;
  readonly isOfMetallb: boolean;
  readonly nodes: readonly SelectorView[];
  readonly vrf: string;
  readonly asn: number;
  readonly routerId: string;
  /** By address or interface: what two parts must have alike, with the default of each. */
  readonly neighbors: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

function ofPeer({ id, view: { spec } }: Built<BgpPeerView>): Part {
  const hold = durationOf(spec.holdTime);
  // MetalLB fills in what is left out (its config, `parseTimers`).
  const keepaliveTime = spec.keepaliveTime ?? (hold === undefined ? undefined : `${String(hold / 3)}s`);
  const neighbor = {
    ...spec,
    keepaliveTime,
    asn: spec.peerASN,
    port: spec['peerPort'],
    sourceaddress: spec['sourceAddress'],
  };
  return {
    ...{ id, isOfMetallb: true, nodes: spec.nodeSelectors, vrf: spec.vrf ?? '' },
    ...{ asn: spec.myASN, routerId: spec.routerID ?? '' },
    neighbors: new Map([[peerName(spec), shared(neighbor)]]),
  };
}

function ofConfiguration({ id, view: { spec } }: Built<FrrConfigurationView>): Part[] {
  return spec.bgp.routers.map((router) => ({
    ...{ id, isOfMetallb: false, nodes: [spec.nodeSelector], vrf: router.vrf ?? '' },
    ...{ asn: router.asn, routerId: router.id ?? '' },
    neighbors: new Map(
      router.neighbors.map((neighbor) => [neighbor.address ?? neighbor.interface ?? '', shared(neighbor)]),
    ),
  }));
}

/** `neighborsAreCompatible`; of passwords and Secrets nothing is known here. */
function shared(neighbor: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const text = (key: string, otherwise: string): string => {
    const value = neighbor[key];
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : otherwise;
  };
  const seconds = (key: string, otherwise: number): string => String(durationOf(neighbor[key]) ?? otherwise);
  return {
    asn: text('asn', text('dynamicASN', 'none')),
    port: text('port', '179'),
    sourceaddress: text('sourceaddress', ''),
    ebgpMultiHop: text('ebgpMultiHop', 'false'),
    localASN: text('localASN', '0'),
    holdTime: seconds('holdTime', 180),
    keepaliveTime: seconds('keepaliveTime', 60),
    connectTime: seconds('connectTime', 60),
  };
}

function contradictions(part: Part, other: Part): RuleFinding[] {
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
        .filter(([key, value]) => theirs[key] !== value)
        .map(([key, value]) => finding(`${key} of the neighbor ${name}`, value, theirs[key] ?? ''));
    }),
  ];
}

/** Nodes without a route server of the side would announce its VIP. */
function announcedVips(cluster: BuiltCluster, ofClass: string | undefined): RuleFinding[] {
  const vips = loadBalancers(cluster, ofClass).flatMap(({ id, addresses }) =>
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

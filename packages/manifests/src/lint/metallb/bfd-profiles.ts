import { advertisedPools } from '../../built/advertised-pools.ts';
import type { Built } from '../../built/built.ts';
import { kindName } from '../../built/object-id.ts';
import { hasFamily } from '../../built/pool-ranges.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import type { ObjectView } from '../../built/views.ts';
import type { ClusterFacts } from '../cluster-facts.ts';
import { valueAt } from '../kept/kept-field.ts';
import type { RuleFinding } from '../rule.ts';

/* What MetalLB refuses of a BFDProfile, by itself and beside the others. */

type Backend = ClusterFacts['metallbBackend'];

export function faultsOfProfiles(cluster: BuiltCluster, backend: Backend): RuleFinding[] {
  const profiles = cluster.objects.filter(({ view }) => kindName(view) === 'BFDProfile');
  return profiles.flatMap((profile) => [
    ...ofProfile(profile.id, profile.view, backend),
    ...(backend === 'native' ? [] : echoes(profile, cluster)),
  ]);
}

/** `bfdProfileFromCR`. */
const limits: Readonly<Record<string, readonly [first: number, last: number]>> = {
  detectMultiplier: [2, 255],
  receiveInterval: [10, 60_000],
  transmitInterval: [10, 60_000],
  minimumTtl: [1, 254],
  echoInterval: [10, 60_000],
};

function ofProfile(object: string, view: unknown, backend: Backend): RuleFinding[] {
  if (backend === 'native') {
    const fault = {
      message: "MetalLB's own BGP has no BFD.",
      seen: object,
      allowed: 'metallb.backend: frr-k8s or frr',
    };
    return [{ object, ...fault, hint: 'remove the profile, or change the backend in the topology' }];
  }
  return Object.entries(limits).flatMap(([field, [first, last]]): RuleFinding[] => {
    const value = valueAt(view, ['spec', field]);
    if (typeof value !== 'number' || (value >= first && value <= last)) return [];
    return [
      {
        object,
        message: `MetalLB does not take this ${field} of a BFDProfile.`,
        seen: String(value),
        allowed: `${String(first)} to ${String(last)}`,
        hint: `correct spec.${field}`,
      },
    ];
  });
}

/**
 * `validateConfig`: no peer with echo mode announces IPv6. The webhook of BGPPeers looks at them without their profiles
 * (`resetTransientErrorsFields`), so that it lets through what the speakers refuse.
 */
function echoes({ id: object, view: profile }: Built<ObjectView>, cluster: BuiltCluster): RuleFinding[] {
  if (valueAt(profile, ['spec', 'echoMode']) !== true) return [];
  const { name, namespace } = profile.metadata;
  const peers = cluster.peers.filter(
    ({ view: { metadata, spec } }) => metadata.namespace === namespace && spec.bfdProfile === name,
  );
  const clashes = cluster.bgpAdvertisements.flatMap(({ view }) => {
    const pool = advertisedPools(view, cluster.pools).find((each) => hasFamily(each.view.spec.addresses, 'ipv6'));
    const { peers: wanted } = view.spec;
    const peer = peers.find((each) => wanted.length === 0 || wanted.includes(each.view.metadata.name));
    return pool && peer ? [{ pool, peer }] : [];
  });
  return clashes.slice(0, 1).map(({ pool, peer }) => ({
    object,
    message: `The BFDProfile has the echo mode, and ${peer.id}, which has the profile, announces the IPv6 addresses of ${pool.id}.`,
    seen: 'spec.echoMode: true',
    allowed: 'false, or left out, for routers that learn IPv6 addresses',
    hint: 'remove spec.echoMode, or give the BGPPeer another profile',
  }));
}

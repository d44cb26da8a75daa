import type { KubernetesObject, LabelSelector } from './core-types.ts';

interface MetallbObject<ApiVersion extends string, Kind extends string, Spec> extends KubernetesObject {
  readonly apiVersion: ApiVersion;
  readonly kind: Kind;
  readonly spec: Spec;
}

/** MetalLB API reference, "IPAddressPool"; the fields used here. */
export type IpAddressPool = MetallbObject<
  'metallb.io/v1beta1',
  'IPAddressPool',
  {
    /** Prefixes, or ranges "first-last". */
    readonly addresses: readonly string[];
    readonly autoAssign?: boolean;
    readonly avoidBuggyIPs?: boolean;
  }
>;

/** MetalLB API reference, "BGPAdvertisement"; the fields used here. */
export type BgpAdvertisement = MetallbObject<
  'metallb.io/v1beta1',
  'BGPAdvertisement',
  {
    readonly ipAddressPools: readonly string[];
    readonly peers: readonly string[];
    readonly communities?: readonly string[];
    readonly nodeSelectors?: readonly LabelSelector[];
  }
>;

/** MetalLB API reference, "L2Advertisement"; the fields used here. */
export type L2Advertisement = MetallbObject<
  'metallb.io/v1beta1',
  'L2Advertisement',
  {
    readonly ipAddressPools: readonly string[];
    readonly interfaces?: readonly string[];
    readonly nodeSelectors?: readonly LabelSelector[];
  }
>;

/** MetalLB API reference, "BGPPeer"; the fields used here. AS numbers are integers, there is no asdot. */
export type BgpPeer = MetallbObject<
  'metallb.io/v1beta2',
  'BGPPeer',
  {
    readonly myASN: number;
    readonly peerASN: number;
    readonly peerAddress: string;
    /** Go duration. */
    readonly holdTime: string;
    /** Go duration, between two tries to connect; not in MetalLB's native mode. */
    readonly connectTime?: string;
    readonly ebgpMultiHop: boolean;
    readonly passwordSecret: { readonly name: string };
    readonly bfdProfile?: string;
    readonly dualStackAddressFamily?: boolean;
    readonly nodeSelectors?: readonly LabelSelector[];
  }
>;

/** MetalLB API reference, "BFDProfile"; intervals in milliseconds. */
export type BfdProfile = MetallbObject<
  'metallb.io/v1beta1',
  'BFDProfile',
  {
    readonly receiveInterval: number;
    readonly transmitInterval: number;
    readonly detectMultiplier: number;
  }
>;

/** The annotations on a Service that MetalLB reads (MetalLB documentation, "Usage"). */
export const metallbAnnotations = {
  pool: 'metallb.io/address-pool',
  addresses: 'metallb.io/loadBalancerIPs',
  sharing: 'metallb.io/allow-shared-ip',
} as const;

/** Their names of before 0.15; MetalLB reads them where the newer ones are not there (`valueForAnnotation`). */
export const oldMetallbAnnotations = {
  pool: 'metallb.universe.tf/address-pool',
  addresses: 'metallb.universe.tf/loadBalancerIPs',
  sharing: 'metallb.universe.tf/allow-shared-ip',
} as const;

/** The kinds of MetalLB that are generated for a side, by resource. */
export const metallbResources = {
  bfdprofiles: 'BFDProfile',
  bgpadvertisements: 'BGPAdvertisement',
  bgppeers: 'BGPPeer',
  ipaddresspools: 'IPAddressPool',
  l2advertisements: 'L2Advertisement',
} as const;

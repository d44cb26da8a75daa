import { parseAddress } from '@meshrs/network';
import type { BuiltCluster } from '../../built/read-built.ts';
import type { Built } from '../../built/built.ts';
import type { BgpPeerView } from '../../built/views.ts';
import type { ClusterFacts } from '../cluster-facts.ts';
import { valueAt } from '../kept/kept-field.ts';
import { isSame } from '../meaning/difference.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { faultsOfTimes } from '../times.ts';

/*
 * What MetalLB refuses of one object (its internal/config/config.go and validation.go, 0.16). Its webhook refuses the object, or, where
 * that is not asked, its controller and speakers keep the whole configuration that they have.
 */

export const metallbTakes: Rule = {
  id: 'metallb-takes',
  title: 'MetalLB refuses an object',
  why: 'Over one object that it refuses MetalLB keeps its whole old configuration, that of the other side too.',
  isWaivable: false,
  check: (cluster, { metallbBackend }) => [
    ...cluster.peers.flatMap((peer) => ofPeer(peer, metallbBackend)),
    ...cluster.objects
      .filter(({ view }) => view.kind === 'BFDProfile' && view.apiVersion.startsWith('metallb.io/'))
      .flatMap(({ id, view }) => ofProfile(id, view, metallbBackend)),
    ...repeated(cluster),
    ...cluster.peers.flatMap(repeatedSelectors),
  ],
};

type Backend = ClusterFacts['metallbBackend'];
type Fault = Omit<RuleFinding, 'object'>;

/** `peerFromCR`. */
function ofPeer({ id: object, view: { spec } }: Built<BgpPeerView>, backend: Backend): RuleFinding[] {
  const faults = [
    ...routerOf(spec),
    ...addressesOf(spec),
    ...localAsOf(spec),
    ...faultsOfTimes(spec, 'the BGPPeer'),
    ...(backend === 'native' ? ofFrr(spec) : []),
  ];
  return faults.map((fault) => ({ object, ...fault }));
}

function routerOf(spec: BgpPeerView['spec']): Fault[] {
  const { peerASN, dynamicASN, peerAddress, interface: port } = spec;
  const asns = [peerASN, dynamicASN].filter((each) => each !== undefined);
  const ends = [peerAddress, port].filter((each) => each !== undefined && each !== '');
  return [
    ...(asns.length === 1
      ? []
      : [
          {
            message: 'The BGPPeer needs the AS number of the router, or how it is learnt, and not both.',
            seen: `peerASN ${String(peerASN)}, dynamicASN ${String(dynamicASN)}`,
            allowed: 'peerASN, or dynamicASN: internal or external',
            hint: 'set one of the two',
          },
        ]),
    ...(ends.length === 1
      ? []
      : [
          {
            message: 'The BGPPeer needs the address of the router, or the interface behind which it is, and not both.',
            seen: `peerAddress ${String(peerAddress)}, interface ${String(port)}`,
            allowed: 'peerAddress or interface',
            hint: 'set one of the two',
          },
        ]),
    ...(peerAddress === undefined || peerAddress === '' || parseAddress(peerAddress)
      ? []
      : [
          {
            message: 'The peerAddress of the BGPPeer is no address.',
            seen: peerAddress,
            allowed: 'an IPv4 or IPv6 address',
            hint: 'correct the address',
          },
        ]),
  ];
}

/** `peerFromCR`: these are addresses where they are given. */
function addressesOf(spec: BgpPeerView['spec']): Fault[] {
  return ['routerID', 'sourceAddress'].flatMap((field): Fault[] => {
    const value = spec[field];
    if (value === undefined || value === '' || (typeof value === 'string' && parseAddress(value))) return [];
    return [
      {
        message: `The ${field} of the BGPPeer is no address.`,
        seen: JSON.stringify(value),
        allowed: 'an address, 192.0.2.1 for example',
        hint: 'correct the address, or leave it out',
      },
    ];
  });
}

/** frr-k8s, `routerToFRRConfig`. */
function localAsOf({ localASN = 0, myASN, peerASN }: BgpPeerView['spec']): Fault[] {
  if (localASN === 0 || myASN !== peerASN) return [];
  return [
    {
      message: 'The session of the BGPPeer is iBGP, where FRR takes no localASN.',
      seen: `myASN ${String(myASN)}, peerASN ${String(peerASN)}, localASN ${String(localASN)}`,
      allowed: 'localASN with a peerASN that is not myASN',
      hint: 'remove spec.localASN',
    },
  ];
}

/** `DiscardFRROnly`. */
const frrOnly = [
  ...['bfdProfile', 'keepaliveTime', 'vrf', 'connectTime', 'enableGracefulRestart', 'disableMP'],
  ...['dualStackAddressFamily', 'dynamicASN', 'interface', 'localASN'],
];

function ofFrr(spec: BgpPeerView['spec']): Fault[] {
  return frrOnly
    .map((field) => ({ field, value: spec[field] }))
    .filter(({ value }) => value !== undefined && value !== false && value !== '' && value !== 0)
    .map(({ field, value }) => ({
      message: `MetalLB's own BGP has no ${field}.`,
      seen: `spec.${field}: ${String(value)}`,
      allowed: 'metallb.backend: frr-k8s or frr',
      hint: `remove spec.${field}, or change the backend in the topology`,
    }));
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

/** `validateLabelSelectorDuplicate`. */
function repeatedSelectors({ id: object, view: { spec } }: Built<BgpPeerView>): RuleFinding[] {
  const twice = spec.nodeSelectors.some((one, index) =>
    spec.nodeSelectors.slice(0, index).some((other) => isSame(one, other)),
  );
  if (!twice) return [];
  return [
    {
      object,
      message: 'The list nodeSelectors of the BGPPeer has an entry twice.',
      seen: `${String(spec.nodeSelectors.length)} entries`,
      allowed: 'each entry once',
      hint: 'remove it from spec.nodeSelectors',
    },
  ];
}

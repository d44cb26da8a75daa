import { parseAddress } from '@meshrs/network';
import type { Built } from '../../built/built.ts';
import type { BgpPeerView } from '../../built/views.ts';
import type { ClusterFacts } from '../cluster-facts.ts';
import type { RuleFinding } from '../rule.ts';
import { faultsOfTimes } from '../times.ts';
import { repeatedSelectors } from './selectors.ts';

/* What MetalLB refuses of a BGPPeer. */

type Backend = ClusterFacts['metallbBackend'];
type Fault = Omit<RuleFinding, 'object'>;

/** `peerFromCR`. */
export function faultsOfPeer({ id: object, view: { spec } }: Built<BgpPeerView>, backend: Backend): RuleFinding[] {
  const faults = [
    ...routerOf(spec),
    ...addressesOf(spec),
    ...localAsOf(spec),
    ...faultsOfTimes(spec, 'the BGPPeer'),
    ...repeatedSelectors({ nodeSelectors: spec.nodeSelectors }, 'the BGPPeer'),
    ...(backend === 'native' ? ofFrr(spec) : []),
  ];
  return faults.map((fault) => ({ object, ...fault }));
}

function routerOf(spec: BgpPeerView['spec']): Fault[] {
  const { myASN, peerASN = 0, dynamicASN = '', peerAddress, interface: port } = spec;
  const asns = [peerASN, dynamicASN].filter((each) => each !== 0 && each !== '');
  const ends = [peerAddress, port].filter((each) => each !== undefined && each !== '');
  return [
    ...(myASN > 0
      ? []
      : [
          {
            message: 'The BGPPeer has no AS number of its own.',
            seen: `myASN ${String(myASN)}`,
            allowed: '1 to 4294967295',
            hint: 'set spec.myASN to the AS number of MetalLB',
          },
        ]),
    ...(['', 'internal', 'external'].includes(dynamicASN)
      ? []
      : [
          {
            message: 'MetalLB does not know this way to learn the AS number of the router.',
            seen: `dynamicASN ${dynamicASN}`,
            allowed: 'internal or external',
            hint: 'correct spec.dynamicASN',
          },
        ]),
    ...(asns.length === 1
      ? []
      : [
          {
            message: 'The BGPPeer needs the AS number of the router, or how it is learnt, and not both.',
            seen: `peerASN ${String(spec.peerASN)}, dynamicASN ${String(spec.dynamicASN)}`,
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

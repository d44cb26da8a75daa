import { parseAddress } from '@meshrs/network';
import type { FrrNeighborView } from '../../built/views.ts';
import { listed } from '../../words.ts';
import type { RuleFinding } from '../rule.ts';
import { faultsOfTimes } from '../times.ts';

/* Who a neighbor of an FRRConfiguration is, and how its session is held (`neighborToFRR`). */

type Fault = Omit<RuleFinding, 'object'>;

export function nameOf({ address = '', interface: port = '' }: FrrNeighborView): string {
  return `the neighbor ${address || port || 'without a name'}`;
}

/** `asn`: of its router. `profiles`: the BFD profiles of the same object. */
export function faultsOfNeighbor(neighbor: FrrNeighborView, asn: number, profiles: readonly string[]): Fault[] {
  const name = nameOf(neighbor);
  return [
    ...ofPlace(neighbor, name),
    ...ofAsn(neighbor, asn, name),
    ...ofPassword(neighbor, name),
    ...ofProfile(neighbor, profiles, name),
    ...ofPair(neighbor, name),
    ...faultsOfTimes(neighbor, name),
  ];
}

function ofPlace({ address = '', interface: port = '' }: FrrNeighborView, name: string): Fault[] {
  if ((address === '') === (port === '')) {
    return [
      {
        message: `A neighbor needs its address, or the interface behind which it is, and not both: ${name}.`,
        seen: `address ${address || 'not set'}, interface ${port || 'not set'}`,
        allowed: 'address or interface',
        hint: 'set one of the two',
      },
    ];
  }
  if (address === '' || parseAddress(address)) return [];
  return [
    {
      message: `The address of ${name} is none.`,
      seen: address,
      allowed: 'an IPv4 or IPv6 address',
      hint: 'correct the address',
    },
  ];
}

function ofAsn({ asn = 0, dynamicASN = '', localASN = 0 }: FrrNeighborView, ofRouter: number, name: string): Fault[] {
  return [
    ...((asn === 0) === (dynamicASN === '')
      ? [
          {
            message: `A neighbor needs its AS number, or how it is learnt, and not both: ${name}.`,
            seen: `asn ${String(asn)}, dynamicASN ${dynamicASN || 'not set'}`,
            allowed: 'asn, or dynamicASN: internal or external',
            hint: 'set one of the two',
          },
        ]
      : []),
    ...(['', 'internal', 'external'].includes(dynamicASN)
      ? []
      : [
          {
            message: `frr-k8s does not know this way to learn the AS number of ${name}.`,
            seen: `dynamicASN ${dynamicASN}`,
            allowed: 'internal or external',
            hint: 'correct dynamicASN',
          },
        ]),
    ...(localASN === 0 || asn !== ofRouter
      ? []
      : [
          {
            message: `The session with ${name} is iBGP, where frr-k8s takes no localASN.`,
            seen: `asn ${String(ofRouter)}, localASN ${String(localASN)}`,
            allowed: 'localASN with another asn of the neighbor',
            hint: 'remove localASN',
          },
        ]),
  ];
}

/** What a password is, no finding shows. */
function ofPassword({ password = '', passwordSecret }: FrrNeighborView, name: string): Fault[] {
  if (password === '' || (passwordSecret?.name ?? '') === '') return [];
  return [
    {
      message: `A password and a Secret are given for ${name}; frr-k8s takes one of the two.`,
      seen: 'password and passwordSecret',
      allowed: 'passwordSecret',
      hint: 'remove password',
    },
  ];
}

function ofProfile({ bfdProfile = '' }: FrrNeighborView, profiles: readonly string[], name: string): Fault[] {
  if (bfdProfile === '' || profiles.includes(bfdProfile)) return [];
  return [
    {
      message: `The FRRConfiguration names the BFD profile ${bfdProfile} for ${name}, and does not have it.`,
      seen: bfdProfile,
      allowed: listed(profiles),
      hint: 'add the profile to spec.bgp.bfdProfiles of the same object',
    },
  ];
}

/** `parseTimers` of frr-k8s: one does not follow from the other, as it does in MetalLB. */
function ofPair({ holdTime, keepaliveTime }: FrrNeighborView, name: string): Fault[] {
  if ((holdTime === undefined) === (keepaliveTime === undefined)) return [];
  return [
    {
      message: `One of holdTime and keepaliveTime is given for ${name}; frr-k8s takes both or none.`,
      seen: `holdTime ${holdTime ?? 'not set'}, keepaliveTime ${keepaliveTime ?? 'not set'}`,
      allowed: 'both, or none',
      hint: 'set the other one, too: a third of the hold time is usual',
    },
  ];
}

import { familyOf } from '@meshrs/network';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Topology } from '../schema/index.ts';

/** What MetalLB's native BGP mode refuses (MetalLB documentation, "BGP mode", and its validating webhook). */
export function checkBackend(topology: Topology): Finding<CheckCode>[] {
  const { metallb, sides } = topology;
  if (metallb.backend !== 'native') return [];
  const findings: Finding<CheckCode>[] = [];
  if (metallb.bfd) findings.push(refusal(['metallb', 'bfd'], 'BFD', 'bfd with backend: native'));
  for (const [name, { address }] of Object.entries(metallb.anycastLoopbacks)) {
    if (familyOf(address) === 'ipv6')
      findings.push(refusal(['metallb', 'anycastLoopbacks', name, 'address'], 'sessions over IPv6'));
  }
  for (const [side, { vips, communities }] of Object.entries(sides)) {
    for (const [index, vip] of vips.entries()) {
      if (familyOf(vip) === 'ipv6') findings.push(refusal(['sides', side, 'vips', index], 'IPv6 VIPs'));
    }
    for (const [index, community] of communities.entries()) {
      if (community.startsWith('large:'))
        findings.push(refusal(['sides', side, 'communities', index], 'large communities'));
    }
  }
  return findings;
}

function refusal(path: readonly (string | number)[], feature: string, seen?: string): Finding<CheckCode> {
  return {
    code: 'backend-refuses',
    path,
    message: `MetalLB's native mode does not support ${feature}.`,
    ...(seen !== undefined && { seen }),
    allowed: `${feature} with metallb.backend frr-k8s or frr`,
    hint: 'set metallb.backend: frr-k8s, or remove this',
  };
}

import { frrDebugLevels } from '@meshrs/contract';
import { familyOf } from '@meshrs/network';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Topology } from '../schema/index.ts';

/** What MetalLB's native BGP mode refuses (MetalLB documentation, "BGP mode", and its validating webhook). */
export function checkBackend(topology: Topology): Finding<CheckCode>[] {
  return [...nativeRefusals(topology), ...valuesWithoutEffect(topology), ...debugMessages(topology)];
}

function nativeRefusals({ metallb, sides }: Topology): Finding<CheckCode>[] {
  if (metallb.backend !== 'native') return [];
  const findings: Finding<CheckCode>[] = [];
  if (metallb.connectRetrySeconds !== undefined) {
    findings.push(refusal(['metallb', 'connectRetrySeconds'], 'a time after which it dials again (connectTime)'));
  }
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

/** The parts of the chart that one backend alone has, or that are there only where the chart is installed. */
function valuesWithoutEffect({ metallb: { backend, chart } }: Topology): Finding<CheckCode>[] {
  const { values } = chart;
  const { speaker, 'frr-k8s': frrK8s } = values;
  const place = ['metallb', 'chart', 'values'];
  if (!chart.install) {
    return Object.keys(values).map((key) =>
      withoutEffect([...place, key], 'metallb.chart.install: false', 'metallb.chart.install: true'),
    );
  }
  const ofFrr = (['frr', 'reloader', 'frrMetrics'] as const).filter((key) => speaker?.[key] !== undefined);
  return [
    ...(frrK8s !== undefined && backend !== 'frr-k8s'
      ? [withoutEffect([...place, 'frr-k8s'], `backend: ${backend}`, 'backend: frr-k8s')]
      : []),
    ...(backend === 'frr'
      ? []
      : ofFrr.map((key) => withoutEffect([...place, 'speaker', key], `backend: ${backend}`, 'backend: frr'))),
  ];
}

/** What the level of a part reaches: FRR, where that part makes its configuration. */
function debugMessages({ metallb: { backend, chart } }: Topology): Finding<CheckCode>[] {
  const part = ({ frr: 'speaker', 'frr-k8s': 'frr-k8s', native: undefined } as const)[backend];
  const level = part !== undefined && chart.install ? chart.values[part]?.logLevel : undefined;
  if (part === undefined || level === undefined || !frrDebugLevels.includes(level)) return [];
  return [
    {
      code: 'frr-debug-messages',
      path: ['metallb', 'chart', 'values', part, 'logLevel'],
      message: `With backend: ${backend} this level is FRR's as well (debug bgp updates), and FRR 10.7.1 ends by that on every node.`,
      seen: level,
      allowed: 'info, warn, error or none',
      hint: 'remove it, or set logLevel: info; kubectl logs shows what MetalLB says at that level',
    },
  ];
}

function withoutEffect(path: readonly string[], seen: string, allowed: string): Finding<CheckCode> {
  return {
    code: 'values-without-effect',
    path,
    message: `With ${seen} nothing of MetalLB's chart reads these values.`,
    seen,
    allowed: `them with ${allowed}`,
    hint: 'remove them, or correct the other key',
  };
}

import type { CodeDescription, Finding } from '@meshrs/strict-yaml';
import type { RouteServerSettings } from '../settings-schema.ts';

/** What settings say and a route server does not do, or hardly anybody means: told, and not refused. */
export const adviceCodes = {
  'ttl-twice': {
    severity: 'warning',
    title: 'Two keys say how far away clients are',
    why: 'ttlSecurityHops takes the place of multihopTtl (RFC 5082), which then does nothing.',
  },
  'rib-sharding-without-effect': {
    severity: 'warning',
    title: 'FRR has no RIB sharding',
    why: 'The key is of cRPD; another engine passes over it.',
  },
  'any-address': {
    severity: 'warning',
    title: 'A client may come from any address',
    why: 'Whoever reaches the route server opens a session with it, also from addresses of nodes and pods; only AS numbers are left to tell clients from others.',
  },
} as const satisfies Record<string, CodeDescription>;

export type AdviceCode = keyof typeof adviceCodes;

/** `isWritten`: whether a key stands in the file, since a default is nothing that anybody says. */
export function adviseOnSettings(
  settings: RouteServerSettings,
  isWritten: (path: Finding['path']) => boolean,
): Finding<AdviceCode>[] {
  const findings: Finding<AdviceCode>[] = [];
  if (settings.ribSharding === true && settings.engine === 'frr') {
    findings.push({
      code: 'rib-sharding-without-effect',
      path: ['ribSharding'],
      message: 'ribSharding does nothing with the engine frr.',
      allowed: 'ribSharding with the engine crpd',
      hint: 'remove the key',
    });
  }
  for (const [index, group] of settings.bgpgroups.entries()) {
    if (group.type !== 'subtractive') continue;
    const path = ['bgpgroups', index];
    if (group.ttlSecurityHops !== undefined && isWritten([...path, 'multihopTtl'])) {
      findings.push({
        code: 'ttl-twice',
        path: [...path, 'multihopTtl'],
        message: `multihopTtl does nothing in the client group ${group.name}, because ttlSecurityHops takes its place.`,
        allowed: 'one of multihopTtl and ttlSecurityHops',
        hint: 'remove multihopTtl',
      });
    }
    for (const [position, prefix] of group.prefixes.entries()) {
      if (!prefix.endsWith('/0')) continue;
      findings.push({
        code: 'any-address',
        path: [...path, 'prefixes', position],
        message: `${prefix} lets anybody open a session in the client group ${group.name}, from any address, also this route server's own node and other pods.`,
        allowed: 'the prefixes from which clients come',
        hint: 'optional: name those prefixes, or let a NetworkPolicy keep nodes and pods from port 179',
      });
    }
  }
  return findings;
}

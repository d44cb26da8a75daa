import { familyOf, type Family, type IpAddress } from '@meshrs/network';

/**
 * The addresses to use, so that two route servers with addresses of both families have one session and not two. Both ends
 * must come to the same family without asking each other, and stay with it while addresses come and go: IPv4 where both
 * ends are published with it, else IPv6. Where the source does not say which addresses are one route server's (DNS), the
 * whole group has one family by the same rule.
 */
export function oneSessionAPair(
  published: readonly IpAddress[],
  by: {
    /** The route server behind an address, as far as the source has said it. */
    readonly servers: ReadonlyMap<IpAddress, string>;
    /** The families of this route server; empty: unknown, and any may be used. */
    readonly ownFamilies: readonly Family[];
  },
): { readonly used: readonly IpAddress[]; readonly otherFamily: readonly IpAddress[] } {
  const families = new Map<string | undefined, Set<Family>>();
  for (const address of published) {
    const server = by.servers.get(address);
    families.set(server, (families.get(server) ?? new Set()).add(familyOf(address)));
  }
  const isUsed = (address: IpAddress) => {
    const theirs = families.get(by.servers.get(address)) ?? new Set<Family>();
    return theirs.size < 2 || familyOf(address) === preferred(theirs, by.ownFamilies);
  };
  return { used: published.filter(isUsed), otherFamily: published.filter((address) => !isUsed(address)) };
}

function preferred(theirs: ReadonlySet<Family>, own: readonly Family[]): Family {
  const common = own.filter((family) => theirs.has(family));
  return common.includes('ipv4') || common.length === 0 ? 'ipv4' : 'ipv6';
}

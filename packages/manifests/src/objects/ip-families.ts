import { familyOf, type IpAddress } from '@meshrs/network';
import type { Service } from '../kubernetes/core-types.ts';

/** The families of a Service whose addresses are these (Kubernetes documentation, "IPv4/IPv6 dual-stack"). */
export function ipFamilies(
  addresses: readonly IpAddress[],
): Pick<NonNullable<Service['spec']>, 'ipFamilies' | 'ipFamilyPolicy'> {
  return {
    ipFamilyPolicy: addresses.length > 1 ? 'RequireDualStack' : 'SingleStack',
    ipFamilies: addresses.map((address) => (familyOf(address) === 'ipv4' ? 'IPv4' : 'IPv6')),
  };
}

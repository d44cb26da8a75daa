import type { IpAddress } from '@meshrs/network';
import type { GuardSight } from './guard-sight.ts';

/** The group whose range holds an address where all that is wanted runs. */
export function groupByIntent(sight: GuardSight): (address: IpAddress) => string | undefined {
  return (address) => {
    const role = sight.roleOf(address);
    return role.kind === 'range' ? role.group.name : undefined;
  };
}

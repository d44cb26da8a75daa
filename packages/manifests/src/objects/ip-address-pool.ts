import { hostPrefix } from '@meshrs/network';
import type { IpAddressPool } from '../kubernetes/metallb-types.ts';
import type { SideScope } from '../scope.ts';
import { sideMetallbMetadata } from '../metadata.ts';

/** The pool that holds a side's VIP and nothing else; no other Service gets an address from it by itself. */
export function ipAddressPool(scope: SideScope): IpAddressPool {
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: sideMetallbMetadata(scope, scope.service),
    spec: { addresses: scope.definition.vips.map(hostPrefix), autoAssign: false },
  };
}

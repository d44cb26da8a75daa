import { frrDefaults, type FrrRouter } from '../config.ts';
import { ipAddress, number } from './codec.ts';
import { owner } from './owner.ts';
import { flagRow, optionalRow, switchedOffRow, valueRow, type Rows } from './row.ts';

/** `router bgp ASN` is another router with another AS; what lies in it has tables of its own. */
type Identity = 'asn' | 'groups' | 'neighbors' | 'ranges';

/** What stands in `router bgp` itself, in the order in which it is written. */
export const routerRows = {
  routerId: optionalRow({ name: 'router-id', words: 'bgp router-id', codec: ipAddress, resets: 'resets' }),
  logsNeighborChanges: flagRow('log of neighbor changes', 'bgp log-neighbor-changes', { resets: 'none' }),
  hasDefaultIpv4Unicast: switchedOffRow('default IPv4 unicast', 'bgp default ipv4-unicast', 'none'),
  minimumHoldSeconds: optionalRow({
    name: 'minimum hold time',
    words: 'bgp minimum-holdtime',
    codec: number,
    resets: 'none',
  }),
  isGracefulShutdown: flagRow('graceful shutdown', 'bgp graceful-shutdown', { resets: 'none' }),
  listenLimit: valueRow<number>({
    name: 'listen limit',
    words: 'bgp listen limit',
    codec: number,
    standard: frrDefaults.listenLimit,
    resets: 'none',
  }),
} satisfies Rows<FrrRouter, Identity>;

export const routerLevel = owner<FrrRouter, Identity>(routerRows);

import type { Device, EvpnClient } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { branch, text, type Branch } from './statement.ts';

/** Minutes until a session that was over its limit comes back. */
const idleMinutes = 5;

/** A group for each side: what is loaded for one touches the other one's session in nothing. */
export function routeServerGroups(device: Device, client: EvpnClient): Branch[] {
  const { multihopTtl, source, routeServerAsn, timers, prefixLimit, isSharedAsn, sessions } = client;
  return sessions.map(({ side, vip }) =>
    branch(
      `group ${namesOf(device).evpnOf({ side })}`,
      'type external',
      branch('multihop', `ttl ${String(multihopTtl)}`, 'no-nexthop-change'),
      `local-address ${source}`,
      `hold-time ${String(timers.holdSeconds)}`,
      branch(
        'family evpn',
        branch(
          'signaling',
          branch('prefix-limit', `maximum ${String(prefixLimit)}`, `teardown 80 idle-timeout ${String(idleMinutes)}`),
          isSharedAsn ? 'loops 2' : undefined,
        ),
      ),
      `peer-as ${String(routeServerAsn)}`,
      branch(`neighbor ${vip}`, `description ${text(`route servers of ${device.fleet}, side ${side}`)}`),
    ),
  );
}

import type { Device, EvpnClient } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { word } from '../../words.ts';
import { lineText, type Line } from '../block.ts';

/** Seconds until a session that was over its limit comes back. */
const idleRestartSeconds = 300;

/** A neighbor for each side, and no group: what is loaded for one touches the other one's session in nothing. */
export function routeServerNeighbors(device: Device, client: EvpnClient): Line[] {
  const { multihopTtl, routeServerAsn, timers, prefixLimit, isSharedAsn, sessions } = client;
  return sessions.flatMap(({ side, vip }) => [
    `neighbor ${vip} remote-as ${String(routeServerAsn)}`,
    `neighbor ${vip} update-source ${word(client.interface ?? 'Loopback0')}`,
    ...(isSharedAsn ? [`neighbor ${vip} allowas-in 1`] : []),
    `neighbor ${vip} description ${lineText(`route servers of ${device.fleet}, side ${side}`)}`,
    `neighbor ${vip} ebgp-multihop ${String(multihopTtl)}`,
    `neighbor ${vip} timers ${String(timers.keepaliveSeconds)} ${String(timers.holdSeconds)}`,
    `neighbor ${vip} idle-restart-timer ${String(idleRestartSeconds)}`,
    `neighbor ${vip} send-community standard extended large`,
    `neighbor ${vip} maximum-routes ${String(prefixLimit)}`,
  ]);
}

/** In the address family. */
export function evpnLines(device: Device, { sessions, role }: EvpnClient): Line[] {
  const { evpn } = namesOf(device);
  return sessions.flatMap(({ vip }) => [
    `neighbor ${vip} activate`,
    `neighbor ${vip} route-map ${evpn} out`,
    ...(role === 'transit' ? [`neighbor ${vip} next-hop-unchanged`] : []),
  ]);
}

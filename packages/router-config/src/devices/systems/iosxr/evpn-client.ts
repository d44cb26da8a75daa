import type { Device, EvpnClient } from '../../device.ts';
import { namesOf } from '../../names.ts';
import { word } from '../../words.ts';
import { block, lineText, type Block } from '../block.ts';

const restartMinutes = 5;

/** A neighbor for each side, and no group: what is loaded for one touches the other one's session in nothing. */
export function routeServerNeighbors(device: Device, client: EvpnClient): Block[] {
  const { multihopTtl, routeServerAsn, timers, prefixLimit, isSharedAsn, sessions, role } = client;
  const names = namesOf(device);
  return sessions.map(({ side, vip }) =>
    block(
      `neighbor ${vip}`,
      `remote-as ${String(routeServerAsn)}`,
      `ebgp-multihop ${String(multihopTtl)}`,
      `timers ${String(timers.keepaliveSeconds)} ${String(timers.holdSeconds)}`,
      `description ${lineText(`route servers of ${device.fleet}, side ${side}`)}`,
      `update-source ${word(client.interface ?? 'Loopback0')}`,
      block(
        'address-family l2vpn evpn',
        // Without either, communities stay here.
        'send-community-ebgp',
        'send-extended-community-ebgp',
        `route-policy ${names.evpnIn} in`,
        `maximum-prefix ${String(prefixLimit)} 80 restart ${String(restartMinutes)}`,
        `route-policy ${names.evpnOut} out`,
        isSharedAsn ? 'allowas-in 1' : undefined,
        role === 'transit' ? 'next-hop-unchanged' : undefined,
      ),
    ),
  );
}

import { toFrrLine, toFrrWord } from '../../../frr/words.ts';
import type { RouteMapEntry, SpeakerNeighbor } from '../../../frr/speaker/config.ts';
import { activeFamily, standardSession } from '../../../frr/speaker/standard.ts';
import type { Device, EvpnClient } from '../../device.ts';
import { namesOf } from '../../names.ts';

/** Minutes until a session that was over its limit comes back. */
const restartMinutes = 5;

/** One neighbor for each side, and no group: what is loaded for one side touches the other one's session in nothing. */
export function clientNeighbors(device: Device, client: EvpnClient): SpeakerNeighbor[] {
  const { multihopTtl, timers, connectRetrySeconds, routeServerAsn, source, prefixLimit, isSharedAsn } = client;
  const evpn = toFrrWord(namesOf(device).evpn);
  return client.sessions.map(({ side, vip }) => ({
    ...standardSession(),
    address: vip,
    remoteAs: routeServerAsn,
    description: toFrrLine(`route servers of ${device.fleet}, side ${side}`),
    distance: { kind: 'multihop', ttl: multihopTtl },
    updateSource: source,
    timers,
    connectSeconds: connectRetrySeconds,
    detectsSenderLoops: true,
    families: [
      activeFamily('l2vpn evpn', {
        maximumPrefixes: { limit: prefixLimit, restartMinutes },
        ...(isSharedAsn && { allowedOwnAs: 1 }),
        routeMapIn: evpn,
        routeMapOut: evpn,
      }),
    ],
  }));
}

/** eBGP sessions exchange nothing without a policy (RFC 8212), where FRR has the profile `traditional`. */
export function clientRouteMaps(device: Device): RouteMapEntry[] {
  return [{ name: toFrrWord(namesOf(device).evpn), action: 'permit', sequence: 10 }];
}

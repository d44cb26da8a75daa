import type { IpAddress } from '@meshrs/network';
import { toFrrLine, toFrrWord } from '@meshrs/router-config/frr';
import {
  activeFamily,
  standardSession,
  type FrrPath,
  type SpeakerConfig,
  type SpeakerNeighbor,
} from '@meshrs/router-config/frr/speaker';
import { labRouter, labSpeaker } from '../frr/lab-speaker.ts';
import type { DialledSession, ClientSettings } from './client-session.ts';
import { withheldCommunity } from './injected-routes.ts';

const withheldList = toFrrWord('WITHHELD');
const notWithheldMap = toFrrWord('NOT-WITHHELD');

/**
 * A leaf that runs FRR with zebra. The kernel here lacks the devices by which FRR originates EVPN routes itself, so a
 * GoBGP behind it (iBGP, in the same namespace) gives it some.
 */
export function frrClientConfig(
  settings: ClientSettings,
  injector: IpAddress,
  dumpFile: FrrPath,
  withheldFrom: DialledSession | undefined,
): SpeakerConfig {
  const { name, asn, routerId, sessions } = settings;
  return labSpeaker(name, {
    dump: { content: 'all-et', file: dumpFile },
    communityLists: [{ name: withheldList, sequence: 1, action: 'permit', community: withheldCommunity.text }],
    routeMaps: [
      { name: notWithheldMap, action: 'deny', sequence: 10, matchCommunity: withheldList },
      { name: notWithheldMap, action: 'permit', sequence: 20 },
    ],
    router: {
      ...labRouter(asn, routerId),
      neighbors: [
        ...sessions.map((session) => routeServer(settings, session, withheldFrom)),
        {
          ...standardSession('l2vpn evpn'),
          address: injector,
          remoteAs: asn,
          updateSource: routerId,
          isPassive: true,
        },
      ],
    },
  });
}

function routeServer(
  { routeServerAsn, group }: ClientSettings,
  session: DialledSession,
  withheldFrom: DialledSession | undefined,
): SpeakerNeighbor {
  const { side, vip, source } = session;
  const { keepaliveSeconds, holdSeconds } = group.timers;
  return {
    ...standardSession(),
    address: vip,
    remoteAs: routeServerAsn,
    description: toFrrLine(`side ${side}`),
    distance: { kind: 'multihop', ttl: group.multihopTtl },
    updateSource: source,
    timers: { keepaliveSeconds, holdSeconds },
    connectSeconds: group.connectRetrySeconds,
    families: [activeFamily('l2vpn evpn', session === withheldFrom ? { routeMapOut: notWithheldMap } : {})],
  };
}

import type { Asn, IpAddress } from '@meshrs/network';
import { toFrrWord } from '@meshrs/router-config/frr';
import {
  emptySpeakerConfig,
  standardRouter,
  type SpeakerConfig,
  type SpeakerRouter,
} from '@meshrs/router-config/frr/speaker';

const profile = 'datacenter';

/** The lab compares moments of several logs. */
export const logTimestampPrecision = 6;

/** What every bgpd of the lab is told, with what one of them is told beside. */
export function labSpeaker(
  name: string,
  { router, ...more }: Partial<Omit<SpeakerConfig, 'router'>> & { readonly router: SpeakerRouter },
): SpeakerConfig {
  return {
    ...emptySpeakerConfig,
    defaultsOfVersion: toFrrWord('10.4'),
    profile,
    hostname: toFrrWord(name),
    logTimestampPrecision,
    ...more,
    router,
  };
}

/**
 * Families are said for each neighbor, and eBGP sessions need no filter. Without a router-id bgpd takes an address of an
 * interface.
 */
export function labRouter(asn: Asn, routerId: IpAddress | undefined): SpeakerRouter {
  return {
    ...standardRouter(asn, profile),
    ...(routerId !== undefined && { routerId }),
    hasDefaultIpv4Unicast: false,
    requiresEbgpPolicy: false,
  };
}

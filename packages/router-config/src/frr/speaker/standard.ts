import type { Asn } from '@meshrs/network';
import { emptyFrrConfig, type FrrFamily } from '../config.ts';
import type { FrrProfile, SessionFamily, SessionSettings, SpeakerConfig, SpeakerRouter } from './config.ts';
import { speakerRouterLevels } from './rows/router-rows.ts';
import { sessionFamilyLevel, speakerGroupLevel } from './rows/session-rows.ts';

/** A bgpd that was told nothing. */
export const emptySpeakerConfig: SpeakerConfig = {
  asPathLists: emptyFrrConfig.asPathLists,
  routeMaps: [],
  prefixLists: [],
  communityLists: [],
};

/** `router bgp ASN` as bgpd makes it. */
export function standardRouter(asn: Asn, profile: FrrProfile): SpeakerRouter {
  return { asn, ...speakerRouterLevels[profile].standard, families: [], groups: [], neighbors: [], ranges: [] };
}

/** A group or a neighbor of which nothing is said but that it speaks these families. */
export function standardSession(...families: readonly FrrFamily[]): SessionSettings {
  return { ...speakerGroupLevel.standard, families: families.map((name) => activeFamily(name)) };
}

export function activeFamily(name: FrrFamily, more: Partial<SessionFamily> = {}): SessionFamily {
  return { name, ...sessionFamilyLevel.standard, isActive: true, ...more };
}

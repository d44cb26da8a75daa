import { parsePrintedAddress, type IpAddress } from '@meshrs/network';
import type { FrrFamily } from '@meshrs/router-config/frr';
import { z } from 'zod';
import { firstProblem } from '../parse-answer.ts';
import { quoted, readObject } from './answers.ts';

/** What only `show bgp neighbors ADDRESS json` tells. */
export interface NeighborDetails {
  readonly remoteRouterId?: IpAddress;
  readonly endOfRib: { readonly received: boolean; readonly sent: boolean };
  /** bgpd shows End-of-RIB of such neighbors alone. */
  readonly knowsGracefulRestart: boolean;
  readonly lastResetReason?: string;
}

export const noDetails: NeighborDetails = { endOfRib: { received: false, sent: false }, knowsGracefulRestart: false };

/** Longer words than bgpd has for a reset are not shown whole. */
const longestReason = 200;

const familyKeys = { 'l2vpn evpn': 'l2VpnEvpn', 'ipv4 unicast': 'ipv4Unicast' } as const satisfies Record<
  FrrFamily,
  string
>;

const detailsSchema = z.object({
  remoteRouterId: z.string().optional(),
  neighborCapabilities: z.object({ gracefulRestart: z.string().optional() }).optional(),
  gracefulRestartInfo: z
    .object({
      endOfRibSend: z.record(z.string(), z.boolean()).optional(),
      endOfRibRecv: z.record(z.string(), z.boolean()).optional(),
    })
    .optional(),
  lastResetDueTo: z.string().optional(),
  /** There when a NOTIFICATION was sent or received. */
  lastNotificationReason: z.string().optional(),
});

/**
 * Reads the answer for one neighbor. Undefined: it is gone by now. What does not fit is told in `odd`, and nothing is known
 * then. Throws EngineFailure `answer-not-understood` for what is no answer at all.
 */
export function parseNeighborDetails(
  family: FrrFamily,
  address: IpAddress,
  text: string,
): { readonly details?: NeighborDetails; readonly odd?: string } {
  const answer = readObject(`show bgp neighbors ${address} json`, text);
  const found = Object.entries(answer).find(([key]) => parsePrintedAddress(key) === address);
  if (!found) return {};
  const parsed = detailsSchema.safeParse(found[1]);
  if (!parsed.success) return { odd: `neighbor ${address}: ${quoted(firstProblem(parsed.error), 200)}` };
  const { gracefulRestartInfo: ends, neighborCapabilities, ...rest } = parsed.data;
  const remoteRouterId = parsePrintedAddress(rest.remoteRouterId ?? '');
  return {
    details: {
      ...(remoteRouterId !== undefined && remoteRouterId !== '0.0.0.0' && { remoteRouterId }),
      endOfRib: {
        received: ends?.endOfRibRecv?.[familyKeys[family]] ?? false,
        sent: ends?.endOfRibSend?.[familyKeys[family]] ?? false,
      },
      knowsGracefulRestart: /received/i.test(neighborCapabilities?.gracefulRestart ?? ''),
      ...resetReason(rest),
    },
  };
}

/** "BGP Notification send: Hold Timer Expired"; bgpd's words for who did it say nothing of why. */
function resetReason({
  lastResetDueTo,
  lastNotificationReason,
}: z.output<typeof detailsSchema>): Pick<NeighborDetails, 'lastResetReason'> {
  const words = [lastResetDueTo, lastNotificationReason].filter((each) => each !== undefined && each !== '');
  return words.length === 0 ? {} : { lastResetReason: words.join(': ').slice(0, longestReason) };
}

import { addressSchema, type IpAddress } from '@meshrs/network';
import { z } from 'zod';

/**
 * How long a router-id that left the list may still come: the route server that had it changes in its side's turn only,
 * behind a gate that may wait an hour.
 */
export const leavingMs = 3_600_000;

/** What of fleet.yml outlives the agent: who was in the list, and who has left it and may still come. */
export interface KeptFleet {
  readonly listed: readonly { readonly pod: string; readonly address: IpAddress }[];
  readonly leaving: readonly { readonly pod: string; readonly address: IpAddress; readonly untilMs: number }[];
}

/** More than any fleet has route servers. */
export const mostKeptIds = 5000;

export function keptFleetSchema(untilMs: z.ZodType<number>): z.ZodType<KeptFleet> {
  const listed = { pod: z.string().max(300), address: addressSchema };
  return z.strictObject({
    listed: z.array(z.strictObject(listed)).max(mostKeptIds),
    leaving: z.array(z.strictObject({ ...listed, untilMs })).max(mostKeptIds),
  });
}

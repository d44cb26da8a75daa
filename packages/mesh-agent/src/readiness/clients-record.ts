import { addressSchema, type IpAddress } from '@meshrs/network';
import { z } from 'zod';
import { mostRemembered, nobodyHad, type ClientsRecord } from './lost-clients.ts';

/** The record as the agent keeps it over its own restart; who is nowhere is seen again. */
export interface KeptClients {
  readonly had: readonly IpAddress[];
  readonly lost: readonly { readonly address: IpAddress; readonly sinceMs: number; readonly isElsewhere: boolean }[];
  readonly budget: ClientsRecord['budget'];
}

/** Moments are of the past. */
export function keptClientsSchema(past: z.ZodType<number>): z.ZodType<KeptClients> {
  return z.strictObject({
    had: z.array(addressSchema).max(mostRemembered),
    lost: z
      .array(z.strictObject({ address: addressSchema, sinceMs: past, isElsewhere: z.boolean() }))
      .max(mostRemembered),
    budget: z.strictObject({
      usedMs: z.number().min(0),
      atMs: past,
      isSpending: z.boolean(),
      isResting: z.boolean(),
    }),
  });
}

export function toKeptClients({ had, lost, budget }: ClientsRecord): KeptClients {
  return { had: [...had], lost: [...lost].map(([address, client]) => ({ address, ...client })), budget };
}

export function fromKeptClients({ had, lost, budget }: KeptClients): ClientsRecord {
  return {
    ...nobodyHad,
    had: new Set(had),
    lost: new Map(lost.map(({ address, ...client }) => [address, client])),
    budget,
  };
}

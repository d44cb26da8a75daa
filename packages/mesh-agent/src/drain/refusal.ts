import type { IpAddress } from '@meshrs/network';
import { z } from 'zod';

/** Why a drain by hand is not carried out. */
export interface DrainRefusal {
  /** Clients without a session elsewhere that stays: the first of them. */
  readonly clients: readonly RefusedClient[];
  readonly clientCount: number;
  /** Clients of which nobody knows whether they have one. */
  readonly unknown?: { readonly clients: readonly RefusedClient[]; readonly clientCount: number };
  /** In words, for people. */
  readonly why: string;
}

export interface RefusedClient {
  readonly address: IpAddress;
  readonly name?: string;
}

const clients = {
  clients: z.array(z.object({ address: z.string(), name: z.string().optional() })),
  clientCount: z.number(),
};

/** What the agent leaves for `mesh-agent drain`, as far as it is told there. */
const schema = z.object({
  requestedBy: z.string(),
  refusedAtMs: z.number(),
  ...clients,
  unknown: z.object(clients).optional(),
  why: z.string(),
});
export type ToldRefusal = z.output<typeof schema>;

export const largestRefusal = 20_000;

export function refusalText(refusal: DrainRefusal, by: string, atMs: number): string {
  return `${JSON.stringify({ requestedBy: by, refusedAtMs: Math.round(atMs), ...refusal })}\n`;
}

/** Undefined: nobody has left one there. */
export function readRefusal(text: string): ToldRefusal | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // The command says instead that the drain was taken back; the log has the reason.
    return undefined;
  }
}

import { addressSchema } from '@meshrs/network';
import { z } from 'zod';

/** What `mesh-agent evictions` asks of the sidecar, one JSON line a connection, through a unix socket in the pod. */
export const requestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('list-evictions') }),
  z.strictObject({ kind: z.literal('clear-evictions'), which: z.union([z.literal('all'), addressSchema]) }),
]);
export type AgentRequest = z.output<typeof requestSchema>;

const evictionSchema = z.object({
  address: z.string(),
  group: z.string().optional(),
  remoteAsn: z.number().optional(),
  remoteRouterId: z.string().optional(),
  reason: z.string(),
  count: z.number(),
  since: z.string(),
  until: z.string(),
});

/** The sidecar's answer, one JSON line. */
export const responseSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), evictions: z.array(evictionSchema) }),
  z.object({ ok: z.literal(false), message: z.string() }),
]);
export type AgentResponse = z.output<typeof responseSchema>;
export type ListedEviction = z.output<typeof evictionSchema>;

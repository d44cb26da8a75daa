import { addressSchema } from '@meshrs/network';
import { z } from 'zod';

/** What `mesh-agent evictions` asks of the sidecar, one JSON line a connection, through a unix socket in the pod. */
export const requestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('list-evictions') }),
  z.strictObject({ kind: z.literal('clear-evictions'), which: z.union([z.literal('all'), addressSchema]) }),
]);
export type AgentRequest = z.output<typeof requestSchema>;

const evictionSchema = z.object({
  address: addressSchema,
  group: z.string().optional(),
  remoteAsn: z.number().optional(),
  remoteRouterId: addressSchema.optional(),
  reason: z.string(),
  count: z.number(),
  since: z.iso.datetime(),
  until: z.iso.datetime(),
});

/** A client that is pinned: bgpd knows it as a neighbor, and holds down when it exceeds its maximum-prefix. */
const pinSchema = z.object({
  address: addressSchema,
  group: z.string(),
  standing: z.enum(['held', 'up', 'down']),
  /** It is let go as soon as it is down. */
  isLeaving: z.boolean(),
  isKept: z.boolean().optional(),
  closedCount: z.number(),
  since: z.iso.datetime(),
  closedAt: z.iso.datetime(),
});

/** A client that bgpd holds down for its maximum-prefix. */
const heldSchema = z.object({
  address: addressSchema,
  group: z.string(),
  name: z.string().optional(),
  maximumPrefixes: z.number().optional(),
  since: z.iso.datetime(),
});

/** The sidecar's answer, one JSON line: what there is, or what was cleared. */
export const responseSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    evictions: z.array(evictionSchema),
    pins: z.array(pinSchema),
    held: z.array(heldSchema),
  }),
  z.object({ ok: z.literal(false), message: z.string() }),
]);
export type AgentResponse = z.output<typeof responseSchema>;
export type ListedEviction = z.output<typeof evictionSchema>;
export type ListedPin = z.output<typeof pinSchema>;
export type ListedHeld = z.output<typeof heldSchema>;

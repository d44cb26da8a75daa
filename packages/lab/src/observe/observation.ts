import { z } from 'zod';

const common = {
  /** Milliseconds since 1970, with fractions. */
  atMs: z.number(),
  client: z.string(),
  /** The VIP. */
  neighbor: z.string(),
};

const stateSchema = z.object({
  ...common,
  kind: z.literal('state'),
  isEstablished: z.boolean(),
  state: z.string(),
});

const updateSchema = z.object({
  ...common,
  kind: z.literal('update'),
  /** Routes, by an identity that is the same in each observation of one client. */
  announced: z.array(z.string()),
  withdrawn: z.array(z.string()),
  /** Of the announced routes, in the order of their numbers. */
  communities: z.array(z.number()),
});

/** A NOTIFICATION that a client got. */
const notificationSchema = z.object({
  ...common,
  kind: z.literal('notification'),
  code: z.number(),
  subcode: z.number(),
  /** RFC 9003. */
  message: z.string(),
});

/** A client got routes with GRACEFUL_SHUTDOWN, by the time of its own daemon: whoever is told by that may be late. */
const shutdownSchema = z.object({ ...common, kind: z.literal('graceful-shutdown') });

export const observationSchema = z.discriminatedUnion('kind', [
  stateSchema,
  updateSchema,
  notificationSchema,
  shutdownSchema,
]);

/** What a client saw of a route server, and when. */
export type Observation = z.output<typeof observationSchema>;
export type UpdateObservation = z.output<typeof updateSchema>;

/** GRACEFUL_SHUTDOWN, 65535:0 (RFC 8326 section 3.1). */
export const gracefulShutdownCommunity = 0xffff0000;

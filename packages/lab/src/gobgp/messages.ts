import { z } from 'zod';

/** Parts of GoBGP's messages; what is not named here is passed over. */
export const peerSchema = z.object({
  conf: z.object({ neighborAddress: z.string(), peerAsn: z.number() }).nullable(),
  state: z
    .object({
      neighborAddress: z.string(),
      sessionState: z.string(),
      adminState: z.string(),
      flops: z.number(),
    })
    .nullable(),
  timers: z
    .object({
      state: z
        .object({ uptime: z.object({ seconds: z.number() }).nullable(), negotiatedHoldTime: z.number() })
        .nullable(),
    })
    .nullable(),
  afiSafis: z.array(
    z.object({
      state: z.object({ received: z.number(), accepted: z.number(), advertised: z.number() }).nullable(),
    }),
  ),
});
export type GobgpPeer = z.output<typeof peerSchema>;

/** A message in the form of proto-loader with `oneofs`: the name of the one that is set stands beside it. */
const oneOf = z.record(z.string(), z.unknown());

export const pathSchema = z.object({
  nlri: oneOf.nullable(),
  pattrs: z.array(oneOf),
  isWithdraw: z.boolean(),
  neighborIp: z.string(),
  sourceAsn: z.number(),
  filtered: z.boolean(),
  nlriBinary: z.instanceof(Buffer),
  pattrsBinary: z.array(z.instanceof(Buffer)),
});
export type GobgpPath = z.output<typeof pathSchema>;

/** A path to announce, in the words of GoBGP's messages. */
export interface NewPath {
  readonly nlri: object;
  readonly pattrs: readonly object[];
}

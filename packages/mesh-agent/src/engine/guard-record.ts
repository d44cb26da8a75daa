import { evictionReasons, type Eviction } from '@meshrs/contract';
import { longestEvictionMs, type PastEvictions, type Pin } from '@meshrs/mesh';
import { addressSchema, parseAsn, type Asn, type IpAddress } from '@meshrs/network';
import { z } from 'zod';

/** What the guard knows and the daemon does not; moments are of CLOCK_MONOTONIC, which an agent's restart does not set. */
export interface GuardRecord {
  readonly evictions: readonly Eviction[];
  /** Evictions that have ended, for the backoff. */
  readonly past: readonly (PastEvictions & { readonly address: IpAddress })[];
  readonly pins: readonly Pin[];
}

/** A flat entry of the agent's own record. */
export type GuardEntry = Readonly<Record<string, string | number | boolean>>;

/** More entries are neither written nor read. */
const mostEntries = 2000;

/** The record as flat entries: what is in force first, then the past that came last. */
export function toEntries({ evictions, past, pins }: GuardRecord): readonly GuardEntry[] {
  return [
    ...evictions.map((each) => ({ kind: 'eviction', ...each })),
    ...pins.map((each) => ({ kind: 'pin', ...each })),
    ...past.toReversed().map((each) => ({ kind: 'past', ...each })),
  ].slice(0, mostEntries);
}

/** Undefined where this is no record that the guard has written until `nowMs`. */
export function fromEntries(entries: unknown, nowMs: number): GuardRecord | undefined {
  const read = z.array(entrySchema(nowMs)).max(mostEntries).safeParse(entries);
  if (!read.success) return undefined;
  const record = { evictions: [] as Eviction[], past: [] as GuardRecord['past'][number][], pins: [] as Pin[] };
  for (const entry of read.data) {
    switch (entry.kind) {
      case 'eviction':
        record.evictions.push(entry.value);
        break;
      case 'pin':
        record.pins.push(entry.value);
        break;
      case 'past':
        record.past.unshift(entry.value);
    }
  }
  return record;
}

function entrySchema(nowMs: number) {
  const past = z.number().min(0).max(nowMs);
  const until = z
    .number()
    .min(0)
    .max(nowMs + longestEvictionMs);
  const count = z.number().int().min(1).max(1_000_000);
  const group = z.string().min(1).max(100);
  const eviction = z
    .strictObject({
      kind: z.literal('eviction'),
      address: addressSchema,
      group: group.exactOptional(),
      remoteAsn: asnSchema.exactOptional(),
      remoteRouterId: addressSchema.exactOptional(),
      reason: z.enum(evictionReasons),
      count,
      since: past,
      until,
    })
    .transform(({ kind, ...value }) => ({ kind, value }));
  const ended = z
    .strictObject({ kind: z.literal('past'), address: addressSchema, count, until })
    .transform(({ kind, ...value }) => ({ kind, value }));
  const pin = z
    .strictObject({
      kind: z.literal('pin'),
      address: addressSchema,
      group,
      sinceMs: past,
      closedAtMs: past,
      closedCount: z.number().int().min(0),
      isLeaving: z.boolean(),
    })
    .transform(({ kind, ...value }) => ({ kind, value }));
  return z.union([eviction, ended, pin]);
}

const asnSchema = z.custom<Asn>((value) => typeof value === 'number' && parseAsn(String(value)) === value);

import { drainBounds, drainCauses, drainOutcomes } from '@meshrs/contract';
import { addressSchema } from '@meshrs/network';
import { z } from 'zod';
import type { Drain } from '../drain/drain-machine.ts';
import { mostShown } from '../log/shown-lists.ts';
import { keptAwaySchema, type KeptAway } from '../readiness/away-clients.ts';
import { keptHoldSchema, type KeptHold } from '../hold/kept-hold.ts';
import { keptFleetSchema, leavingMs, type KeptFleet } from '../settings/kept-fleet.ts';
import { keptClientsSchema, type KeptClients } from '../readiness/clients-record.ts';

/**
 * What the agent keeps over its own restart. It counts for one life of the engine and one boot of the machine: moments are
 * of CLOCK_MONOTONIC, which all processes of a boot share and nobody sets.
 */
export interface AgentRecord {
  readonly formatVersion: 1;
  readonly bootId: string;
  /** How far the wall clock was before CLOCK_MONOTONIC, to a second: another distance, and somebody has set it since. */
  readonly wallOffsetMs?: number;
  readonly life: string;
  /** How often the engine has started again since the pod did. */
  readonly restartCount: number;
  /** When this life of the engine first took the settings; the limits of readiness count from then on. */
  readonly firstAppliedMs?: number;
  readonly hasConverged: boolean;
  readonly drain: Drain;
  /** Those that it had since it converged; left out where nobody watches for them. */
  readonly clients?: KeptClients;
  /** Who had a session a short time ago, whichever life of the engine that was with. */
  readonly away?: KeptAway;
  /** Of fleet.yml, whichever life of the engine that was with. */
  readonly fleet?: KeptFleet;
  /** Of how long sessions are held, whichever life of the engine that was with. */
  readonly hold?: KeptHold;
  /** The guard's own; it reads them as strictly. */
  readonly evictions: readonly KeptEntry[];
}

/** A flat entry of a list. */
export type KeptEntry = Readonly<Record<string, string | number | boolean>>;

/** A larger file is not read. Ten thousand clients that are all lost, and away, are 3 MB. */
export const largestRecordBytes = 2 ** 22;
const mostEvictions = 2000;
/** Later than any end that a drain of these settings can have. */
const longestDrainMs =
  2 * 1000 * (drainBounds.gracefulShutdownSeconds.max + drainBounds.holdSeconds.max + drainBounds.ceaseSeconds.max);

/** Nobody who asks for a drain waits longer than this (`readDrainRequest`). */
const longestAskedMs = 2 * 86_400_000;

/** Undefined with the reason, where the text is not a record that this agent has written. */
export function readAgentRecord(
  text: string,
  nowMs: number,
): { readonly record: AgentRecord } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
  const read = recordSchema(nowMs).safeParse(value);
  if (read.success) return { record: read.data };
  const [issue] = read.error.issues;
  return { problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}` };
}

function recordSchema(nowMs: number): z.ZodType<AgentRecord> {
  const upTo = (latestMs: number) => z.number().min(0).max(latestMs);
  const past = upTo(nowMs);
  const untilMs = upTo(nowMs + longestDrainMs);
  const taken = { clients: z.array(addressSchema).max(mostShown), clientCount: z.number().int().min(0) };
  const request = z.strictObject({
    cause: z.enum(drainCauses),
    by: z.string().max(1000),
    atMs: past,
    sessionsUntilMs: upTo(nowMs + longestAskedMs).exactOptional(),
    forced: z.literal(true).exactOptional(),
    isUnreadyAtOnce: z.literal(true).exactOptional(),
    takes: z
      .strictObject({
        ...taken,
        unknown: z.strictObject(taken).exactOptional(),
        areUnknown: z.literal(true).exactOptional(),
      })
      .exactOptional(),
  });
  return z.strictObject({
    formatVersion: z.literal(1),
    bootId: z.string().max(100),
    wallOffsetMs: z.number().exactOptional(),
    life: z.string().max(200),
    restartCount: z.number().int().min(0),
    firstAppliedMs: past.exactOptional(),
    hasConverged: z.boolean(),
    clients: keptClientsSchema(past).exactOptional(),
    away: keptAwaySchema(past).exactOptional(),
    fleet: keptFleetSchema(upTo(nowMs + leavingMs)).exactOptional(),
    hold: keptHoldSchema(past).exactOptional(),
    drain: z.discriminatedUnion('phase', [
      z.strictObject({ phase: z.literal('serving') }),
      z.strictObject({ phase: z.literal('asked'), request, untilMs }),
      z.strictObject({ phase: z.literal('graceful-shutdown'), request, isSent: z.boolean(), untilMs }),
      z.strictObject({ phase: z.literal('holding'), request, wasAnnounced: z.boolean(), untilMs }),
      z.strictObject({
        phase: z.literal('closing'),
        request,
        wasAnnounced: z.boolean(),
        isSent: z.boolean(),
        untilMs,
      }),
      z.strictObject({ phase: z.literal('drained'), request, drainedAtMs: past, outcome: z.enum(drainOutcomes) }),
      z.strictObject({ phase: z.literal('undraining'), request, wasUnready: z.boolean(), wasClosed: z.boolean() }),
    ]),
    evictions: z
      .array(z.record(z.string().max(50), z.union([z.string().max(200), z.number(), z.boolean()])))
      .max(mostEvictions),
  });
}

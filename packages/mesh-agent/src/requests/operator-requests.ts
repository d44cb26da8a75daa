import { z } from 'zod';
import { collectDebug, type DebugSources } from '../debug/collect-debug.ts';
import { describeFailure } from '../failure.ts';
import { logLevels } from '@meshrs/contract';

/** What `mesh-agent log-level`, `mesh-agent debug` and `mesh-agent undrain` ask of the sidecar. */
const requestSchema = z.discriminatedUnion('kind', [
  /** Without a level it is only told. */
  z.strictObject({ kind: z.literal('log-level'), level: z.enum(logLevels).optional() }),
  z.strictObject({ kind: z.literal('debug') }),
  z.strictObject({ kind: z.literal('drain') }),
]);
export type OperatorRequest = z.output<typeof requestSchema>;

const failed = z.object({ ok: z.literal(false), message: z.string() });
export const logLevelResponse = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), level: z.enum(logLevels), before: z.enum(logLevels) }),
  failed,
]);
export const debugResponse = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), files: z.record(z.string(), z.string()) }),
  failed,
]);

/** How far a drain is at this moment, by the agent's own word and not by what could be written. */
export const drainResponse = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), phase: z.string(), isServing: z.boolean() }),
  failed,
]);

export interface OperatorSources extends DebugSources {
  readonly drainNow: () => Promise<Omit<Extract<z.output<typeof drainResponse>, { ok: true }>, 'ok'>>;
}

/** Answers an operator's request; undefined for a line that is none. */
export function createOperatorRequests(sources: OperatorSources): (line: string) => Promise<object> | undefined {
  const { log } = sources;
  return (line) => {
    const request = read(line);
    return request && answer(request);
  };

  async function answer(request: OperatorRequest): Promise<object> {
    if (request.kind === 'log-level') {
      const before = log.level();
      const level = request.level ?? before;
      log.setLevel(level);
      if (level !== before) log.warn('log-level-changed', { set: level, before });
      return { ok: true, level, before } satisfies z.output<typeof logLevelResponse>;
    }
    try {
      if (request.kind === 'drain') return { ok: true, ...(await sources.drainNow()) };
      return { ok: true, files: await collectDebug(sources) };
    } catch (thrown) {
      const failure = describeFailure(thrown);
      log.error('request-failed', { request: request.kind, failure });
      return { ok: false, message: failure.message };
    }
  }
}

function read(line: string): OperatorRequest | undefined {
  try {
    return requestSchema.safeParse(JSON.parse(line)).data;
  } catch {
    // No JSON: no request of anybody.
    return undefined;
  }
}

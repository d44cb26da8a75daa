import { z } from 'zod';
import type { AgentStatus } from './status.ts';

const timestamp = z.iso.datetime();
const failure = z.object({
  code: z.string(),
  operation: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  causes: z.array(z.string()),
});

/**
 * What a reader of GET /status may rely on: the keys that are here, and others beside them. It checks; the type is
 * `AgentStatus`.
 */
export const agentStatusSchema = z.looseObject({
  formatVersion: z.literal(1),
  agent: z.looseObject({
    version: z.string(),
    startedAt: timestamp,
    now: timestamp,
    pod: z.string(),
    podRevision: z.string().optional(),
    address: z.string(),
    routerId: z.string(),
  }),
  settings: z.looseObject({
    file: z.string(),
    revision: z.string(),
    readAt: timestamp,
    refused: z.looseObject({ revision: z.string(), at: timestamp, issues: z.array(z.looseObject({})) }).optional(),
    failure: failure.optional(),
  }),
  engine: z.looseObject({
    kind: z.enum(['crpd', 'frr']),
    isConnected: z.boolean(),
    since: timestamp,
    version: z.string().optional(),
    restartCount: z.number(),
    isApplied: z.boolean(),
    lastApply: z.looseObject({ at: timestamp, settingsRevision: z.string(), milliseconds: z.number() }).optional(),
    failure: failure.optional(),
    unknownLines: z.array(z.string()),
  }),
  readiness: z.looseObject({
    isReady: z.boolean(),
    since: timestamp,
    reasons: z.array(z.looseObject({ kind: z.string() })),
  }),
  drain: z.looseObject({ phase: z.enum(['serving', 'graceful-shutdown', 'closing', 'drained']) }),
  groups: z.array(
    z.looseObject({
      name: z.string(),
      source: z.looseObject({
        kind: z.enum(['kubernetes', 'dns', 'static']),
        description: z.string(),
        isHealthy: z.boolean(),
        doubt: z.looseObject({ kind: z.string(), since: timestamp }).optional(),
        lastLookAt: timestamp.optional(),
        lastAnswerAt: timestamp.optional(),
      }),
      published: z.array(z.string()),
      desired: z.array(z.string()),
      leftOut: z.array(z.looseObject({ address: z.string(), reason: z.string() })),
      observed: z.array(z.string()),
    }),
  ),
  sessions: z.array(
    z.looseObject({
      address: z.string(),
      group: z.string().optional(),
      kind: z.enum(['mesh', 'declared-client', 'range-client', 'evicted', 'unknown']),
      name: z.string().optional(),
      state: z.string(),
      remoteAsn: z.number().optional(),
      remoteRouterId: z.string().optional(),
      uptimeSeconds: z.number().optional(),
      receivedPrefixes: z.number(),
      receivedMessages: z.number().optional(),
      sentPrefixes: z.number(),
      endOfRib: z.looseObject({ received: z.boolean(), sent: z.boolean() }),
    }),
  ),
  evictions: z.array(z.looseObject({ address: z.string(), reason: z.string(), since: timestamp, until: timestamp })),
  lastPeerChange: z.looseObject({ at: timestamp, changes: z.array(z.looseObject({ kind: z.string() })) }).optional(),
});

/**
 * Reads the answer of GET /status.
 * @throws zod's error, which names the keys that are not as they should be
 */
export function parseAgentStatus(value: unknown): AgentStatus {
  agentStatusSchema.parse(value);
  // The schema has checked what readers use; the rest is the agent's own type, of the same format version.
  return value as AgentStatus;
}

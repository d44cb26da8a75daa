import { addressSchema, parseAsn, type Asn, type IpAddress } from '@meshrs/network';
import type { Issue } from '@meshrs/strict-yaml';
import { z } from 'zod';
import { drainCauses, drainOutcomes, formerDrainCauses, type DrainCause } from '../drain-phases.ts';
import { engineChangeKinds, resetScopes } from '../engine-changes.ts';
import { engines } from '../engine.ts';
import { evictionReasons } from '../evictions.ts';
import { leftOutReasons, meshSourceTypes, removalReasons } from '../mesh-peers.ts';
import { sessionKinds, sessionStates } from '../sessions.ts';
import { addedLater, otherwise, wordOf, writes, type Json } from './tolerance.ts';

/** A moment as ISO 8601 text in UTC: "2026-11-22T13:15:13.000Z". */
const timestamp = z.iso.datetime();
const address = writes<IpAddress>()(addressSchema);
const asn = z.custom<Asn>((value) => typeof value === 'number' && parseAsn(String(value)) === value);

/** A failure as data, for logs and /status. */
const failure = z.object({
  code: z.string(),
  operation: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  /** The messages of the causes, outermost first. */
  causes: z.array(z.string()),
});

/** A BGP session of a route server, as its engine tells of it. */
const session = z.object({
  address,
  /** Left out for a neighbor that belongs to no group: an evicted one, or somebody else's. */
  group: z.string().exactOptional(),
  /** A kind that the reader does not know may be a client's. */
  kind: wordOf(sessionKinds),
  /** The client's name in the settings; declared clients alone have one. */
  name: z.string().exactOptional(),
  state: wordOf(sessionStates),
  /** From the OPEN message for a range client; as configured otherwise. */
  remoteAsn: asn.exactOptional(),
  /** From the OPEN message; known while established. */
  remoteRouterId: address.exactOptional(),
  /** Since it was established; left out when it is not. */
  uptimeSeconds: z.number().exactOptional(),
  /** How often it came up, and went down, since the daemon knows the neighbor. */
  establishedCount: addedLater(z.number()),
  droppedCount: addedLater(z.number()),
  /** BGP messages of any type since the daemon knows the neighbor. */
  receivedMessages: addedLater(z.number()),
  /** Prefixes of the family in use (EVPN, or IPv4 unicast for a reflector); 0 when it is not established. */
  receivedPrefixes: z.number(),
  sentPrefixes: z.number(),
  /**
   * End-of-RIB of the family in use (RFC 4724 section 2). FRR tells of it only where the neighbor knows graceful restart,
   * as every FRR does; of others both stay false.
   */
  endOfRib: z.object({ received: z.boolean(), sent: z.boolean() }),
  /** Why the last session ended, in the daemon's words. */
  lastResetReason: z.string().exactOptional(),
});

/** A neighbor that is kept out for a time. */
const eviction = z.object({
  address,
  group: z.string().exactOptional(),
  remoteAsn: asn.exactOptional(),
  remoteRouterId: address.exactOptional(),
  reason: wordOf(evictionReasons),
  /** How many times in a row: each doubles the time, from a minute to an hour. */
  count: addedLater(z.number()),
  since: timestamp,
  until: timestamp,
});

/** One step by which an engine comes nearer to its intent. */
const engineChange = z.object({
  kind: wordOf(engineChangeKinds),
  /** The peer group, where there is one. */
  group: z.string().exactOptional(),
  /** The neighbor's address, the listen range, or the name of the filter, where there is one. */
  subject: z.string().exactOptional(),
  resets: wordOf(resetScopes),
});

const engine = z.object({
  kind: wordOf(engines),
  isConnected: z.boolean(),
  since: timestamp,
  version: z.string().exactOptional(),
  /** How often another process than before has answered. */
  restartCount: z.number(),
  /** True when what runs is what `desired` and the settings say. */
  isApplied: z.boolean(),
  lastApply: z
    .object({
      at: timestamp,
      /** The revision of the settings that were applied. */
      settingsRevision: z.string(),
      milliseconds: z.number(),
      commandCount: addedLater(z.number()),
      changes: addedLater(z.array(engineChange)),
    })
    .exactOptional(),
  /** Why the last operation failed; gone with the next one that succeeds. */
  failure: failure.exactOptional(),
  unknownLines: z.array(z.string()),
});

const settings = z.object({
  file: z.string(),
  /** SHA-256 of the bytes of the settings file in force, in hexadecimal. */
  revision: z.string(),
  readAt: timestamp,
  /** A later content of the file that is wrong, and therefore not in force. */
  refused: z
    .object({
      revision: z.string(),
      at: timestamp,
      /** For people: no reader counts on what an issue holds. */
      issues: z.array(writes<Issue>()(z.looseObject({}))),
    })
    .exactOptional(),
  /** Why the file cannot be read now. */
  failure: failure.exactOptional(),
});

/** Why a route server is not ready. */
const readinessReason = z.union([
  z.object({ kind: z.literal('engine-gone') }),
  z.object({ kind: z.literal('settings-not-applied') }),
  z.object({ kind: z.literal('peers-not-known'), groups: addedLater(z.array(z.string())) }),
  z.object({ kind: z.literal('mesh-not-converged'), peers: addedLater(z.array(z.string())) }),
  z.object({ kind: z.literal('clients-not-known') }),
  z.object({ kind: z.literal('clients-not-back'), clients: addedLater(z.array(z.string())) }),
  z.object({ kind: z.literal('drained') }),
  otherwise('kind'),
]);

const drainRequest = {
  cause: addedLater(writes<DrainCause>()(wordOf([...drainCauses, ...formerDrainCauses]))),
  /** Who asked, in the words of the request: for people. */
  requestedBy: addedLater(z.string()),
  requestedAtMs: addedLater(z.number()),
};

/** How far the agent has taken its route server down (`drainPhases`), and what is still to come. */
const drain = z.union([
  z.object({ phase: z.literal('serving') }),
  z.object({
    phase: z.literal('graceful-shutdown'),
    ...drainRequest,
    isSent: addedLater(z.boolean()),
    untilMs: addedLater(z.number()),
  }),
  z.object({
    phase: z.literal('closing'),
    ...drainRequest,
    wasAnnounced: addedLater(z.boolean()),
    isSent: addedLater(z.boolean()),
    untilMs: addedLater(z.number()),
  }),
  z.object({
    phase: z.literal('drained'),
    ...drainRequest,
    drainedAtMs: addedLater(z.number()),
    outcome: addedLater(wordOf(drainOutcomes)),
  }),
  z.object({ phase: z.literal('undraining'), ...drainRequest }),
  otherwise('phase'),
]);

/** Why the last good set of a mesh group stands against what its source says now (`doubtKinds`). */
const doubt = z.union([
  z.object({
    kind: z.literal('source-failed'),
    code: addedLater(z.string()),
    message: addedLater(z.string()),
  }),
  z.object({ kind: z.literal('empty-answer') }),
  z.object({ kind: z.literal('only-self') }),
  z.object({ kind: z.literal('only-special') }),
  z.object({ kind: z.literal('many-leaving'), leaving: addedLater(z.array(address)) }),
  otherwise('kind'),
]);

/** Addresses that are shown and decide nothing: an odd one must not make the whole answer unreadable. */
const shown = z.string();

const leftOut = z.object({ address: shown, reason: wordOf(leftOutReasons) });

const meshGroup = z.object({
  name: z.string(),
  source: z.object({
    kind: wordOf(meshSourceTypes),
    description: z.string(),
    isHealthy: z.boolean(),
    doubt: doubt.and(z.object({ since: timestamp })).exactOptional(),
    lastLookAt: timestamp.exactOptional(),
    lastAnswerAt: timestamp.exactOptional(),
  }),
  /** The last good set. */
  published: z.array(shown),
  desired: z.array(shown),
  leftOut: z.array(leftOut),
  /** The neighbors that the engine has. */
  observed: z.array(shown),
});

const peerChangePlace = { group: addedLater(z.string()), address: addedLater(shown) };

/** One neighbor of a mesh group that was added or taken away, and why. */
const peerChange = z.union([
  z.object({ kind: z.literal('add'), ...peerChangePlace, reason: addedLater(wordOf(['published'])) }),
  z.object({ kind: z.literal('remove'), ...peerChangePlace, reason: addedLater(wordOf(removalReasons)) }),
  otherwise('kind'),
]);

/**
 * What GET /status answers, as JSON. `formatVersion` grows when a reader of an older version would misread it; new keys and
 * words alone do not count: a reader passes over keys that it does not know, and has `unknown` for such words.
 */
export const agentStatusSchema = z.object({
  formatVersion: z.literal(1),
  agent: z.object({
    version: z.string(),
    startedAt: timestamp,
    now: timestamp,
    pod: z.string(),
    /** What the generator calls the pod's template; left out where it was not told. */
    podRevision: z.string().exactOptional(),
    address,
    routerId: address,
  }),
  settings,
  engine,
  readiness: z.object({ isReady: z.boolean(), since: timestamp, reasons: z.array(readinessReason) }),
  drain,
  groups: z.array(meshGroup),
  sessions: z.array(session),
  evictions: z.array(eviction),
  /** The last change of the mesh's peers, and why. */
  lastPeerChange: z.object({ at: timestamp, changes: z.array(peerChange) }).exactOptional(),
});

/** What an agent of this version writes. */
export type AgentStatus = Json<z.input<typeof agentStatusSchema>>;
/** What a reader of an agent of any version has. */
export type SeenStatus = Json<z.output<typeof agentStatusSchema>>;

export type BgpSession = Json<z.input<typeof session>>;
export type SeenSession = Json<z.output<typeof session>>;

/** A neighbor that is kept out for a time. Times are milliseconds of the agent's clock that never steps. */
export type Eviction = Omit<EvictionStatus, 'since' | 'until'> & { readonly since: number; readonly until: number };
export type EvictionStatus = Json<z.input<typeof eviction>>;

export type DrainState = Json<z.input<typeof drain>>;
export type Doubt = Json<z.input<typeof doubt>>;
export type EngineChange = Json<z.input<typeof engineChange>>;
export type EngineStatus = Json<z.input<typeof engine>>;
export type FailureDescription = Json<z.input<typeof failure>>;
export type LeftOut = Json<z.input<typeof leftOut>>;
export type MeshGroupStatus = Json<z.input<typeof meshGroup>>;
export type PeerChange = Json<z.input<typeof peerChange>>;
export type ReadinessReason = Json<z.input<typeof readinessReason>>;
export type SettingsStatus = Json<z.input<typeof settings>>;

/**
 * Reads the answer of GET /status.
 * @throws zod's error, which names the keys that are not as they should be
 */
export function parseAgentStatus(value: unknown): SeenStatus {
  return agentStatusSchema.parse(value);
}

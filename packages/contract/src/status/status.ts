import type { Issue } from '@meshrs/strict-yaml';
import { z } from 'zod';
import { drainCauses, drainOutcomes, formerDrainCauses, type DrainCause } from '../drain-phases.ts';
import { engineChangeKinds, resetScopes } from '../engine-changes.ts';
import { engines } from '../engine.ts';
import { holdOutcomes, holdPurposes } from '../hold.ts';
import { evictionReasons } from '../evictions.ts';
import { logLevels } from '../log-levels.ts';
import { leftOutReasons, meshSourceTypes, removalReasons } from '../mesh-peers.ts';
import { pinStandings } from '../pins.ts';
import { lostClientPhases } from '../readiness.ts';
import { interlockStates } from '../interlock-states.ts';
import { shown } from './shown.ts';
import { toldHold } from './told-hold.ts';
import { addedLater, otherwise, wordOf, writes, type Json } from './tolerance.ts';
import { toldSessions, type SeenSessions } from './told-sessions.ts';
import { address, asn, count, failure, milliseconds, text, timestamp } from './values.ts';
import { listOfVersion1, sessionsOfVersion1 } from './version-1.ts';

const heldClient = z.object({
  address,
  group: text,
  /** Of a declared client. */
  name: text.exactOptional(),
  /** How many routes it may send. */
  maximumPrefixes: count.exactOptional(),
  /** When the agent has seen it so first. */
  since: timestamp,
});

/** A neighbor that is kept out for a time. */
const eviction = z.object({
  address,
  group: text.exactOptional(),
  remoteAsn: asn.exactOptional(),
  remoteRouterId: address.exactOptional(),
  reason: wordOf(evictionReasons),
  /** How many times in a row: each doubles the time, from a minute to an hour. */
  count: addedLater(count),
  since: timestamp,
  until: timestamp,
});

/** A range client that the engine knows as a neighbor for a time, so that it can hold it down. */
const pin = z.object({
  address,
  group: text,
  standing: wordOf(pinStandings),
  since: timestamp,
  /** When the engine closed it last. */
  closedAt: timestamp,
  /** How often the engine has closed it since it is pinned. */
  closedCount: count,
  /** It is let go as soon as it is down. */
  isLeaving: z.boolean(),
  /** It was there when the engine ended, and is a neighbor since then. */
  isKept: z.boolean().exactOptional(),
});

/** One step by which an engine comes nearer to its intent. */
const engineChange = z.object({
  kind: wordOf(engineChangeKinds),
  /** The peer group, where there is one. */
  group: text.exactOptional(),
  /** The neighbor's address, the listen range, or the name of the filter, where there is one. */
  subject: text.exactOptional(),
  resets: wordOf(resetScopes),
});

const engine = z.object({
  kind: wordOf(engines),
  isConnected: z.boolean(),
  since: timestamp,
  /** For how long, by a clock that never steps. */
  forMs: milliseconds.exactOptional(),
  version: text.exactOptional(),
  /** How often another process than before has answered. */
  restartCount: count,
  /** True when what runs is known to be what `desired` and the settings say. */
  isApplied: z.boolean(),
  lastApply: z
    .object({
      at: timestamp,
      /** The revision of the settings that were applied. */
      settingsRevision: text,
      milliseconds,
      commandCount: addedLater(count),
      /** The first of them; `changeCount` says how many there were. */
      changes: addedLater(z.array(engineChange)),
      changeCount: addedLater(count),
    })
    .exactOptional(),
  /** Why the last operation failed; gone with the next one that succeeds. */
  failure: failure.exactOptional(),
  /** The first of them; left out while what runs cannot be read. */
  unknownLines: z.array(text).exactOptional(),
  unknownLineCount: count.exactOptional(),
  /** What the engine says and the agent does not understand, or cannot hear; left out while the engine is not heard at all. */
  notUnderstood: z.array(text).exactOptional(),
  /** The neighbors that came from client ranges, and how many the engine takes: further ones are refused. */
  rangeNeighbors: z.object({ count, established: count, limit: count }).exactOptional(),
});

/** The first of them, for people: no reader counts on what an issue holds. */
const issues = z.array(writes<Issue>()(z.looseObject({})));

/** Who has no session with another side. */
const missingClients = {
  /** The first of them; `clientCount` says how many there are. */
  clients: z.array(address),
  clientCount: count,
};

/** A change of the settings that would end sessions of clients, and waits until these have one with another side. */
const pendingChange = z.object({
  change: engineChange,
  /** Whose sessions it would end: the first of them. */
  clients: z.array(address),
  clientCount: count,
  since: timestamp,
  /** It is applied at this time at the latest. */
  until: timestamp,
});

const hold = toldHold.extend({
  for: z.array(wordOf(holdPurposes)),
  /** Undefined before the first look at the other sides: who has no session there is not known. */
  missing: z.object({ ...missingClients, why: text }).exactOptional(),
});

const lastHold = z.object({
  at: timestamp,
  for: wordOf(holdPurposes),
  outcome: wordOf(holdOutcomes),
  /** Clients without a session elsewhere whose session was ended all the same, as far as they were known. */
  ...missingClients,
  /** How many more there are of whom nobody knows whether they had one. */
  unknownCount: count.exactOptional(),
});

const settings = z.object({
  file: text,
  /** SHA-256 of the bytes of the settings file in force, in hexadecimal. */
  revision: text,
  readAt: timestamp,
  /** What stands in the settings in force and may not be meant; left out: nothing. */
  warnings: z.object({ issues, issueCount: count }).exactOptional(),
  /** A later content of the file that is wrong, and therefore not in force. */
  refused: z
    .object({
      revision: text,
      at: timestamp,
      issues,
      issueCount: addedLater(count),
    })
    .exactOptional(),
  /** Why the file cannot be read now. */
  failure: failure.exactOptional(),
  /** Changes that are in force and not applied yet: the first of them. Left out: none. */
  pending: z.array(pendingChange).exactOptional(),
  pendingCount: count.exactOptional(),
});

/** What the agent knows of the fleet's other route servers; left out where no fleet.yml is mounted. */
const fleet = z.object({
  /** SHA-256 of the bytes of the last right fleet.yml, in hexadecimal; left out: there has been none. */
  revision: text.exactOptional(),
  /** Why it cannot be read now. */
  failure: failure.exactOptional(),
});

const lookAtTurn = {
  /** When the agent looked. */
  readAt: timestamp,
  /** Whether the API server goes by it: `absent` where no admission policy asks for it. */
  interlock: wordOf(interlockStates),
};

/** Which side of the fleet may change, as the agent has looked last. It looks once a minute. */
const turn = z.union([
  z.object({ state: z.literal('closed'), ...lookAtTurn, by: text.exactOptional(), reason: text.exactOptional() }),
  z.object({
    state: z.literal('open'),
    ...lookAtTurn,
    /** The side, or "all". */
    open: text,
    by: text,
    reason: text,
    /** By the API server's clock. */
    until: text,
    /** For how long its time is over, 0: it is not. Left out: the API server does not tell what time it is. */
    overdueSeconds: count.exactOptional(),
  }),
  /** Neither open nor closed. */
  z.object({ state: z.literal('unreadable'), ...lookAtTurn, why: text }),
  otherwise('state'),
]);

/** Why a route server is not ready. */
const readinessReason = z.union([
  z.object({ kind: z.literal('engine-gone') }),
  z.object({ kind: z.literal('settings-not-applied') }),
  z.object({ kind: z.literal('peers-not-known'), groups: addedLater(z.array(text)) }),
  z.object({ kind: z.literal('mesh-not-converged'), peers: addedLater(z.array(text)), count: count.exactOptional() }),
  /** Nobody was asked yet, or these, which live, could not tell. */
  z.object({ kind: z.literal('clients-not-known'), routeServers: z.array(text).exactOptional() }),
  z.object({ kind: z.literal('clients-not-back'), clients: addedLater(z.array(text)), count: count.exactOptional() }),
  z.object({
    kind: z.literal('clients-lost'),
    clients: addedLater(z.array(text)),
    count: count.exactOptional(),
    /** It is ready again after this time at the latest. */
    secondsLeft: addedLater(count),
    /** What that does to drains of nodes: for people. */
    message: addedLater(text),
  }),
  /** It is asked for by hand, or on its way: no session of a client has been ended by it yet. */
  z.object({ kind: z.literal('draining') }),
  z.object({ kind: z.literal('drained') }),
  otherwise('kind'),
]);

/** A client that the route server had, and that another one alone has now. */
const lostClient = z.object({ address: text, since: timestamp, phase: wordOf(lostClientPhases) });

const drainRequest = {
  cause: addedLater(writes<DrainCause>()(wordOf([...drainCauses, ...formerDrainCauses]))),
  /** Who asked, in the words of the request: for people. */
  requestedBy: addedLater(text),
  requestedAtMs: addedLater(milliseconds),
  /** The same moment, for people. */
  requestedAt: addedLater(timestamp),
  /** It was asked for although it takes the last session of clients. */
  forced: z.literal(true).exactOptional(),
  /** What a forced one takes: clients without a session elsewhere, when it began. */
  takes: z
    .object({
      ...missingClients,
      /** Those of which nobody knows whether they have one. */
      unknown: z.object(missingClients).exactOptional(),
      /** Who its clients are was not known, or no other route server could be asked in time. */
      areUnknown: z.literal(true).exactOptional(),
    })
    .exactOptional(),
};

/** How far the agent has taken its route server down (`drainPhases`), and what is still to come. */
const drain = z.union([
  z.object({ phase: z.literal('serving') }),
  z.object({ phase: z.literal('asked'), ...drainRequest, untilMs: milliseconds }),
  z.object({
    phase: z.literal('graceful-shutdown'),
    ...drainRequest,
    isSent: addedLater(z.boolean()),
    untilMs: addedLater(milliseconds),
  }),
  z.object({
    phase: z.literal('holding'),
    ...drainRequest,
    wasAnnounced: z.boolean(),
    untilMs: milliseconds,
  }),
  z.object({
    phase: z.literal('closing'),
    ...drainRequest,
    wasAnnounced: addedLater(z.boolean()),
    isSent: addedLater(z.boolean()),
    untilMs: addedLater(milliseconds),
  }),
  z.object({
    phase: z.literal('drained'),
    ...drainRequest,
    drainedAtMs: addedLater(milliseconds),
    outcome: addedLater(wordOf(drainOutcomes)),
  }),
  z.object({ phase: z.literal('undraining'), ...drainRequest }),
  otherwise('phase'),
]);

/** Why the last good set of a mesh group stands against what its source says now (`doubtKinds`). */
const doubt = z.union([
  z.object({
    kind: z.literal('source-failed'),
    code: addedLater(text),
    message: addedLater(text),
  }),
  z.object({ kind: z.literal('empty-answer') }),
  z.object({ kind: z.literal('only-self') }),
  z.object({ kind: z.literal('only-special') }),
  z.object({ kind: z.literal('many-leaving'), leaving: addedLater(z.array(address)) }),
  otherwise('kind'),
]);

/** An address that is shown and decides nothing: an odd one must not make the whole answer unreadable. */
const anyAddress = text;

const leftOut = z.object({ address: anyAddress, reason: wordOf(leftOutReasons) });

const meshGroup = z.object({
  name: text,
  source: z.object({
    kind: wordOf(meshSourceTypes),
    description: text,
    isHealthy: z.boolean(),
    doubt: doubt.and(z.object({ since: timestamp })).exactOptional(),
    lastLookAt: timestamp.exactOptional(),
    lastAnswerAt: timestamp.exactOptional(),
    /** What its last answer says and is passed over: the first of it, by name. */
    notUnderstood: z.array(text).exactOptional(),
    notUnderstoodCount: count.exactOptional(),
  }),
  /** The last good set. */
  published: z.array(anyAddress),
  desired: z.array(anyAddress),
  leftOut: z.array(leftOut),
  /** The neighbors that the engine has; left out while the sessions cannot be read. */
  observed: z.array(anyAddress).exactOptional(),
});

const peerChangePlace = { group: addedLater(text), address: addedLater(anyAddress) };

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
  formatVersion: z.literal(2),
  agent: z.object({
    version: text,
    startedAt: timestamp,
    now: timestamp,
    pod: text,
    /** What the generator calls the pod's template; left out where it was not told. */
    podRevision: text.exactOptional(),
    address,
    routerId: address,
    /** Of the log; an operator may set it while the agent runs. */
    logLevel: addedLater(wordOf(logLevels)),
  }),
  settings,
  fleet: fleet.exactOptional(),
  engine,
  readiness: z.object({ isReady: z.boolean(), since: timestamp, reasons: z.array(readinessReason) }),
  /** Left out where nobody watches for them: `readiness.lostClientsSeconds` is 0. */
  lostClients: z.array(lostClient).exactOptional(),
  drain,
  /** Left out while it waits for nobody. */
  hold: hold.exactOptional(),
  /** How the last wait ended; left out: there was none. */
  lastHold: lastHold.exactOptional(),
  /** Left out where no turn was named to it, or before its first look. */
  turn: turn.exactOptional(),
  groups: z.array(meshGroup),
  sessions: toldSessions,
  evictions: z.array(eviction),
  pins: addedLater(z.array(pin)),
  /** Clients that the engine holds down, because they sent more routes than they may. */
  held: addedLater(z.array(heldClient)),
  /** The last change of the mesh's peers, and why. */
  lastPeerChange: z.object({ at: timestamp, changes: z.array(peerChange) }).exactOptional(),
});

/** What an agent of this version writes. */
export type AgentStatus = Json<z.input<typeof agentStatusSchema>>;
/** What a reader of an agent of any version has. */
export type SeenStatus = Omit<Json<z.output<typeof agentStatusSchema>>, 'formatVersion' | 'sessions'> & {
  /** Of what the agent wrote. */
  readonly formatVersion: 1 | 2;
  readonly sessions: SeenSessions;
};
export type {
  BgpSession,
  PassedOverNeighbor,
  SeenPassedOverNeighbor,
  SeenSession,
  SeenSessions,
  ToldSessions,
} from './told-sessions.ts';

/** A neighbor that is kept out for a time. Times are milliseconds of the agent's clock that never steps. */
export type Eviction = Omit<EvictionStatus, 'since' | 'until'> & { readonly since: number; readonly until: number };
export type EvictionStatus = Json<z.input<typeof eviction>>;
export type HeldStatus = Json<z.input<typeof heldClient>>;

export type DrainState = Json<z.input<typeof drain>>;
export type Doubt = Json<z.input<typeof doubt>>;
export type EngineChange = Json<z.input<typeof engineChange>>;
export type EngineStatus = Json<z.input<typeof engine>>;
export type FailureDescription = Json<z.input<typeof failure>>;
export type LostClientStatus = Json<z.input<typeof lostClient>>;
export type HoldStatus = Json<z.input<typeof hold>>;
export type TurnStatus = Json<z.input<typeof turn>>;
export type LastHoldStatus = Json<z.input<typeof lastHold>>;
export type PendingChangeStatus = Json<z.input<typeof pendingChange>>;
export type LeftOut = Json<z.input<typeof leftOut>>;
export type MeshGroupStatus = Json<z.input<typeof meshGroup>>;
export type PinStatus = Json<z.input<typeof pin>>;
export type PeerChange = Json<z.input<typeof peerChange>>;
export type ReadinessReason = Json<z.input<typeof readinessReason>>;
export type SettingsStatus = Json<z.input<typeof settings>>;

const statusOfVersion1 = agentStatusSchema.extend({ formatVersion: z.literal(1), sessions: listOfVersion1 });

/** Where it did not see what the engine has, an agent of version 1 told what the engine was given, or nothing. */
const unreadStatusOfVersion1 = statusOfVersion1.extend({
  engine: engine.omit({ unknownLines: true }),
  groups: z.array(meshGroup.omit({ observed: true })),
});

const anyVersion = z.looseObject({
  formatVersion: z.literal([1, 2], {
    error: ({ input }) => `this program reads 1 and 2, and not ${shown(String(input), 20)}`,
  }),
});

/**
 * Reads the answer of GET /status.
 * @throws zod's error, which names the keys that are not as they should be
 */
export function parseAgentStatus(value: unknown): SeenStatus {
  if (anyVersion.parse(value).formatVersion === 2) return agentStatusSchema.parse(value);
  const { sessions: list, ...status } = statusOfVersion1.parse(value);
  const sessions = sessionsOfVersion1(list, status.engine);
  return sessions.kind === 'read' ? { ...status, sessions } : { ...unreadStatusOfVersion1.parse(value), sessions };
}

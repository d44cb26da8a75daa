import {
  shown,
  type AgentStatus,
  type Engine,
  type EngineStatus,
  type Eviction,
  type MeshGroupStatus,
  type SettingsStatus,
  type ToldSessions,
} from '@meshrs/contract';
import type { Clock } from '../async/clock.ts';
import type { Drain } from '../drain/drain-machine.ts';
import { shownDrain } from '../drain/shown-drain.ts';
import type { ShownHold } from '../hold/hold-keeper.ts';
import { holdStatus, pendingStatus } from '../hold/shown-hold.ts';
import type { HeldSince } from '../engine/held-keeper.ts';
import type { WatchedClient } from '../engine/mesh-engine.ts';
import { evictionStatus, heldStatus, pinStatus } from '../engine/shown-guard.ts';
import type { LostNow } from '../readiness/lost-clients.ts';
import type { Readiness } from '../readiness/readiness.ts';
import type { EngineLinkState } from '../reconcile/engine-link.ts';
import type { GroupHealth } from '../reconcile/mesh-groups.ts';
import type { Observed } from '../reconcile/observer.ts';
import type { LastPeerChange } from '../reconcile/peer-log.ts';
import type { ReconcilerState } from '../reconcile/reconciler.ts';
import type { SettingsState } from '../settings/settings-in-force.ts';
import { turnStatus, type TurnSight } from '../turn/turn-watch.ts';
import { firstShown, shownReasons } from '../log/shown-lists.ts';

/** Everything that the status is made of. */
export interface StatusInputs {
  readonly agent: Omit<AgentStatus['agent'], 'startedAt' | 'now'> & { readonly startedAtMs: number };
  readonly clock: Clock;
  readonly settings: SettingsState;
  readonly fleet: AgentStatus['fleet'];
  readonly engine: Engine;
  readonly link: EngineLinkState;
  readonly reconciler: ReconcilerState;
  readonly lastPeerChange: LastPeerChange | undefined;
  readonly observed: Observed;
  readonly groups: readonly GroupHealth[];
  readonly readiness: Readiness;
  readonly lostClients: LostNow['clients'] | undefined;
  readonly drain: Drain;
  readonly hold: ShownHold;
  /** Undefined: it does not look at one, or has not yet. */
  readonly turn: TurnSight | undefined;
  readonly evictions: readonly Eviction[];
  readonly pins: readonly WatchedClient[];
  readonly held: readonly HeldSince[];
}

export function buildStatus(inputs: StatusInputs): AgentStatus {
  const { agent, clock, readiness, lastPeerChange } = inputs;
  const { startedAtMs, ...identity } = agent;
  const now = clock.monotonicMs();
  return {
    formatVersion: 2,
    agent: { ...identity, startedAt: timestamp(startedAtMs, clock), now: timestamp(now, clock) },
    settings: { ...settingsStatus(inputs.settings, clock), ...pendingStatus(inputs.hold, clock) },
    ...(inputs.fleet && { fleet: inputs.fleet }),
    engine: engineStatus(inputs),
    readiness: readinessStatus(readiness, clock),
    ...(inputs.lostClients && {
      lostClients: inputs.lostClients.map(({ address, sinceMs, phase }) => ({
        address,
        since: timestamp(sinceMs, clock),
        phase,
      })),
    }),
    drain: shownDrain(inputs.drain, clock),
    ...holdStatus(inputs.hold, clock),
    ...(inputs.turn && { turn: turnStatus(inputs.turn, clock) }),
    groups: inputs.groups.map((health) => groupStatus(health, inputs)),
    sessions: toldSessions(inputs),
    evictions: inputs.evictions.map((eviction) => evictionStatus(eviction, clock)),
    pins: inputs.pins.map((pin) => pinStatus(pin, clock)),
    held: inputs.held.map((client) => heldStatus(client, clock)),
    ...(lastPeerChange && {
      lastPeerChange: { at: timestamp(lastPeerChange.atMs, clock), changes: lastPeerChange.changes },
    }),
  };
}

/** An engine that was lost is not one that was never there: the link tells why it does not answer. */
function toldSessions({ observed, link }: StatusInputs): ToldSessions {
  if (observed.kind === 'unreadable') {
    return { kind: 'unreadable', failure: (link.isConnected ? undefined : link.failure) ?? observed.failure };
  }
  const { observation, ...known } = observed;
  return { ...known, list: observation.sessions, passedOver: observation.passedOver ?? [] };
}

export function readinessStatus({ isReady, sinceMs, reasons }: Readiness, clock: Clock): AgentStatus['readiness'] {
  return { isReady, since: timestamp(sinceMs, clock), reasons: shownReasons(reasons) };
}

/** A moment as /status tells it, ISO 8601 in UTC: "2026-11-22T13:15:13.000Z". */
function timestamp(atMonotonicMs: number, clock: Clock): string {
  return new Date(clock.wallMs(atMonotonicMs)).toISOString();
}

function settingsStatus(state: SettingsState, clock: Clock): SettingsStatus {
  const { file, revision, readAtMs, warnings, refused, failure } = state;
  return {
    file,
    revision,
    readAt: timestamp(readAtMs, clock),
    ...(warnings && { warnings }),
    ...(refused && {
      refused: {
        revision: refused.revision,
        at: timestamp(refused.atMs, clock),
        issues: refused.issues,
        issueCount: refused.issueCount,
      },
    }),
    ...(failure && { failure }),
  };
}

function engineStatus({ clock, engine, link, reconciler, observed, settings, hold }: StatusInputs): EngineStatus {
  const { lastApply, failure, appliedAtMs } = reconciler;
  const observation = observed.kind === 'read' ? observed.observation : undefined;
  const reason = failure ?? (link.isConnected ? undefined : link.failure);
  const isApplied =
    appliedAtMs !== undefined &&
    reason === undefined &&
    hold.pending.length === 0 &&
    lastApply?.revision === settings.revision &&
    observation?.outstanding.length === 0;
  return {
    kind: engine,
    isConnected: link.isConnected,
    since: timestamp(link.sinceMs, clock),
    forMs: Math.max(0, clock.monotonicMs() - link.sinceMs),
    ...(observation && { version: observation.version }),
    restartCount: link.restartCount,
    isApplied,
    ...(lastApply && {
      lastApply: {
        at: timestamp(lastApply.atMs, clock),
        settingsRevision: lastApply.revision,
        milliseconds: lastApply.applied.milliseconds,
        commandCount: lastApply.applied.commandCount,
        changes: firstShown(lastApply.applied.changes),
        changeCount: lastApply.applied.changes.length,
      },
    }),
    ...(reason && { failure: reason }),
    ...(observation && {
      unknownLines: firstShown(observation.unknownLines).map((line) => shown(line)),
      unknownLineCount: observation.unknownLines.length,
      notUnderstood: observation.notUnderstood,
      ...(observation.rangeNeighbors && { rangeNeighbors: observation.rangeNeighbors }),
    }),
  };
}

function groupStatus(health: GroupHealth, { clock, reconciler, observed }: StatusInputs): MeshGroupStatus {
  const { group, sourcetype, source, published, doubt, doubtSinceMs, lastLookMs, lastAnswerMs } = health;
  const desired = reconciler.desired.find(({ name }) => name === group);
  const observation = observed.kind === 'read' ? observed.observation : undefined;
  const neighbors = observation?.sessions.filter((session) => session.kind === 'mesh' && session.group === group);
  return {
    name: group,
    source: {
      kind: sourcetype,
      description: source,
      isHealthy: doubt === undefined && health.hasAnswered,
      ...(doubt && doubtSinceMs !== undefined && { doubt: { ...doubt, since: timestamp(doubtSinceMs, clock) } }),
      ...(lastLookMs !== undefined && { lastLookAt: timestamp(lastLookMs, clock) }),
      ...(lastAnswerMs !== undefined && { lastAnswerAt: timestamp(lastAnswerMs, clock) }),
      notUnderstood: health.notUnderstood ?? [],
      notUnderstoodCount: health.notUnderstoodCount ?? 0,
    },
    published,
    desired: desired?.peers ?? [],
    leftOut: desired?.leftOut ?? [],
    ...(neighbors && { observed: neighbors.map(({ address }) => address) }),
  };
}

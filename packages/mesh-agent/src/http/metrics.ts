import {
  doubtKinds,
  drainPhases,
  evictionReasons,
  holdOutcomes,
  holdPurposes,
  logLevels,
  pinStandings,
  lostClientPhases,
  removalReasons,
  sessionKinds,
  sessionStates,
  type AgentStatus,
  type HoldOutcome,
  type HoldPurpose,
  type InterlockState,
} from '@meshrs/contract';
import type { EngineFailureCode } from '../engine/engine-failure.ts';
import { listenerNames, refusals, type ListenerName, type Refusal } from './limits.ts';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { sessionMetrics } from './session-metrics.ts';

/** The agent's metrics; counters are counted as things happen, gauges are set from the status at each scrape. */
export interface AgentMetrics {
  readonly sourceLook: (group: string, result: string) => void;
  readonly peerChange: (group: string, kind: string, reason: string) => void;
  readonly applied: (milliseconds: number) => void;
  readonly engineFailure: (code: string) => void;
  readonly evicted: (reason: string) => void;
  readonly rangeCleared: (count: number) => void;
  readonly holdEnded: (purpose: HoldPurpose, outcome: HoldOutcome, clientCount: number) => void;
  readonly settingsRead: (result: (typeof settingsResults)[number]) => void;
  readonly httpRefused: (listener: ListenerName, reason: Refusal) => void;
  /** The text of GET /metrics. */
  readonly render: (status: AgentStatus, droppedLogLines: number) => Promise<string>;
  readonly contentType: string;
}

/** A new code is a type error here: each counts from 0, so that its first occurrence is a rise. */
const engineFailureCodes = {
  'engine-unreachable': true,
  'engine-lost': true,
  'engine-timeout': true,
  'command-rejected': true,
  'undo-rejected': true,
  'answer-not-understood': true,
  'answer-too-large': true,
  'answer-not-asked-for': true,
  'config-not-written': true,
  'intent-not-renderable': true,
  'events-not-available': true,
  aborted: true,
} satisfies Record<EngineFailureCode, true>;
const interlockFigures: Readonly<Record<InterlockState, number | undefined>> = {
  enforced: 1,
  absent: 0,
  unknown: undefined,
};
const settingsResults = ['taken', 'refused', 'not-readable'] as const;

/** Long: a declaration for each metric, and below where each is set. */
export function createMetrics(): AgentMetrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `meshrs_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `meshrs_${name}`, help, labelNames: [...labelNames], registers });

  const looks = counter('source_looks_total', 'Looks at the source of a mesh group, by what they were worth.', [
    'group',
    'result',
  ]);
  const peerChanges = counter('peer_changes_total', 'Neighbors added to and removed from mesh groups, by reason.', [
    'group',
    'kind',
    'reason',
  ]);
  const applySeconds = new Histogram({
    name: 'meshrs_engine_apply_seconds',
    help: 'How long the engine took for one change of its configuration.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1, 5],
    registers,
  });
  const engineFailures = counter('engine_failures_total', 'Operations that the engine refused.', ['code']);
  const evictions = counter('evictions_total', 'Sessions evicted because they broke the policy.', ['reason']);
  const rangeCleared = counter(
    'range_neighbors_cleared_total',
    'Connections from client ranges that became no session and were ended while places were scarce.',
    [],
  );
  const settingsReads = counter('settings_reads_total', 'Contents of the settings file, by what became of them.', [
    'result',
  ]);

  const holds = counter('holds_total', 'Waits for clients to have a session with another side, by how they ended.', [
    'for',
    'outcome',
  ]);
  const holdLeft = counter(
    'hold_clients_given_up_total',
    'Clients without a session with another side whose session was ended all the same.',
    [],
  );
  for (const purpose of holdPurposes) for (const outcome of holdOutcomes) holds.inc({ for: purpose, outcome }, 0);
  const httpRefused = counter('http_refused_total', 'Connections that the agent ended before their answer was read.', [
    'listener',
    'reason',
  ]);
  const logDropped = counter('log_dropped_total', 'Lines of the log that were dropped, because nobody took them.', []);
  // Counted here and told at a scrape: the library looks at labels for longer than a connection of a flood takes otherwise.
  const refused: Record<ListenerName, Partial<Record<Refusal, number>>> = { agent: {}, probes: {} };
  for (const code of [...Object.keys(engineFailureCodes), 'unexpected']) engineFailures.inc({ code }, 0);
  // Nobody is evicted any more for a maximum-prefix: the engine holds such a client down, which `clients_held` tells.
  for (const reason of evictionReasons) if (reason !== 'maximum-prefix-exceeded') evictions.inc({ reason }, 0);
  for (const result of settingsResults) settingsReads.inc({ result }, 0);

  const info = gauge('agent_info', 'Always 1; the labels say what runs.', [
    'version',
    'engine',
    'engine_version',
    'revision',
  ]);
  const ready = gauge('ready', 'Whether the route server is ready.', []);
  const lostClients = gauge('lost_clients', 'Clients that it had and that another side alone has, by how they count.', [
    'phase',
  ]);
  const drainPhase = gauge('drain_phase', 'Which phase of the drain is on.', ['phase']);
  const holding = gauge('holding', 'Whether sessions of clients are kept that a drain or settings would end.', ['for']);
  const holdMissing = gauge(
    'hold_missing_clients',
    'Clients without a session with another side that are waited for; no sample while nobody knows.',
    [],
  );
  const turnRead = gauge(
    'turn_read',
    'Whether the last look at the turn could read it; no sample of an agent that looks at none.',
    [],
  );
  const turnOpen = gauge(
    'turn_open',
    'Whether a side may change, by side ("all": every side); 0 while none may, and no sample while nobody knows.',
    ['side'],
  );
  const turnUntil = gauge('turn_until_timestamp_seconds', 'When the open turn ends at the latest.', []);
  const turnOverdue = gauge(
    'turn_overdue_seconds',
    'For how long the time of the open turn is over, by the clock of the API server.',
    [],
  );
  const interlock = gauge(
    'interlock_enforced',
    'Whether the API server keeps one side at a time; no sample while nobody knows.',
    [],
  );
  const settingsPending = gauge(
    'settings_pending',
    'Changes of the settings that wait because they would end sessions of clients.',
    [],
  );
  const settingsRefused = gauge(
    'settings_refused',
    'Whether the settings file is wrong, or cannot be read, and older settings are in force.',
    [],
  );
  const settingsWarnings = gauge(
    'settings_warnings',
    'Things that stand in the settings in force and may not be meant.',
    [],
  );
  const fleetRefused = gauge(
    'fleet_refused',
    'Whether fleet.yml is wrong, or cannot be read, and older router-ids, or any, are in force.',
    [],
  );
  const engineConnected = gauge('engine_connected', 'Whether the engine answers.', []);
  const engineRestarts = counter('engine_restarts_total', 'How often another process of the engine has answered.', []);
  const engineApplied = gauge('engine_applied', 'Whether the engine runs what it should.', []);
  const peers = gauge('mesh_peers', 'Peers of a mesh group: published by its source, desired, in the engine.', [
    'group',
    'set',
  ]);
  const doubt = gauge('source_doubt', 'Whether the last good set stands against what the source says now.', [
    'group',
    'kind',
  ]);
  const lastAnswer = gauge('source_last_answer_timestamp_seconds', 'When the source of a mesh group last answered.', [
    'group',
  ]);
  const sourceOdd = gauge(
    'source_not_understood',
    'Things that the source of a mesh group says and that are passed over.',
    ['group'],
  );
  const sessionsRead = gauge(
    'sessions_read',
    'Whether the sessions of the engine are known; while they are not, no figure of a session is told.',
    [],
  );
  const sessions = gauge('sessions', 'BGP sessions by kind and state.', ['kind', 'state']);
  const rangeNeighbors = gauge(
    'range_neighbors',
    'Neighbors that came from client ranges, by whether they have a session.',
    ['state'],
  );
  const rangeLimit = gauge(
    'range_neighbors_limit',
    'How many neighbors from client ranges the engine takes; further ones are refused.',
    [],
  );
  const evicted = gauge('evictions', 'Evictions in force.', []);
  const pins = gauge(
    'pins',
    'Range clients that the engine knows as neighbors, because it closed them again and again, by standing.',
    ['standing'],
  );
  const notUnderstood = gauge(
    'engine_not_understood',
    'Things that the engine says and the agent does not understand, or cannot hear.',
    [],
  );
  const unknownLines = gauge(
    'engine_unknown_lines',
    'Lines of the running configuration that the agent knows nothing of.',
    [],
  );
  const logLevel = gauge('log_level', 'Which level the log has.', ['level']);
  const held = gauge(
    'clients_held',
    'Clients, declared and pinned, that the engine holds down because they sent more routes than they may.',
    [],
  );
  const memory = new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory of the agent.', registers });
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time of the agent.',
    registers,
  });

  return {
    sourceLook: (group, result) => {
      looks.inc({ group, result });
    },
    peerChange: (group, kind, reason) => {
      peerChanges.inc({ group, kind, reason });
    },
    applied: (milliseconds) => {
      applySeconds.observe(milliseconds / 1000);
    },
    engineFailure: (code) => {
      engineFailures.inc({ code });
    },
    evicted: (reason) => {
      evictions.inc({ reason });
    },
    rangeCleared: (count) => {
      rangeCleared.inc(count);
    },
    holdEnded: (purpose, outcome, clientCount) => {
      holds.inc({ for: purpose, outcome });
      holdLeft.inc(clientCount);
    },
    settingsRead: (result) => {
      settingsReads.inc({ result });
    },
    httpRefused: (listener, reason) => {
      const ofListener = refused[listener];
      ofListener[reason] = (ofListener[reason] ?? 0) + 1;
    },
    contentType: registry.contentType,
    render: async (status, droppedLogLines) => {
      for (const each of [info, peers, doubt, lastAnswer, sessions, sourceOdd, httpRefused]) each.reset();
      for (const listener of listenerNames) {
        for (const reason of refusals) httpRefused.inc({ listener, reason }, refused[listener][reason] ?? 0);
      }
      const { agent, settings, engine } = status;
      info.set(
        {
          version: agent.version,
          engine: engine.kind,
          engine_version: engine.version ?? '',
          revision: settings.revision,
        },
        1,
      );
      ready.set(Number(status.readiness.isReady));
      for (const phase of lostClientPhases) lostClients.set({ phase }, 0);
      for (const { phase } of status.lostClients ?? []) lostClients.inc({ phase });
      for (const phase of drainPhases) drainPhase.set({ phase }, Number(status.drain.phase === phase));
      for (const purpose of holdPurposes) holding.set({ for: purpose }, Number(status.hold?.for.includes(purpose)));
      setKnown(holdMissing, status.hold ? status.hold.missing?.clientCount : 0);
      const { turn } = status;
      const isOpen = turn?.state === 'open';
      setKnown(turnRead, turn && Number(turn.state !== 'unreadable'));
      turnOpen.reset();
      if (isOpen) turnOpen.set({ side: turn.open }, 1);
      else if (turn?.state === 'closed') turnOpen.set(0);
      setKnown(turnUntil, isOpen ? Date.parse(turn.until) / 1000 : undefined);
      setKnown(turnOverdue, isOpen ? turn.overdueSeconds : undefined);
      setKnown(interlock, interlockFigures[turn?.interlock ?? 'unknown']);
      settingsPending.set(settings.pendingCount ?? 0);
      settingsRefused.set(Number((settings.refused ?? settings.failure) !== undefined));
      settingsWarnings.set(settings.warnings?.issueCount ?? 0);
      fleetRefused.set(Number(status.fleet?.failure !== undefined));
      engineConnected.set(Number(engine.isConnected));
      setCounter(engineRestarts, engine.restartCount);
      engineApplied.set(Number(engine.isApplied));
      setCounter(logDropped, droppedLogLines);
      for (const { name, published, desired, observed, source } of status.groups) {
        for (const [set, members] of Object.entries({ published, desired, ...(observed && { observed }) })) {
          peers.set({ group: name, set }, members.length);
        }
        for (const result of ['taken', ...doubtKinds]) looks.inc({ group: name, result }, 0);
        peerChanges.inc({ group: name, kind: 'add', reason: 'published' }, 0);
        for (const reason of removalReasons) peerChanges.inc({ group: name, kind: 'remove', reason }, 0);
        sourceOdd.set({ group: name }, source.notUnderstoodCount ?? 0);
        for (const kind of doubtKinds) doubt.set({ group: name, kind }, Number(source.doubt?.kind === kind));
        if (source.lastAnswerAt !== undefined) lastAnswer.set({ group: name }, Date.parse(source.lastAnswerAt) / 1000);
      }
      sessionsRead.set(Number(status.sessions.kind === 'read'));
      const known = status.sessions.kind === 'read' ? status.sessions.list : undefined;
      if (known) for (const kind of sessionKinds) for (const state of sessionStates) sessions.set({ kind, state }, 0);
      for (const { kind, state } of known ?? []) sessions.inc({ kind, state });
      const { rangeNeighbors: range } = engine;
      rangeNeighbors.reset();
      if (range) {
        rangeNeighbors.set({ state: 'established' }, range.established);
        rangeNeighbors.set({ state: 'other' }, range.count - range.established);
      }
      setKnown(rangeLimit, range?.limit);
      evicted.set(status.evictions.length);
      for (const standing of pinStandings) pins.set({ standing }, 0);
      for (const { standing } of status.pins) pins.inc({ standing });
      setKnown(notUnderstood, engine.notUnderstood?.length);
      setKnown(unknownLines, engine.unknownLineCount);
      for (const level of logLevels) logLevel.set({ level }, Number(agent.logLevel === level));
      held.set(status.held.length);
      memory.set(process.memoryUsage.rss());
      const { user, system } = process.cpuUsage();
      setCounter(cpu, (user + system) / 1e6);
      return `${await registry.metrics()}\n${known ? sessionMetrics(known) : ''}`;
    },
  };
}

/** What is not known has no sample: 0 would say that there is nothing. */
function setKnown(gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}

/** Somebody else counts: the counter has that number at each scrape. */
function setCounter(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}

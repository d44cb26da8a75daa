import type { PeersByGroup } from '@meshrs/mesh-plan';
import type { IpAddress } from '@meshrs/network';
import { ports, type Engine } from '@meshrs/route-server';
import { createDrainRunner, type DrainRunner } from './drain/drain-runner.ts';
import type { EngineObservation, MeshEngine } from './engine.ts';
import { AgentFailure, describeFailure, type FailureDescription } from './failure.ts';
import { createMetrics } from './http/metrics.ts';
import { startHttpServer } from './http/server.ts';
import { firstOf } from './log/first-of.ts';
import type { Log } from './log/log.ts';
import type { AgentPaths } from './paths.ts';
import { createClientWatch } from './readiness/client-watch.ts';
import {
  firstReadiness,
  forgetConvergence,
  isWaitingForClients,
  judgeReadiness,
  takeOverConvergence,
  type Readiness,
} from './readiness/readiness.ts';
import { startEngineLink } from './reconcile/engine-link.ts';
import { createGuardLoop } from './reconcile/guard-loop.ts';
import { createMeshGroups } from './reconcile/mesh-groups.ts';
import { createReconciler, type SettingsInForce } from './reconcile/reconciler.ts';
import { createSingleFlight } from './reconcile/single-flight.ts';
import { startRequestServer } from './requests/request-server.ts';
import { identifyPod } from './settings/pod-identity.ts';
import type { SettingsReading } from './settings/read-settings-file.ts';
import { watchSettings } from './settings/watch-settings.ts';
import { createSource } from './sources/create-source.ts';
import type { ApiClient } from './sources/kubernetes/api-client.ts';
import { createPause, hasAborted } from './sources/pause.ts';
import { buildStatus, timestamp } from './status/build-status.ts';
import type { AgentStatus, SettingsStatus } from './status/status.ts';

export interface SidecarOptions {
  readonly version: string;
  readonly paths: AgentPaths;
  readonly podName: string;
  readonly podRevision?: string;
  readonly podIp: IpAddress;
  /** Every address of this pod, `podIp` first. */
  readonly own: () => readonly IpAddress[];
  readonly namespace: string;
  readonly updateSeconds: number;
  /** The settings at the start; they are read again whenever their folder changes. */
  readonly start: SettingsInForce;
  readonly engine: MeshEngine;
  readonly apiClient: () => ApiClient;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
  readonly timing?: Partial<SidecarTiming>;
}

export interface SidecarTiming {
  /** How long after the first look that misses many peers the second one counts. */
  readonly secondLookMs: number;
  /** How often folders are looked at that give no notification. */
  readonly pollMs: number;
  /** How long after a change of sessions they are looked at, so that one look serves many changes. */
  readonly settleMs: number;
  /** How old what /status shows of the sessions may be. */
  readonly observationMs: number;
  /** How long after a failed first look at the engine the next one follows. */
  readonly retryMs: number;
  /** How often the other route servers are asked at most for the clients that are still to come back. */
  readonly clientsMs: number;
}

const defaultTiming: SidecarTiming = {
  secondLookMs: 5000,
  pollMs: 5000,
  settleMs: 50,
  observationMs: 1000,
  retryMs: 500,
  clientsMs: 1000,
};

export interface Sidecar {
  readonly drain: DrainRunner;
  status(): Promise<AgentStatus>;
  /** Ends everything; the engine goes on as it is. */
  stop(): Promise<void>;
}

/** What clients read in the Cease, and operators in their routers' logs (RFC 9003). */
const ceaseMessage = 'meshrs: this route server is drained; use the other side';

/**
 * Keeps the route server right until it is stopped. Resolves when the HTTP server and the request socket listen; the
 * engine may come later.
 * @throws AgentFailure when it cannot listen
 */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { engine, log, now, own, paths, podIp, podName, podRevision } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const stopping = new AbortController();
  const { signal } = stopping;
  const startedAtMs = now();
  const metrics = createMetrics();

  let inForce = options.start;
  let settingsStatus: SettingsStatus = {
    file: paths.settings,
    revision: inForce.revision,
    readAt: timestamp(startedAtMs),
  };
  let readiness = firstReadiness(startedAtMs);
  let observation: { readonly atMs: number; readonly value: EngineObservation } | undefined;
  let observing: Promise<EngineObservation | undefined> | undefined;
  let observeFailure = '';
  let seeded = false;
  const pause = createPause();

  const isConnected = () => link.state().isConnected;
  const hasConverged = () => readiness.hasConverged;
  const groups = createMeshGroups({
    startSource: (source) =>
      createSource(source, {
        podName,
        namespace: options.namespace,
        own,
        resolvConf: paths.resolvConf,
        updateSeconds: options.updateSeconds,
        apiClient: options.apiClient,
        random: options.random,
      }),
    own,
    log,
    now,
    secondLookMs: timing.secondLookMs,
    onChange: () => {
      if (seeded) reconciler.request();
    },
    onLook: metrics.sourceLook,
  });
  const reconciler = createReconciler({
    engine,
    groups,
    inForce: () => inForce,
    own,
    isConnected,
    log,
    now,
    random: options.random,
    signal,
    onApplied: (applied, changes) => {
      metrics.applied(applied.milliseconds);
      for (const { group, kind, reason } of changes) metrics.peerChange(group, kind, reason);
      observation = undefined;
      sessions.request();
    },
    onFailed: metrics.engineFailure,
  });
  const guard = createGuardLoop({
    engine,
    inForce: () => inForce,
    isConnected,
    log,
    now,
    signal,
    onResult: ({ evicted }) => {
      for (const { reason } of evicted) metrics.evicted(reason);
    },
    onFailed: metrics.engineFailure,
  });
  // Sessions come and go in bursts: one look after the burst has begun, and one more if it goes on.
  const sessions = createSingleFlight(async () => {
    await createPause().wait(timing.settleMs, signal);
    if (hasConverged() || !isConnected() || hasAborted(signal)) {
      updateReadiness();
      return;
    }
    await observe();
    updateReadiness();
    if (hasConverged()) return;
    if (isWaitingForClients(readiness)) clients.request();
    // End-of-RIB is no change of a session, and neighbors that cannot connect change all the time: look on, but not always.
    await createPause().wait(timing.settleMs * 10, signal);
    sessions.request();
  });
  const clients = createClientWatch({
    isWaiting: () => isConnected() && isWaitingForClients(readiness),
    routeServers: () => {
      const self = new Set(own());
      return [...new Set(groups.published().flatMap(({ published }) => published))].filter((each) => !self.has(each));
    },
    ownSessions: async () => (await observe())?.sessions,
    onLook: () => {
      const wasWaiting = readiness.reasons.some(({ kind }) => kind === 'clients-not-back');
      updateReadiness();
      const absent = clients.absent() ?? [];
      if (!wasWaiting && absent.length > 0) log.info('clients-awaited', firstOf('clients', absent));
    },
    everyMs: timing.clientsMs,
    signal,
  });
  const link = startEngineLink({
    engine,
    log,
    now,
    signal,
    onConnected: (isRestart) => {
      observation = undefined;
      if (isRestart) {
        reconciler.forgetApplied();
        readiness = forgetConvergence(readiness);
        clients.forget();
      }
      void meet();
    },
    onLost: () => {
      observation = undefined;
      updateReadiness();
    },
    onSessionsChanged: () => {
      observation = undefined;
      guard.request();
      sessions.request();
    },
  });
  const drain = createDrainRunner({
    engine,
    isEngineConnected: isConnected,
    paths,
    times: () => inForce.settings.drain,
    message: ceaseMessage,
    log,
    now,
    pollMs: timing.pollMs,
    signal,
    onChange: () => {
      updateReadiness();
    },
  });

  groups.configure(meshGroups(inForce));
  watchSettings(
    paths,
    { known: inForce.revision, pollMs: timing.pollMs, signal },
    { onReading: takeSettings, onFailure: keepSettings },
  );
  const housekeeping = setInterval(() => void keepRight(), Math.max(options.updateSeconds, 1) * 1000);
  const closeHttp = await startHttpServer({
    address: podIp,
    port: ports.agent,
    log,
    readiness: () => {
      updateReadiness();
      return { isReady: readiness.isReady, since: timestamp(readiness.sinceMs), reasons: readiness.reasons };
    },
    status,
    metrics: async () => ({ text: await metrics.render(await status()), contentType: metrics.contentType }),
  });
  log.info('http-listening', { address: podIp, port: ports.agent });
  await startRequestServer({ socket: paths.agentSocket, engine, log, signal });

  return {
    drain,
    status,
    stop: async () => {
      clearInterval(housekeeping);
      stopping.abort();
      groups.close();
      await closeHttp();
      await reconciler.idle();
      await engine.close();
    },
  };

  /** The engine answers: what it has is the last good set at first, and what the settings say is given to it. */
  async function meet(): Promise<void> {
    if (!seeded) await seed();
    if (!seeded) return;
    reconciler.request();
    guard.request();
  }

  /** Reads what the engine has; an engine that does not say is asked again, while it is connected. */
  async function seed(): Promise<void> {
    const seen = await observe();
    if (hasAborted(signal)) return;
    if (!seen) {
      await pause.wait(timing.retryMs, signal);
      // Lost again: the next meeting does it.
      if (isConnected() && !hasAborted(signal)) await seed();
      return;
    }
    const observed = meshPeers(seen);
    seeded = true;
    // An agent before this one has seen it converge; a peer that is down now must not make it unready. An engine that
    // starts with this agent may have a session by now, too: the first client that tried.
    const sinceStartMs = now() - startedAtMs;
    const isOlder = seen.sessions.some(
      ({ state, uptimeSeconds = 0 }) => state === 'established' && uptimeSeconds * 1000 > sinceStartMs,
    );
    if (isOlder) readiness = takeOverConvergence(readiness);
    reconciler.observe(observed);
    if (seen.drain !== 'none') drain.request('taken-over');
    groups.seed(observed);
  }

  /** What somebody else has changed in the engine is put right. */
  async function keepRight(): Promise<void> {
    if (!isConnected() || !seeded) return;
    const seen = await observe();
    updateReadiness();
    if (!seen || seen.outstanding.length === 0) return;
    log.warn('engine-drifted', { outstanding: seen.outstanding, unknownLines: seen.unknownLines });
    reconciler.request();
  }

  function takeSettings(reading: SettingsReading): void {
    const at = timestamp(now());
    if (!reading.ok) {
      const { revision, issues } = reading;
      settingsStatus = { ...withoutTrouble(settingsStatus), refused: { revision, at, issues } };
      metrics.settingsRead('refused');
      log.error('settings-refused', { revision, inForce: inForce.revision, issues });
      return;
    }
    try {
      refuseOtherEngine(reading.settings.engine, engine.engine);
      inForce = { ...reading, identity: identifyPod(reading.settings, podName) };
    } catch (thrown) {
      keepSettings(describeFailure(thrown));
      return;
    }
    settingsStatus = { file: paths.settings, revision: reading.revision, readAt: at };
    metrics.settingsRead('taken');
    log.info('settings-read', { revision: reading.revision });
    groups.configure(meshGroups(inForce));
    guard.request();
  }

  function keepSettings(failure: FailureDescription): void {
    settingsStatus = { ...withoutTrouble(settingsStatus), failure };
    metrics.settingsRead('not-readable');
    log.error('settings-not-readable', { failure, inForce: inForce.revision });
  }

  /** The engine's state, at most `observationMs` old; undefined while it does not answer. */
  function observe(): Promise<EngineObservation | undefined> {
    observing ??= observeNow().finally(() => {
      observing = undefined;
    });
    return observing;
  }

  async function observeNow(): Promise<EngineObservation | undefined> {
    try {
      const value = await engine.observe(signal);
      observation = { atMs: now(), value };
      observeFailure = '';
      return value;
    } catch (thrown) {
      observation = undefined;
      const failure = describeFailure(thrown);
      // The link tells that the engine is gone; anything else is worth a line, once.
      if (isConnected() && !signal.aborted && failure.message !== observeFailure)
        log.error('engine-failed', { failure });
      observeFailure = failure.message;
      return undefined;
    }
  }

  function updateReadiness(): void {
    const before: Readiness = readiness;
    const { appliedAtMs } = reconciler.state();
    readiness = judgeReadiness(
      before,
      {
        isEngineConnected: isConnected(),
        appliedAtMs,
        unknownGroups: groups
          .health()
          .filter(({ hasAnswered, published }) => !hasAnswered && published.length === 0)
          .map(({ group }) => group),
        unconvergedPeers: unconvergedPeers(observation?.value, reconciler.state().observed),
        absentClients: inForce.settings.readiness.waitsForClients ? clients.absent() : [],
        isDrained: drain.isUnready(),
      },
      now(),
    );
    if (readiness.hasConverged && !before.hasConverged) {
      const absent = clients.absent() ?? [];
      if (absent.length > 0) log.warn('clients-not-back', firstOf('clients', absent));
      clients.forget();
    }
    if (readiness.isReady === before.isReady) return;
    if (readiness.isReady) log.info('ready');
    else log.warn('unready', { reasons: readiness.reasons });
  }

  async function status(): Promise<AgentStatus> {
    const isFresh = observation !== undefined && now() - observation.atMs < timing.observationMs;
    const seen = isFresh ? observation?.value : isConnected() ? await observe() : undefined;
    updateReadiness();
    return buildStatus({
      agent: {
        version: options.version,
        startedAtMs,
        pod: podName,
        ...(podRevision !== undefined && { podRevision }),
        address: podIp,
        routerId: inForce.identity.routerId,
      },
      nowMs: now(),
      settings: settingsStatus,
      engine: engine.engine,
      link: link.state(),
      reconciler: reconciler.state(),
      observation: seen,
      groups: groups.health(),
      readiness,
      drain: drain.state(),
      evictions: engine.evictions(),
    });
  }
}

/** The engine is another container, with another configuration: only a new pod has it. */
function refuseOtherEngine(wanted: Engine, running: Engine): void {
  if (wanted === running) return;
  throw new AgentFailure(
    `The settings say "engine: ${wanted}", and this pod runs ${running}. Another engine takes a new pod: change the StatefulSet with the settings.`,
    { code: 'engine-not-supported', operation: 'take the settings', retryable: false },
  );
}

function meshGroups({ settings }: SettingsInForce) {
  return settings.bgpgroups.filter((group) => group.type === 'mesh');
}

/** The mesh neighbors that the engine has, by group. */
function meshPeers(observation: EngineObservation): PeersByGroup {
  const peers: Record<string, IpAddress[]> = {};
  for (const { kind, group, address } of observation.sessions) {
    if (kind === 'mesh' && group !== undefined) (peers[group] ??= []).push(address);
  }
  return peers;
}

function unconvergedPeers(observation: EngineObservation | undefined, peers: PeersByGroup): readonly string[] {
  const sessions = new Map(observation?.sessions.map((session) => [session.address, session]));
  return Object.values(peers)
    .flat()
    .filter((address) => {
      const session = sessions.get(address);
      return session?.state !== 'established' || !session.endOfRib.received;
    });
}

function withoutTrouble({ file, revision, readAt }: SettingsStatus): SettingsStatus {
  return { file, revision, readAt };
}

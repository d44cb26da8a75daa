import type { PeersByGroup } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import { ports, type AgentStatus } from '@meshrs/contract';
import { createDrainRunner, type DrainRunner } from './drain/drain-runner.ts';
import type { EngineObservation, MeshEngine } from './engine.ts';
import { createMetrics } from './http/metrics.ts';
import { startHttpServer } from './http/server.ts';
import type { Log } from './log/log.ts';
import type { AgentPaths } from './paths.ts';
import { createReadinessWatch } from './readiness/readiness-watch.ts';
import { startEngineLink } from './reconcile/engine-link.ts';
import { createGuardLoop } from './reconcile/guard-loop.ts';
import { createMeshGroups } from './reconcile/mesh-groups.ts';
import { createObserver } from './reconcile/observer.ts';
import { createReconciler } from './reconcile/reconciler.ts';
import { startRequestServer } from './requests/request-server.ts';
import { createSettingsKeeper, type SettingsInForce } from './settings/settings-in-force.ts';
import { watchSettings } from './settings/watch-settings.ts';
import { createSource } from './sources/create-source.ts';
import type { ApiClient } from './sources/kubernetes/api-client.ts';
import { createPause, hasAborted } from './sources/pause.ts';
import { buildStatus, readinessStatus } from './status/build-status.ts';

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
  /** How long the first apply waits at the most for the first answers of the sources. */
  readonly answersMs: number;
  /** How long HTTP and requests wait at the most for the engine to have its peers. */
  readonly listenMs: number;
}

const defaultTiming: SidecarTiming = {
  secondLookMs: 5000,
  pollMs: 5000,
  settleMs: 50,
  observationMs: 1000,
  retryMs: 500,
  clientsMs: 1000,
  answersMs: 250,
  listenMs: 500,
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
 * Keeps the route server right until it is stopped. Resolves when the HTTP server and the request socket listen, which is
 * when the engine has its peers, or half a second later: the engine may come at any time.
 * @throws AgentFailure when it cannot listen
 */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { engine, log, now, own, paths, podIp, podName, podRevision } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const stopping = new AbortController();
  const { signal } = stopping;
  const startedAtMs = now();
  const metrics = createMetrics();

  let seeded = false;
  const pause = createPause();
  const firstAnswers = createPause();
  const firstApply = createPause();

  const isConnected = () => link.state().isConnected;
  const settings = createSettingsKeeper({
    start: options.start,
    file: paths.settings,
    engine: engine.engine,
    log,
    now,
    onTaken: () => {
      groups.configure(meshGroups());
      guard.request();
    },
    onRead: metrics.settingsRead,
  });
  const { inForce } = settings;
  const observer = createObserver({ engine, isConnected, log, now, signal });
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
      else if (haveAnswered()) firstAnswers.wake();
    },
    onLook: metrics.sourceLook,
  });
  const reconciler = createReconciler({
    engine,
    groups,
    inForce,
    own,
    isConnected,
    log,
    now,
    random: options.random,
    signal,
    onApplied: (applied, changes) => {
      firstApply.wake();
      metrics.applied(applied.milliseconds);
      for (const { group, kind, reason } of changes) metrics.peerChange(group, kind, reason);
      observer.forget();
      readiness.request();
    },
    onFailed: metrics.engineFailure,
  });
  const guard = createGuardLoop({
    engine,
    inForce,
    isConnected,
    log,
    now,
    signal,
    onResult: ({ evicted }) => {
      for (const { reason } of evicted) metrics.evicted(reason);
    },
    onFailed: metrics.engineFailure,
  });
  const readiness = createReadinessWatch({
    observer,
    isConnected,
    reconciler: () => reconciler.state(),
    groups: () => groups.health(),
    own,
    waitsForClients: () => inForce().settings.readiness.waitsForClients,
    isDrained: () => drain.isUnready(),
    log,
    now,
    settleMs: timing.settleMs,
    clientsMs: timing.clientsMs,
    signal,
  });
  const link = startEngineLink({
    engine,
    log,
    now,
    signal,
    onConnected: (isRestart) => {
      observer.forget();
      if (isRestart) {
        reconciler.forgetApplied();
        readiness.forget();
      }
      void meet();
    },
    onLost: () => {
      observer.forget();
      readiness.update();
    },
    onSessionsChanged: () => {
      observer.forget();
      guard.request();
      readiness.request();
    },
  });
  const drain = createDrainRunner({
    engine,
    isEngineConnected: isConnected,
    paths,
    times: () => inForce().settings.drain,
    message: ceaseMessage,
    log,
    now,
    pollMs: timing.pollMs,
    signal,
    onChange: readiness.update,
  });

  groups.configure(meshGroups());
  watchSettings(
    paths,
    { known: inForce().revision, pollMs: timing.pollMs, signal },
    { onReading: settings.take, onFailure: settings.keep },
  );
  const housekeeping = setInterval(() => void keepRight(), Math.max(options.updateSeconds, 1) * 1000);
  // The mesh first: to listen takes a tenth of a start, and no probe comes that early.
  await firstApply.wait(timing.listenMs, signal);
  const closeHttp = await startHttpServer({
    address: podIp,
    port: ports.agent,
    log,
    readiness: () => {
      readiness.update();
      return readinessStatus(readiness.state());
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
    const seen = await observer.look();
    if (hasAborted(signal)) return;
    if (!seen) {
      await pause.wait(timing.retryMs, signal);
      // Lost again: the next meeting does it.
      if (isConnected() && !hasAborted(signal)) await seed();
      return;
    }
    const observed = meshPeers(seen);
    // An agent before this one has seen it converge; a peer that is down now must not make it unready. An engine that
    // starts with this agent may have a session by now, too: the first client that tried.
    const sinceStartMs = now() - startedAtMs;
    const isOlder = seen.sessions.some(
      ({ state, uptimeSeconds = 0 }) => state === 'established' && uptimeSeconds * 1000 > sinceStartMs,
    );
    if (isOlder) readiness.takeOver();
    reconciler.observe(observed);
    if (seen.drain !== 'none') drain.request('taken-over');
    groups.seed(observed);
    // Engine and sources were asked at the same time: one apply serves both answers, unless a source is slow.
    if (!haveAnswered()) await firstAnswers.wait(timing.answersMs, signal);
    seeded = true;
  }

  function haveAnswered(): boolean {
    return groups.health().every(({ hasAnswered }) => hasAnswered);
  }

  /** What somebody else has changed in the engine is put right. */
  async function keepRight(): Promise<void> {
    if (!isConnected() || !seeded) return;
    const seen = await observer.look();
    readiness.update();
    if (!seen || seen.outstanding.length === 0) return;
    log.warn('engine-drifted', { outstanding: seen.outstanding, unknownLines: seen.unknownLines });
    reconciler.request();
  }

  function meshGroups() {
    return inForce().settings.bgpgroups.filter((group) => group.type === 'mesh');
  }

  async function status(): Promise<AgentStatus> {
    const observation = await observer.lookUnlessYounger(timing.observationMs);
    readiness.update();
    return buildStatus({
      agent: {
        version: options.version,
        startedAtMs,
        pod: podName,
        ...(podRevision !== undefined && { podRevision }),
        address: podIp,
        routerId: inForce().identity.routerId,
      },
      nowMs: now(),
      settings: settings.status(),
      engine: engine.engine,
      link: link.state(),
      reconciler: reconciler.state(),
      observation,
      groups: groups.health(),
      readiness: readiness.state(),
      drain: drain.state(),
      evictions: engine.evictions(),
    });
  }
}

/** The mesh neighbors that the engine has, by group. */
function meshPeers(observation: EngineObservation): PeersByGroup {
  const peers: Record<string, IpAddress[]> = {};
  for (const { kind, group, address } of observation.sessions) {
    if (kind === 'mesh' && group !== undefined) (peers[group] ??= []).push(address);
  }
  return peers;
}

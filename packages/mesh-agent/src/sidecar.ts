import { ports, type AgentStatus, type SettingsRules } from '@meshrs/contract';
import { createPause } from './async/pause.ts';
import type { DrainRunner } from './drain/drain-runner.ts';
import { toldPins } from './engine/shown-guard.ts';
import { createMetrics } from './http/metrics.ts';
import { startHttpServer } from './http/server.ts';
import { insideAddress } from './own-addresses.ts';
import { startDriftWatch } from './reconcile/drift-watch.ts';
import { createOperatorRequests, type OperatorSources } from './requests/operator-requests.ts';
import { hearRequests } from './requests/hear-requests.ts';
import { readFleetFile } from './settings/read-fleet-file.ts';
import { watchSettings } from './settings/watch-settings.ts';
import { defaultTiming, type SidecarOptions } from './sidecar-options.ts';
import { connectParts, type SidecarParts } from './sidecar-parts.ts';
import { buildStatus, readinessStatus, type StatusInputs } from './status/build-status.ts';

export interface Sidecar {
  readonly drain: DrainRunner;
  /** Whether the engine answers now. */
  isEngineConnected(): boolean;
  status(): Promise<AgentStatus>;
  /** Ends everything; the engine goes on as it is. */
  stop(): Promise<void>;
}

/**
 * Keeps the route server right until it is stopped. Resolves when the HTTP server and the request socket listen, which is
 * when the engine has its peers, or half a second later: the engine may come at any time.
 * @throws AgentFailure when it cannot listen
 */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { clock, engine, log, paths, podIp: address } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const stopping = new AbortController();
  const { signal } = stopping;
  const startedAtMs = clock.monotonicMs();
  const metrics = createMetrics();
  const firstApply = createPause();
  const parts = connectParts(options, {
    timing,
    fleet: await readFleetFile(paths),
    metrics,
    signal,
    onApplied: firstApply.wake,
  });
  const { settings, groups, reconciler, readiness, observer, drain } = parts;

  watchSettings(
    paths,
    { known: settings.inForce().revision, pollMs: timing.pollMs, signal, rules: rulesOf(options) },
    { onReading: settings.take, onFailure: settings.keep, onReadable: settings.keepReadable },
  );
  startDriftWatch({
    observer,
    isWatching: () => parts.link.state().isConnected && parts.meeting.hasMet(),
    everyMs: Math.max(options.updateSeconds, 1) * 1000,
    log,
    signal,
    onLook: readiness.update,
    onOutstanding: reconciler.request,
  });
  // The mesh first: to listen takes a tenth of a start, and no probe comes that early.
  await firstApply.wait(timing.listenMs, signal);
  const closeHttp = await startHttpServer({
    ...options,
    address,
    inside: insideAddress(address),
    readiness: () => readinessStatus(readiness.state(), clock),
    updateReadiness: readiness.update,
    ...{ status, away: parts.away, metrics },
    changes: () => observer.changes(),
  });
  log.info('http-listening', { address, port: ports.agent, probes: ports.probes });
  const operator = operatorRequests({ ...options, ...parts, status, signal });
  await hearRequests({ socket: paths.agentSocket, engine, operator, clock, log, signal });

  return {
    drain,
    isEngineConnected: () => parts.link.state().isConnected,
    status,
    stop: async () => {
      stopping.abort();
      groups.close();
      await closeHttp();
      await reconciler.idle();
      await engine.close();
    },
  };

  async function status(): Promise<AgentStatus> {
    const observed = await observer.read({ youngerThanMs: timing.observationMs, patienceMs: timing.patienceMs });
    readiness.update();
    return buildStatus({
      agent: agentFacts(options, { startedAtMs, address, routerId: settings.inForce().identity.routerId }),
      clock,
      settings: settings.state(),
      fleet: parts.fleet.state(),
      engine: engine.engine,
      link: parts.link.state(),
      reconciler: reconciler.state(),
      lastPeerChange: parts.peerLog.last(),
      observed,
      groups: groups.health(),
      readiness: readiness.state(),
      lostClients: readiness.lostClients(),
      drain: drain.state(),
      hold: parts.hold.shown(),
      turn: options.turn?.(),
      evictions: engine.evictions(),
      pins: toldPins(engine.pins()),
      held: engine.held(),
    });
  }
}

type OperatorParts = Omit<OperatorSources, 'drainNow'> & Pick<SidecarParts, 'drain' | 'link' | 'meeting' | 'observer'>;

function operatorRequests(parts: OperatorParts) {
  const { drain, link, meeting, observer, status } = parts;
  return createOperatorRequests({
    ...parts,
    // It serves when the engine itself shows no drain: what was read before is read again where it is old.
    drainNow: async () => {
      await status();
      const { phase } = drain.state();
      const hasMet = link.state().isConnected && meeting.hasMet();
      return { phase, isServing: phase === 'serving' && hasMet && observer.last()?.drain === 'none' };
    },
  });
}

/** Who answers. */
function agentFacts(
  { version, podName: pod, podRevision, log }: SidecarOptions,
  rest: Pick<StatusInputs['agent'], 'startedAtMs' | 'address' | 'routerId'>,
): StatusInputs['agent'] {
  return { version, pod, ...(podRevision !== undefined && { podRevision }), ...rest, logLevel: log.level() };
}

/** What is right for another pod, or for another engine, is wrong here. */
function rulesOf({ engine, isPossiblePeer, own, start }: SidecarOptions): SettingsRules {
  const pod = { name: start.identity.name, engines: [engine.engine], addresses: own() };
  return { pod, ...(isPossiblePeer && { isPossiblePeer }) };
}

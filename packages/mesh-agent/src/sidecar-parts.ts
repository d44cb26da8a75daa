import { ceaseMessage, type AwayClient, type RouteServerSettings } from '@meshrs/contract';
import { noPeerRule } from '@meshrs/mesh';
import { isPossiblePeer } from '@meshrs/network';
import { createPause } from './async/pause.ts';
import { createSingleFlight } from './async/single-flight.ts';
import type { Drain } from './drain/drain-machine.ts';
import { createDrainRunner, type DrainRunner } from './drain/drain-runner.ts';
import type { AgentMetrics } from './http/metrics.ts';
import { createHoldKeeper, type HoldKeeper } from './hold/hold-keeper.ts';
import { createAwayClients } from './readiness/away-clients.ts';
import { fromKeptClients, toKeptClients } from './readiness/clients-record.ts';
import { createReadinessWatch, otherRouteServers, type ReadinessWatch } from './readiness/readiness-watch.ts';
import { takenClients } from './readiness/taken-clients.ts';
import { startEngineLink, type EngineLink } from './reconcile/engine-link.ts';
import { createFirstMeeting, type FirstMeeting } from './reconcile/first-meeting.ts';
import { createGuardLoop } from './reconcile/guard-loop.ts';
import { guardPolicy } from './reconcile/guard-policy.ts';
import { createKnownClients } from './reconcile/known-clients.ts';
import { createMeshGroups, type MeshGroups } from './reconcile/mesh-groups.ts';
import { createObserver, type Observer } from './reconcile/observer.ts';
import { createPeerLog, type PeerLog } from './reconcile/peer-log.ts';
import { createReconciler, type Reconciler } from './reconcile/reconciler.ts';
import { createSettingsCopy } from './settings/kept-settings.ts';
import { createFleetKeeper, type FleetKeeper } from './settings/fleet-keeper.ts';
import type { FleetReading } from './settings/read-fleet-file.ts';
import { watchFleet } from './settings/watch-fleet.ts';
import { createSettingsKeeper, type SettingsKeeper } from './settings/settings-in-force.ts';
import type { SidecarOptions, SidecarTiming } from './sidecar-options.ts';
import { createStateKeeper } from './state/state-keeper.ts';
import { createSource } from './sources/create-source.ts';

/** What a sidecar is made of. */
export interface SidecarParts {
  readonly settings: SettingsKeeper;
  readonly fleet: FleetKeeper;
  readonly observer: Observer;
  readonly groups: MeshGroups;
  readonly reconciler: Reconciler;
  readonly peerLog: PeerLog;
  readonly readiness: ReadinessWatch;
  readonly meeting: FirstMeeting;
  readonly link: EngineLink;
  readonly drain: DrainRunner;
  readonly hold: HoldKeeper;
  /** Whose sessions have ended a short time ago. */
  readonly away: () => readonly AwayClient[];
}

const serving: Drain = { phase: 'serving' };

/** Between two looks for who has gone: a session that lasted for less was no client's last one. */
const goneGapMs = 500;

/** Of several route servers behind one VIP none is unready because of clients: it would lose those that it has. */
function lostClientsMs({ readiness }: RouteServerSettings): number {
  return readiness.waitsForClients ? readiness.lostClientsSeconds * 1000 : 0;
}

/**
 * Makes the parts and says, for each thing that happens in one of them, which others are told; nothing is decided here.
 *
 * Long: they know one another in all directions, and in one function each may name one that comes after it.
 */
export function connectParts(
  options: SidecarOptions,
  by: {
    readonly timing: SidecarTiming;
    readonly fleet: FleetReading;
    readonly metrics: AgentMetrics;
    readonly signal: AbortSignal;
    readonly onApplied: () => void;
  },
): SidecarParts {
  const { timing, metrics, signal } = by;
  const { clock, engine, log, own, paths } = options;
  const now = clock.monotonicMs;
  let hasRemembered = false;
  const isConnected = () => link.state().isConnected;
  const state = createStateKeeper({ file: paths.agentState, bootId: options.bootId, clock, log });

  const noPeerRuleOf = ({ bgpgroups }: RouteServerSettings) =>
    noPeerRule(
      bgpgroups.filter((group) => group.type === 'subtractive'),
      {
        isPossiblePeer: options.isPossiblePeer ?? isPossiblePeer,
        own: own()[0],
        isClient: (address) => knownClients.has(address),
      },
    );
  let whyNoPeer = noPeerRuleOf(options.start.settings);

  const copy = createSettingsCopy(paths.keptSettings, log);
  copy.keep(options.start);
  const settings = createSettingsKeeper({
    start: options.start,
    file: paths.settings,
    log,
    now,
    onTaken: () => {
      whyNoPeer = noPeerRuleOf(inForce().settings);
      copy.keep(inForce());
      groups.configure(meshGroups());
      guard.request();
      hold.update();
    },
    onRead: metrics.settingsRead,
  });
  const { inForce } = settings;
  const fleet = createFleetKeeper({
    start: by.fleet,
    kept: state.left()?.fleet,
    log,
    clock,
    onTaken: () => {
      state.keep({ fleet: fleet.keep() });
      guard.request();
    },
  });
  watchFleet(paths, { pollMs: timing.pollMs, signal }, fleet.take);
  const meshGroups = () => inForce().settings.bgpgroups.filter((group) => group.type === 'mesh');
  const policy = () => guardPolicy(fleet.routerIds(inForce().settings));
  const world = { engine, inForce, policy, isConnected, own, log, clock, now, random: options.random, signal };
  const awayClients = createAwayClients({
    returnMs: timing.returnMs,
    onChange: (kept) => {
      state.keep({ away: kept });
    },
    now,
  });
  const knownClients = createKnownClients({ pins: () => engine.pins(), wasHere: awayClients.has, now });
  const away = () => awayClients.list(takenClients(inForce().settings));
  const observer = createObserver({
    ...world,
    onSeen: ({ sessions }) => {
      // What is kept after the end is the next agent's.
      if (!signal.aborted) awayClients.look(sessions);
      knownClients.look(sessions);
    },
  });
  const goneLook = createSingleFlight(async () => {
    await createPause().wait(timing.settleMs, signal);
    if (signal.aborted || !isConnected()) return;
    await observer.look();
    await createPause().wait(goneGapMs, signal);
  });
  const groups = createMeshGroups({
    ...world,
    startSource: (source) => createSource(source, { ...options, resolvConf: paths.resolvConf }),
    whyNoPeer: (address, source) => whyNoPeer(address, source),
    configured: () => reconciler.state().observed,
    secondLookMs: timing.secondLookMs,
    onChange: () => {
      if (meeting.hasMet()) reconciler.request();
      else meeting.answered();
    },
    onLook: (group, result) => {
      metrics.sourceLook(group, result);
      log.debug('source-looked', { group, result });
    },
  });
  const reconciler = createReconciler({
    ...world,
    groups,
    withholding: {
      begin: () => {
        hold.begin();
      },
      mayEnd: (change) => hold.mayEnd(change),
      onDecided: (pending) => {
        hold.onDecided(pending);
      },
      onEnd: () => {
        hold.onEnd();
      },
    },
    onApplied: ({ milliseconds, commandCount }) => {
      by.onApplied();
      metrics.applied(milliseconds);
      log.debug('engine-applied', { milliseconds, commandCount });
      observer.forget();
      readiness.request();
      // It tells whose eviction has ended by that, and sees who may not stay now.
      guard.request();
    },
    onFailed: metrics.engineFailure,
    firstApplied: (atMs) => {
      const firstMs = state.record()?.firstAppliedMs ?? atMs;
      state.keep({ firstAppliedMs: firstMs });
      return firstMs;
    },
  });
  const peerLog = createPeerLog({
    ...world,
    reconciler: () => reconciler.state(),
    onChange: ({ group, kind, reason }) => {
      metrics.peerChange(group, kind, reason);
    },
  });
  const guard = createGuardLoop({
    ...world,
    onResult: ({ evicted, hasRoomAgain, range }) => {
      metrics.rangeCleared(range?.cleared.length ?? 0);
      for (const { reason } of evicted) metrics.evicted(reason);
      keepEvictions();
      if (hasRoomAgain) reconciler.request();
    },
    onFailed: metrics.engineFailure,
  });
  const readiness = createReadinessWatch({
    ...world,
    observer,
    reconciler: () => reconciler.state(),
    groups: () => groups.health(),
    waitsForClients: () => inForce().settings.readiness.waitsForClients,
    lostClientsMs: () => lostClientsMs(inForce().settings),
    lostHoldMs: timing.lostHoldMs,
    meshWaitMs: timing.meshWaitMs,
    takesClient: () => takenClients(inForce().settings),
    onClients: (record) => {
      state.keep({ clients: toKeptClients(record) });
    },
    drain: () => drain.unready(),
    onConverged: () => {
      state.keep({ hasConverged: true });
    },
    settleMs: timing.settleMs,
    clientsMs: timing.clientsMs,
  });
  const drain = createDrainRunner({
    ...world,
    paths,
    plan: () => ({
      ...inForce().settings.drain,
      ...holdOf(drain.state()),
      isUnreadyAtOnce: inForce().settings.readiness.waitsForClients,
      askMs: timing.askMs,
      seenMs: timing.unreadySeenMs,
    }),
    whyRefused: () => hold.refusal(),
    wallStepMs: () => state.wallStepMs(),
    onLetIn: () => {
      state.keep({ hasConverged: false, firstAppliedMs: now() });
      readiness.awaitClients();
    },
    message: ceaseMessage,
    pollMs: timing.pollMs,
    keep: (next) => {
      state.keep({ drain: next });
    },
    onChange: () => {
      hold.update();
      readiness.update();
      // Nobody was looked for while it was drained.
      readiness.request();
    },
  });
  const holdOf = (state: Drain) =>
    'request' in state ? { holdSeconds: hold.drainHoldMs(state.request.atMs) / 1000 } : {};
  const hold = createHoldKeeper({
    ...world,
    holdMs: () => inForce().settings.drain.holdSeconds * 1000,
    drain: () => drain.state(),
    places: () => {
      const { settings: own, identity } = inForce();
      const revision = fleet.state()?.revision;
      return { self: identity.routerId, settings: own, fleet: fleet.known(), revision, former: fleet.former() };
    },
    routeServers: () => otherRouteServers({ own, groups: () => groups.health() }),
    look: () => observer.look(),
    away,
    seenMs: () => timing.unreadySeenMs,
    acceptDrain: (takes) => {
      drain.accept(takes);
    },
    renewTakes: (takes) => {
      drain.renewTakes(takes);
    },
    refuseDrain: () => {
      drain.refuse();
    },
    releaseDrain: () => {
      drain.release();
    },
    giveUpDrain: () => {
      drain.giveUp();
    },
    applySettings: reconciler.request,
    onEnded: metrics.holdEnded,
    before: state.left()?.hold,
    onKept: (kept) => {
      state.keep({ hold: kept });
    },
    everyMs: timing.clientsMs,
  });
  const meeting = createFirstMeeting({
    ...world,
    observer,
    groups,
    reconciler,
    drain,
    retryMs: timing.retryMs,
    answersMs: timing.answersMs,
  });
  // With each change, and not with the next look alone: who is let in by a command stays let in.
  const unsubscribe = engine.subscribe(({ kind }) => {
    if (kind === 'changed') keepEvictions();
  });
  signal.addEventListener('abort', unsubscribe, { once: true });
  // Last: an engine that answers at once is met at once.
  const link = startEngineLink({
    ...world,
    meet: (life) => {
      const how = state.meet(life);
      return { how, restartCount: state.record()?.restartCount ?? 0 };
    },
    onConnected: (how, startedWallMs) => {
      observer.forget();
      const { hasConverged = false, drain: left = serving, clients, away: kept } = state.record() ?? {};
      if (kept) awayClients.restore(kept);
      state.keep({ fleet: fleet.keep(), hold: hold.kept() });
      if (how === 'new') {
        reconciler.forgetApplied();
        readiness.forget();
      } else if (hasConverged) readiness.takeOver(clients && fromKeptClients(clients));
      drain.meet(how, left, startedWallMs);
      remember();
      void meet();
    },
    onLost: () => {
      observer.forget();
      readiness.update();
    },
    onSessionsChanged: () => {
      log.debug('sessions-changed');
      observer.forget();
      hold.sessionsChanged();
      guard.request();
      readiness.request();
      goneLook.request();
    },
  });
  groups.configure(meshGroups());
  return { settings, fleet, observer, groups, reconciler, peerLog, readiness, meeting, link, drain, hold, away };

  function keepEvictions(): void {
    if (hasRemembered) state.keep({ evictions: engine.guardRecord() });
  }

  /** Once: later the engine knows more than the record. */
  function remember(): void {
    if (hasRemembered) return;
    hasRemembered = true;
    if (engine.restoreGuardRecord(state.record()?.evictions ?? [])) return;
    log.warn('state-not-taken', { file: paths.agentState, why: 'Its evictions are none that this agent writes.' });
  }

  /** The engine answers: it is given what the settings say. */
  async function meet(): Promise<void> {
    if (!(await meeting.meet())) return;
    reconciler.request();
    guard.request();
  }
}

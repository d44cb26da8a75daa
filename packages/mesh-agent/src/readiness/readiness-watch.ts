import type { PeersByGroup } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import type { EngineObservation } from '../engine/mesh-engine.ts';
import { firstOf } from '../log/first-of.ts';
import type { Log } from '../log/log.ts';
import type { GroupHealth } from '../reconcile/mesh-groups.ts';
import type { Observer } from '../reconcile/observer.ts';
import type { ReconcilerState } from '../reconcile/reconciler.ts';
import { createSingleFlight } from '../async/single-flight.ts';
import { createPause, hasAborted } from '../async/pause.ts';
import { shownReasons } from '../log/shown-lists.ts';
import { createClientWatch, type ClientWatch } from './client-watch.ts';
import type { ClientsRecord, LostNow } from './lost-clients.ts';
import { createLostClientsWatch, type LostClientsWatch } from './lost-clients-watch.ts';
import {
  awaitClients,
  firstReadiness,
  forgetConvergence,
  isWaitingForClients,
  decideReadiness,
  takeOverConvergence,
  type Readiness,
  type ReadinessFacts,
} from './readiness.ts';

export interface ReadinessWatchOptions {
  readonly observer: Observer;
  readonly isConnected: () => boolean;
  readonly reconciler: () => ReconcilerState;
  readonly groups: () => readonly GroupHealth[];
  readonly own: () => readonly IpAddress[];
  readonly waitsForClients: () => boolean;
  /** How long it is unready because of lost clients at most; 0: it never is. */
  readonly lostClientsMs: () => number;
  /** How long a client is away before it counts as lost. */
  readonly lostHoldMs: number;
  /** How long mesh sessions are waited for. */
  readonly meshWaitMs: number;
  /** Whether the settings in force take a client of an address. */
  readonly takesClient: () => (address: IpAddress) => boolean;
  /** What it knows of its clients is another thing than before. */
  readonly onClients: (record: ClientsRecord) => void;
  /** Undefined: no drain keeps it from being ready. */
  readonly drain: () => ReadinessFacts['drain'];
  readonly onConverged: () => void;
  readonly log: Log;
  readonly now: () => number;
  /** How long after a change of sessions they are looked at, so that one look serves many changes. */
  readonly settleMs: number;
  /** How often the other route servers are asked at most for the clients that are away. */
  readonly clientsMs: number;
  readonly signal: AbortSignal;
}

/** Whether the route server is ready, and the looks at sessions and clients that this takes until it has converged. */
export interface ReadinessWatch {
  readonly state: () => Readiness;
  /** The clients that another route server alone has; undefined: nobody watches for them. */
  readonly lostClients: () => LostNow['clients'] | undefined;
  /** Decides from what is known now. */
  readonly update: () => void;
  /** Sessions may have changed: looks at them soon, and again until the route server has converged. */
  readonly request: () => void;
  /** This life of the engine has converged, as an agent before this one saw, and what that one knew of its clients. */
  readonly takeOver: (clients: ClientsRecord | undefined) => void;
  /** The engine is another process than before. */
  readonly forget: () => void;
  /** Clients whose sessions a drain had ended are let in again: they are waited for. */
  readonly awaitClients: () => void;
}

/** To look at a session takes some 0.02 ms of CPU: while clients alone are awaited, no more than one percent of a core. */
const lookMsOfSession = 2;

export function createReadinessWatch(options: ReadinessWatchOptions): ReadinessWatch {
  const { observer, isConnected, log, now, settleMs, signal } = options;
  let readiness = firstReadiness(now());

  // Sessions come and go in bursts: one look after the burst has begun, and one more if it goes on.
  const sessions = createSingleFlight(async () => {
    await createPause().wait(settleMs, signal);
    if (hasConverged() || !isConnected() || hasAborted(signal)) {
      update();
      lost.request();
      return;
    }
    await observer.look();
    update();
    if (hasConverged()) return;
    if (isWaitingForClients(readiness)) clients.request();
    // End-of-RIB is no change of a session, and neighbors that cannot connect change all the time: look on, but not always.
    const count = isWaitingForClients(readiness) ? (observer.last()?.sessions.length ?? 0) : 0;
    await createPause().wait(Math.max(settleMs * 10, count * lookMsOfSession), signal);
    sessions.request();
  });
  const clients = createClientWatch({
    isWaiting: () => isConnected() && isWaitingForClients(readiness),
    routeServers: () => otherRouteServers(options),
    ownSessions: async () => (await observer.look())?.sessions,
    lastSessions: () => observer.last()?.sessions ?? [],
    onLook: () => {
      const wasWaiting = readiness.reasons.some(({ kind }) => kind === 'clients-not-back');
      update();
      const absent = clients.absent() ?? [];
      if (!wasWaiting && absent.length > 0) log.info('clients-awaited', firstOf('clients', absent));
    },
    everyMs: options.clientsMs,
    now,
    signal,
  });
  const lost = watchLostClients(options, { hasConverged, onLook: update });

  return {
    state: () => readiness,
    lostClients: () => (options.lostClientsMs() > 0 ? lost.at().clients : undefined),
    update,
    request: sessions.request,
    takeOver: (record) => {
      readiness = takeOverConvergence(readiness);
      if (record) lost.restore(record);
    },
    forget: () => {
      readiness = forgetConvergence(readiness);
      clients.forget();
      lost.forget();
    },
    awaitClients: () => {
      readiness = awaitClients(readiness, now());
      clients.forget();
    },
  };

  function hasConverged(): boolean {
    return readiness.hasConverged;
  }

  function update(): void {
    const before: Readiness = readiness;
    const lostNow = lost.at();
    const facts = factsOf(options, clients, lostNow, before);
    readiness = decideReadiness(before, facts, now());
    if (readiness.hasConverged && !before.hasConverged) {
      options.onConverged();
      if (facts.unconvergedPeers.length > 0) {
        log.warn('peers-not-converged', firstOf('peers', facts.unconvergedPeers));
      }
      const absent = clients.absent() ?? [];
      if (absent.length > 0) log.warn('clients-not-back', firstOf('clients', absent));
      clients.forget();
      lost.request();
    }
    tellLost(log, before, readiness, lostNow);
    if (readiness.isReady === before.isReady) return;
    if (readiness.isReady) log.info('ready');
    else log.warn('unready', { reasons: shownReasons(readiness.reasons) });
  }
}

function watchLostClients(
  options: ReadinessWatchOptions,
  { hasConverged, onLook }: { readonly hasConverged: () => boolean; readonly onLook: () => void },
): LostClientsWatch {
  const { isConnected, lostClientsMs, clientsMs, now, signal } = options;
  return createLostClientsWatch({
    isWatching: () => lostClientsMs() > 0 && hasConverged() && isConnected() && !options.drain(),
    limitMs: lostClientsMs,
    holdMs: options.lostHoldMs,
    routeServers: () => otherRouteServers(options),
    look: () => options.observer.look(),
    takes: options.takesClient,
    onChange: options.onClients,
    onLook,
    everyMs: clientsMs,
    now,
    signal,
  });
}

function factsOf(
  options: ReadinessWatchOptions,
  clients: Pick<ClientWatch, 'absent' | 'notKnown'>,
  { counted, msLeft }: LostNow,
  { hasConverged }: Readiness,
): ReadinessFacts {
  const { appliedAtMs, observed } = options.reconciler();
  return {
    isEngineConnected: options.isConnected(),
    appliedAtMs,
    unknownGroups: options
      .groups()
      .filter(({ hasAnswered, published }) => !hasAnswered && published.length === 0)
      .map(({ group }) => group),
    // Each probe comes here: once it has converged, nobody reads this, and of 1500 sessions it takes a millisecond.
    meshWaitMs: options.meshWaitMs,
    unconvergedPeers: hasConverged ? [] : unconvergedPeers(options.observer.last(), observed),
    absentClients: options.waitsForClients() ? clients.absent() : [],
    silentRouteServers: options.waitsForClients() ? clients.notKnown().filter(isUp(options.observer.last())) : [],
    lostClients: counted,
    lostForMs: msLeft,
    ...drained(options.drain()),
  };
}

function drained(drain: ReadinessFacts['drain']): Pick<ReadinessFacts, 'drain'> {
  return drain ? { drain } : {};
}

/** The mesh's, without this one. */
export function otherRouteServers({
  own,
  groups,
}: Pick<ReadinessWatchOptions, 'own' | 'groups'>): readonly IpAddress[] {
  const self = new Set(own());
  return [...new Set(groups().flatMap(({ published }) => published))].filter((each) => !self.has(each));
}

/** Who has a session with this route server lives; who neither answers nor has one keeps nobody from being ready. */
function isUp(observation: EngineObservation | undefined): (address: IpAddress) => boolean {
  const up = new Set(
    observation?.sessions.filter(({ state }) => state === 'established').map(({ address }) => address),
  );
  return (address) => up.has(address);
}

/** Once when clients begin to count, and once when their time is over although they are not back. */
function tellLost(log: Log, before: Readiness, after: Readiness, { clients, counted }: LostNow): void {
  const [was, is] = [countsLost(before), countsLost(after)];
  if (is === was) return;
  if (is) log.warn('clients-lost', firstOf('clients', counted));
  const over = clients.filter(({ phase }) => phase === 'over').map(({ address }) => address);
  if (was && over.length > 0 && counted.length === 0) log.warn('clients-lost-for-long', firstOf('clients', over));
}

function countsLost({ reasons }: Readiness): boolean {
  return reasons.some(({ kind }) => kind === 'clients-lost');
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

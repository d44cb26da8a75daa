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
import { createClientWatch } from './client-watch.ts';
import {
  firstReadiness,
  forgetConvergence,
  isWaitingForClients,
  decideReadiness,
  takeOverConvergence,
  type Readiness,
} from './readiness.ts';

export interface ReadinessWatchOptions {
  readonly observer: Observer;
  readonly isConnected: () => boolean;
  readonly reconciler: () => ReconcilerState;
  readonly groups: () => readonly GroupHealth[];
  readonly own: () => readonly IpAddress[];
  readonly waitsForClients: () => boolean;
  readonly isDrained: () => boolean;
  readonly onConverged: () => void;
  readonly log: Log;
  readonly now: () => number;
  /** How long after a change of sessions they are looked at, so that one look serves many changes. */
  readonly settleMs: number;
  /** How often the other route servers are asked at most for the clients that are still to come back. */
  readonly clientsMs: number;
  readonly signal: AbortSignal;
}

/** Whether the route server is ready, and the looks at sessions and clients that this takes until it has converged. */
export interface ReadinessWatch {
  readonly state: () => Readiness;
  /** Decides from what is known now. */
  readonly update: () => void;
  /** Sessions may have changed: looks at them soon, and again until the route server has converged. */
  readonly request: () => void;
  /** This life of the engine has converged, as an agent before this one saw. */
  readonly takeOver: () => void;
  /** The engine is another process than before. */
  readonly forget: () => void;
}

export function createReadinessWatch(options: ReadinessWatchOptions): ReadinessWatch {
  const { observer, isConnected, log, now, settleMs, signal } = options;
  let readiness = firstReadiness(now());

  // Sessions come and go in bursts: one look after the burst has begun, and one more if it goes on.
  const sessions = createSingleFlight(async () => {
    await createPause().wait(settleMs, signal);
    if (hasConverged() || !isConnected() || hasAborted(signal)) {
      update();
      return;
    }
    await observer.look();
    update();
    if (hasConverged()) return;
    if (isWaitingForClients(readiness)) clients.request();
    // End-of-RIB is no change of a session, and neighbors that cannot connect change all the time: look on, but not always.
    await createPause().wait(settleMs * 10, signal);
    sessions.request();
  });
  const clients = createClientWatch({
    isWaiting: () => isConnected() && isWaitingForClients(readiness),
    routeServers: () => {
      const self = new Set(options.own());
      return [...new Set(options.groups().flatMap(({ published }) => published))].filter((each) => !self.has(each));
    },
    ownSessions: async () => (await observer.look())?.sessions,
    onLook: () => {
      const wasWaiting = readiness.reasons.some(({ kind }) => kind === 'clients-not-back');
      update();
      const absent = clients.absent() ?? [];
      if (!wasWaiting && absent.length > 0) log.info('clients-awaited', firstOf('clients', absent));
    },
    everyMs: options.clientsMs,
    signal,
  });

  return {
    state: () => readiness,
    update,
    request: sessions.request,
    takeOver: () => {
      readiness = takeOverConvergence(readiness);
    },
    forget: () => {
      readiness = forgetConvergence(readiness);
      clients.forget();
    },
  };

  function hasConverged(): boolean {
    return readiness.hasConverged;
  }

  function update(): void {
    const before: Readiness = readiness;
    const { appliedAtMs, observed } = options.reconciler();
    readiness = decideReadiness(
      before,
      {
        isEngineConnected: isConnected(),
        appliedAtMs,
        unknownGroups: options
          .groups()
          .filter(({ hasAnswered, published }) => !hasAnswered && published.length === 0)
          .map(({ group }) => group),
        unconvergedPeers: unconvergedPeers(observer.last(), observed),
        absentClients: options.waitsForClients() ? clients.absent() : [],
        isDrained: options.isDrained(),
      },
      now(),
    );
    if (readiness.hasConverged && !before.hasConverged) {
      options.onConverged();
      const absent = clients.absent() ?? [];
      if (absent.length > 0) log.warn('clients-not-back', firstOf('clients', absent));
      clients.forget();
    }
    if (readiness.isReady === before.isReady) return;
    if (readiness.isReady) log.info('ready');
    else log.warn('unready', { reasons: shownReasons(readiness.reasons) });
  }
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

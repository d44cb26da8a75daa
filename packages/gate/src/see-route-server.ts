import type { SeenStatus } from '@meshrs/contract';
import type { StatusReading, RouteServerSight } from './route-server-sight.ts';

/** What Kubernetes says of a route server's pod. */
export interface PodSight {
  readonly name: string;
  readonly side: string;
  readonly isTerminating: boolean;
  /** Of the engine's process; `unknown` where Kubernetes says neither. */
  readonly engine: 'running' | 'stopped' | 'unknown';
  /** Why it does not run, in Kubernetes' words: "CrashLoopBackOff". */
  readonly engineReason?: string;
}

/** What came of asking the agent: its GET /status, or why there is none. */
export type StatusAnswer =
  { readonly ok: true; readonly status: SeenStatus } | { readonly ok: false; readonly why: string };

/**
 * One route server. An engine that does not run has no session, so that a broken route server does not hold up its own
 * fix; one that may run, and whose sessions cannot be read, may have every client (docs/decisions/0010).
 */
export function seeRouteServer(pod: PodSight, answer: StatusAnswer): RouteServerSight {
  const { name, side, isTerminating } = pod;
  return { name, side, isTerminating, reading: readingOf(pod, answer) };
}

function readingOf({ engine, engineReason }: PodSight, answer: StatusAnswer): StatusReading {
  if (answer.ok && answer.status.engine.isConnected) {
    const { agent, readiness, settings, engine: state, drain, sessions } = answer.status;
    return {
      kind: 'read',
      // A phase that is not known, as a newer agent may tell of, is not `serving`.
      isDraining: drain.phase !== 'serving',
      settingsRevision: settings.revision,
      ...(settings.refused && { refusedRevision: settings.refused.revision }),
      ...(agent.podRevision !== undefined && { podRevision: agent.podRevision }),
      isReady: readiness.isReady,
      isApplied: state.isApplied,
      sessions,
    };
  }
  if (engine === 'stopped')
    return { kind: 'engine-down', why: `its engine does not run: ${engineReason ?? 'stopped'}` };
  if (!answer.ok) return { kind: 'unreadable', why: answer.why };
  const { failure } = answer.status.engine;
  return { kind: 'unreadable', why: `its agent does not reach the engine${failure ? `: ${failure.message}` : ''}` };
}

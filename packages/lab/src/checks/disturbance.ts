import { setTimeout as sleep } from 'node:timers/promises';
import type { Side, Topology } from '@meshrs/topology';
import { readSessions, type SessionAtClient } from '../clients/sessions.ts';
import { waitUntil } from '../host/wait.ts';
import { readObservations, readRoutes, type Period } from '../observe/read-observations.ts';
import type { Observation } from '../observe/observation.ts';
import type { RouteChange } from '../observe/routes-log.ts';
import { waitForSessions } from '../clients/wait-for-sessions.ts';
import { waitForRouteServers } from '../route-servers/wait.ts';
import type { CheckContext } from './check.ts';
import { comparePlacement } from './vip-placement.ts';

/** The beginning of something that one side must feel, or none. */
export interface Disturbance {
  readonly fromMs: number;
  readonly sessions: readonly SessionAtClient[];
}

/** What was seen from the beginning to the end of a disturbance. */
export interface Evidence extends Period {
  readonly sessions: readonly SessionAtClient[];
  readonly observations: readonly Observation[];
  /** Changes of the core's routing table, which is the way of every client to every VIP. */
  readonly routes: readonly RouteChange[];
}

/** Waits until all is well, and begins. */
export async function beginDisturbance(context: CheckContext): Promise<Disturbance> {
  await settle(context);
  return { fromMs: now(), sessions: await readAllSessions(context) };
}

/** Waits until all is well again, and gathers what was seen. */
export async function endDisturbance(context: CheckContext, { fromMs }: Disturbance): Promise<Evidence> {
  await settle(context);
  return gather(context, fromMs);
}

export async function gather(context: CheckContext, fromMs: number): Promise<Evidence> {
  const period = { fromMs, toMs: now() };
  return {
    ...period,
    sessions: await readAllSessions(context),
    observations: readObservations(context.lab, context.plan, period),
    routes: readRoutes(context.lab, 'core', period),
  };
}

/** Every way in which sessions with a side, or the way to its VIPs, did not stay as they were. */
export function touches(before: Disturbance, evidence: Evidence, vips: readonly string[]): string[] {
  const at = (atMs: number): string => `after ${((atMs - before.fromMs) / 1000).toFixed(1)} s`;
  return [
    ...evidence.routes
      .filter(({ prefix }) => vips.includes(prefix))
      .map(({ kind, prefix, atMs }) => `the core's route to ${prefix} was ${kind} ${at(atMs)}`),
    ...evidence.observations
      .filter(({ neighbor }) => vips.includes(neighbor))
      .flatMap((one): string[] => {
        const who = `${one.client} with ${one.neighbor}`;
        if (one.kind === 'update') {
          return one.withdrawn.length === 0
            ? []
            : [`${who}: ${String(one.withdrawn.length)} routes withdrawn ${at(one.atMs)}`];
        }
        if (one.kind === 'notification') return [`${who}: NOTIFICATION ${at(one.atMs)}`];
        if (one.kind === 'graceful-shutdown') return [`${who}: routes with GRACEFUL_SHUTDOWN ${at(one.atMs)}`];
        return [`${who}: ${one.state} ${at(one.atMs)}`];
      }),
    ...before.sessions
      .filter(({ vip }) => vips.includes(vip))
      .flatMap((session): string[] => {
        const after = evidence.sessions.find(({ client, vip }) => client === session.client && vip === session.vip);
        const isSame = after?.isEstablished === true && isSameMoment(after.establishedAtMs, session.establishedAtMs);
        return isSame ? [] : [`${session.client} with ${session.vip}: the session is not the one of before`];
      }),
  ];
}

/** FRR reckons the moment from an uptime in whole seconds, so it can be a second off. */
function isSameMoment(one: number | undefined, other: number | undefined): boolean {
  return one !== undefined && other !== undefined && Math.abs(one - other) <= 1500;
}

/**
 * All route servers Ready, every VIP announced from all of them, all sessions up. Where several stand behind one VIP, a
 * new one moves clients: their sessions end when they next send something, so that is waited for, too.
 */
export async function settle(context: CheckContext): Promise<void> {
  const { topology, clusters, connectTo, signal } = context;
  for (const cluster of clusters) await waitForRouteServers({ cluster, signal }, cluster.api, topology);
  await waitForAnnouncements(context);
  await waitForSessions(context, topology, connectTo);
  if (!Object.values(topology.sides).some(hasSeveral)) return;
  await sleep((longestKeepaliveSeconds(topology) + 3) * 1000, undefined, { signal });
  await waitForSessions(context, topology, connectTo);
}

/** Within this time each client has sent something. */
export function longestKeepaliveSeconds({ clientGroups }: Topology): number {
  return Math.max(...Object.values(clientGroups).map(({ timers }) => timers.keepaliveSeconds));
}

async function waitForAnnouncements(context: CheckContext): Promise<void> {
  let wrong: readonly string[] = [];
  await waitUntil(
    'each VIP is announced by the nodes of its route servers',
    async () => {
      ({ wrong } = await comparePlacement(context));
      return wrong.length === 0;
    },
    {
      deadlineMs: 60_000,
      intervalMs: 250,
      signal: context.signal,
      next: 'look at the speakers: meshrs lab status LAB',
      seen: () => wrong.join('; '),
    },
  );
}

/** Whether several route servers stand behind a side's VIP: readiness then decides who announces it. */
export function hasSeveral({ statefulSets }: Side): boolean {
  return Object.values(statefulSets).reduce((sum, { replicas }) => sum + replicas, 0) > 1;
}

/** Milliseconds since 1970 with fractions, as the observers have them. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

function readAllSessions({ lab, plan, topology, connectTo }: CheckContext): Promise<SessionAtClient[]> {
  return readSessions(lab, plan, topology, connectTo);
}

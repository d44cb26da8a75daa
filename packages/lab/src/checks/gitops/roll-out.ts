import { serviceNameOf } from '@meshrs/topology';
import { CheckFailure } from '../check.ts';
import { touches, type Disturbance, type Evidence } from '../disturbance.ts';
import { readObservations, readRoutes } from '../../observe/read-observations.ts';
import type { Pushed } from '../../gitops/push.ts';
import { readRollOut, type RollOutEvent } from '../../gitops/roll-out-log.ts';
import { applicationNames, inSeconds, type GitopsContext } from './context.ts';

/** The moments of one side in a roll-out, in milliseconds since 1970. */
export interface SideMoments {
  readonly side: string;
  readonly gateStartedAt: number;
  readonly gatePassedAt: number;
  /** Its first pod is told to go. */
  readonly rollsAt: number;
  /** Every pod runs what is wanted, and is Ready. */
  readonly rolledAt: number;
  /** The last client has its session again. */
  readonly clientsBackAt: number;
}

/** Reads from both logs how the sides went one after the other. */
export function readMoments(context: GitopsContext, { committedAtMs }: Pushed): SideMoments[] {
  const events = readRollOut(context.lab, committedAtMs);
  return Object.entries(context.topology.sides).map(([side, { vips, statefulSets }]): SideMoments => {
    const sets = Object.keys(statefulSets);
    const gate = `${serviceNameOf(context.topology, side)}-gate`;
    const ofSets = (event: RollOutEvent): boolean =>
      event.kind === 'pod' &&
      sets.some((set) => /^-\d+$/.test(event.name.slice(set.length)) && event.name.startsWith(set));
    const first = (what: string, isIt: (event: RollOutEvent) => boolean): number => {
      const found = events.find(isIt);
      if (!found) throw new CheckFailure(`Side ${side}: ${what} was not seen.`);
      return found.atMs;
    };
    const ofGate = (event: RollOutEvent): boolean => event.kind === 'pod' && event.name === gate && !event.isGone;
    const gateStartedAt = first(
      'its gate',
      (event) => ofGate(event) && event.kind === 'pod' && event.phase === 'Running',
    );
    const gatePassedAt = first(
      'that its gate passes',
      (event) => event.atMs > gateStartedAt && ofGate(event) && event.kind === 'pod' && event.phase === 'Succeeded',
    );
    const rollsAt = first('a pod that goes', (event) => ofSets(event) && event.kind === 'pod' && event.isTerminating);
    const rolledAt = Math.max(
      ...sets.map((set) =>
        first(
          `that ${set} is rolled`,
          (event) => event.atMs > rollsAt && event.kind === 'statefulSet' && event.name === set && event.isRolled,
        ),
      ),
    );
    const back = readObservations(context.lab, context.plan, { fromMs: rollsAt, toMs: Date.now() }).filter(
      (one) => one.kind === 'state' && one.isEstablished && vips.some((vip) => vip === one.neighbor),
    );
    if (back.length === 0) throw new CheckFailure(`Side ${side}: no client came back.`);
    return {
      side,
      gateStartedAt,
      gatePassedAt,
      rollsAt,
      rolledAt,
      clientsBackAt: Math.max(...back.map(({ atMs }) => atMs)),
    };
  });
}

/** Every way in which the sides did not go one after the other. */
export function orderProblems(context: GitopsContext, before: Disturbance, moments: readonly SideMoments[]): string[] {
  const clients = context.plan.clients.length;
  return moments.flatMap((one, index) => {
    const { side, rollsAt } = one;
    const next = moments[index + 1];
    const others = Object.entries(context.topology.sides).flatMap(([other, { vips }]) => (other === side ? [] : vips));
    // From the moment when a side begins to go until the next one does, nobody may feel anything of the others.
    const period = evidence(context, before, rollsAt, next?.rollsAt ?? Date.now());
    return [
      ...touches({ ...before, fromMs: rollsAt }, period, others).map((touch) => `while side ${side} went: ${touch}`),
      ...(period.observations.length === 0 ? [`while side ${side} went the observers saw nothing at all`] : []),
      ...(one.rollsAt < one.gatePassedAt ? [`side ${side} began before its gate had passed`] : []),
      ...(next && next.rollsAt < one.rolledAt ? [`side ${next.side} began before side ${side} was rolled`] : []),
      ...(next && next.rollsAt < one.clientsBackAt
        ? [
            `side ${next.side} began ${inSeconds(one.clientsBackAt - next.rollsAt)} before all ${String(clients)} clients were back on side ${side}`,
          ]
        : []),
    ];
  });
}

/** What the observers saw in a stretch of time; the sessions are those of before, as their log has every change. */
export function evidence(context: GitopsContext, before: Disturbance, fromMs: number, toMs: number): Evidence {
  const period = { fromMs, toMs };
  return {
    ...period,
    sessions: before.sessions,
    observations: readObservations(context.lab, context.plan, period),
    routes: readRoutes(context.lab, 'core', period),
  };
}

/** When the sync of a commit began. */
export function syncStart(context: GitopsContext, { revision, committedAtMs }: Pushed): number {
  const { routeServers } = applicationNames(context);
  const start = readRollOut(context.lab, committedAtMs).find(
    (event) =>
      event.kind === 'application' &&
      event.name === routeServers &&
      event.phase === 'Running' &&
      event.revision === revision,
  );
  if (!start) throw new CheckFailure(`${routeServers} never began to sync ${revision}.`);
  return start.atMs;
}

/** The whole way from the commit to the last client, in its parts. */
export function timeline(context: GitopsContext, push: Pushed, moments: readonly SideMoments[]): string[] {
  const from = push.committedAtMs;
  const at = (atMs: number): string => inSeconds(atMs - from);
  return [
    `after the commit: webhook ${at(push.toldAtMs)}, sync ${at(syncStart(context, push))}`,
    ...moments.map(
      (one) =>
        `side ${one.side}: gate starts ${at(one.gateStartedAt)}, passes ${at(one.gatePassedAt)}; pods go ${at(one.rollsAt)}, rolled ${at(one.rolledAt)}; last client back ${at(one.clientsBackAt)}`,
    ),
    ...moments.slice(1).map((one, index) => {
      const earlier = moments[index];
      const ready = Math.max(earlier?.rolledAt ?? 0, earlier?.clientsBackAt ?? 0);
      return `from side ${earlier?.side ?? ''} whole (rolled, clients back) to the gate's pass ${inSeconds(one.gatePassedAt - ready)}, to side ${one.side}'s beginning ${inSeconds(one.rollsAt - ready)}`;
    }),
  ];
}

/**
 * A gate listens for one keepalive time to each client (decision 68). One that waits this long beyond that, and beyond the
 * clients' own way back, waits for some time to run out, on a busy machine too. What it usually costs is measured
 * (docs/benchmarks.md), and each run tells its own.
 */
const gateOverheadMs = 30_000;

export function overheadProblems(moments: readonly SideMoments[], keepaliveSeconds: number): string[] {
  return moments.slice(1).flatMap((one, index) => {
    const earlier = moments[index];
    if (!earlier) return [];
    // The gate cannot pass before it runs; until then the time is Argo CD's own, of its waves.
    const overhead = one.gatePassedAt - Math.max(earlier.rolledAt, earlier.clientsBackAt, one.gateStartedAt);
    return overhead <= keepaliveSeconds * 1000 + gateOverheadMs
      ? []
      : [`the gate before side ${one.side} took ${inSeconds(overhead)} beyond the clients' own way back`];
  });
}

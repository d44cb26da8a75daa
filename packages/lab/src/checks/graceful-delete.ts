import { routeServersOf, type RouteServer } from '@meshrs/topology';
import { kubectl } from '../kubernetes/kubectl.ts';
import { listPods } from '../kubernetes/pods.ts';
import { waitUntil } from '../host/wait.ts';
import { gracefulShutdownCommunity, type Observation } from '../observe/observation.ts';
import { askAgent, clusterOf } from '../open-lab/open-cluster.ts';
import { sessionsOf } from '../route-servers/agent-status.ts';
import { assertNone, CheckFailure, type LabCheck, type CheckContext } from './check.ts';
import { beginDisturbance, endDisturbance, touches, type Disturbance, type Evidence } from './disturbance.ts';

export const gracefulDelete: LabCheck = {
  name: 'graceful-delete',
  title: 'a pod that is deleted keeps its VIP through the drain: GSHUT, then Cease; the other sides feel nothing',
  deadlineSeconds: 420,
  run: async (context) => {
    const { topology } = context;
    const [routeServer] = routeServersOf(topology);
    if (!routeServer) throw new CheckFailure('The topology has no route server.');
    const { side } = routeServer;
    const vips = topology.sides[side]?.vips ?? [];
    const before = await beginDisturbance(context);
    const clients = await clientsOf(context, routeServer);
    await replacePod(context, routeServer, []);
    const evidence = await endDisturbance(context, before);
    const others = Object.entries(topology.sides).flatMap(([other, definition]) =>
      other === side ? [] : definition.vips,
    );
    const partings = clients.flatMap((client) => vips.map((vip) => partingOf(client, vip, before, evidence)));
    assertNone(
      [
        ...touches(before, evidence, others),
        ...partings.flatMap((parting) =>
          problemsOf(parting, before, topology.routeServers.drain.gracefulShutdownSeconds),
        ),
        // With several, the way to the one that goes is closed while the others keep the VIP.
        ...lostWay(evidence, vips, before, Math.min(...partings.map(({ ceasedAtMs }) => ceasedAtMs ?? Infinity))),
      ],
      'things went wrong in the drain',
    );
    return { facts: [...describe(before, evidence, vips, partings)] };
  },
};

/**
 * The clients that have their session with this very route server; with several behind a VIP these are some of them.
 */
async function clientsOf(context: CheckContext, routeServer: RouteServer): Promise<string[]> {
  const status = await askAgent(context, routeServer);
  const sessions = sessionsOf(status);
  if (!sessions) throw new CheckFailure(`${routeServer.name} does not tell its sessions.`);
  const clients = sessions
    .filter(({ kind, state }) => kind === 'declared-client' && state === 'established')
    .flatMap(({ name }) => name ?? []);
  if (clients.length === 0) throw new CheckFailure(`${routeServer.name} has no client: its drain would prove nothing.`);
  return clients;
}

/** Deletes a pod and waits until Kubernetes has made another one in its place. */
export async function replacePod(
  context: CheckContext,
  { name: pod, side }: RouteServer,
  options: readonly string[],
): Promise<void> {
  const { tools, topology, signal } = context;
  const cluster = clusterOf(context, side);
  const { api } = cluster;
  const { namespace } = topology.routeServers;
  const old = (await listPods(api, namespace)).find(({ name }) => name === pod);
  if (!old) throw new CheckFailure(`There is no pod ${pod}.`);
  await kubectl(cluster, tools, ['--namespace', namespace, 'delete', 'pod', pod, '--wait=false', ...options]);
  await waitUntil(
    `there is another pod ${pod}`,
    async () =>
      (await listPods(api, namespace)).some(({ name, uid, isReady }) => name === pod && uid !== old.uid && isReady),
    { deadlineMs: 150_000, intervalMs: 200, signal, next: `look at it: kubectl -n ${namespace} describe pod ${pod}` },
  );
}

/** How a client was told that its route server goes. */
interface Parting {
  readonly client: string;
  readonly vip: string;
  readonly shutdownAtMs: number | undefined;
  /** Routes that were marked with GRACEFUL_SHUTDOWN. */
  readonly marked: number;
  readonly had: number;
  readonly ceasedAtMs: number | undefined;
  readonly words: string;
}

function partingOf(client: string, vip: string, before: Disturbance, { observations }: Evidence): Parting {
  const own = observations.filter((one) => one.client === client && one.neighbor === vip);
  const end = own.find((one) => one.kind === 'state' && !one.isEstablished);
  const isBeforeEnd = ({ atMs }: Observation): boolean => end === undefined || atMs <= end.atMs;
  const marked = own
    .filter((one) => one.kind === 'update' && one.communities.includes(gracefulShutdownCommunity))
    .filter(isBeforeEnd);
  const notification = own.find((one) => one.kind === 'notification');
  const shutdown = own.find((one) => one.kind === 'graceful-shutdown');
  return {
    client,
    vip,
    shutdownAtMs: shutdown?.atMs,
    marked: new Set(marked.flatMap((one) => (one.kind === 'update' ? one.announced : []))).size,
    had: before.sessions.find((session) => session.client === client && session.vip === vip)?.received ?? 0,
    // The end by the client's own clock, where it was told of it.
    ceasedAtMs: end && notification && notification.atMs < end.atMs ? notification.atMs : end?.atMs,
    words: notification?.kind === 'notification' ? wordsOf(notification) : '',
  };
}

function wordsOf({ code, subcode, message }: { code: number; subcode: number; message: string }): string {
  return `NOTIFICATION ${String(code)}/${String(subcode)} ${JSON.stringify(message)}`;
}

function problemsOf(parting: Parting, { fromMs }: Disturbance, shutdownSeconds: number): string[] {
  const { client, vip, shutdownAtMs, marked, had, ceasedAtMs, words } = parting;
  const who = `${client} with ${vip}`;
  if (ceasedAtMs === undefined) return [`${who}: the session never ended`];
  if (shutdownAtMs === undefined) return [`${who}: no route had GRACEFUL_SHUTDOWN before the end`];
  const seconds = (ceasedAtMs - shutdownAtMs) / 1000;
  return [
    ...(marked < had ? [`${who}: ${String(marked)} of ${String(had)} routes had GRACEFUL_SHUTDOWN`] : []),
    ...(seconds < shutdownSeconds - 1
      ? [`${who}: only ${seconds.toFixed(1)} s from GRACEFUL_SHUTDOWN to the end`]
      : []),
    // Cease, Administrative Shutdown (RFC 4486 section 4).
    ...(words.startsWith('NOTIFICATION 6/2 ')
      ? []
      : [
          `${who}: ended without a Cease, ${words || 'without a word'}, after ${((ceasedAtMs - fromMs) / 1000).toFixed(1)} s`,
        ]),
  ];
}

/** The way to the VIP must be there until the sessions are over. */
function lostWay({ routes }: Evidence, vips: readonly string[], { fromMs }: Disturbance, endMs: number): string[] {
  return routes
    .filter(({ kind, prefix, atMs }) => kind === 'deleted' && vips.includes(prefix) && atMs < endMs - 50)
    .map(
      ({ prefix, atMs }) =>
        `${prefix} was withdrawn ${((atMs - fromMs) / 1000).toFixed(1)} s after the deletion, before the sessions had ended`,
    );
}

function* describe(
  { fromMs }: Disturbance,
  { routes, observations, toMs }: Evidence,
  vips: readonly string[],
  partings: readonly Parting[],
): Generator<string> {
  const seconds = (atMs: number | undefined): string =>
    atMs === undefined ? 'never' : `${((atMs - fromMs) / 1000).toFixed(1)} s`;
  const least = (values: readonly (number | undefined)[]): number =>
    Math.min(...values.filter((value) => value !== undefined));
  const most = (values: readonly (number | undefined)[]): number =>
    Math.max(...values.filter((value) => value !== undefined));
  yield `GRACEFUL_SHUTDOWN after ${seconds(least(partings.map(({ shutdownAtMs }) => shutdownAtMs)))} to ${seconds(most(partings.map(({ shutdownAtMs }) => shutdownAtMs)))}, end after ${seconds(least(partings.map(({ ceasedAtMs }) => ceasedAtMs)))} to ${seconds(most(partings.map(({ ceasedAtMs }) => ceasedAtMs)))}`;
  yield `in words: ${[...new Set(partings.map(({ words }) => words))].join('; ')}`;
  const way = routes.filter(({ prefix }) => vips.includes(prefix));
  yield `the core's way to ${vips.join(', ')}: ${way.map(({ kind, atMs }) => `${kind} after ${seconds(atMs)}`).join(', ') || 'never changed'}`;
  const back = observations.filter((one) => one.kind === 'state' && one.isEstablished && vips.includes(one.neighbor));
  yield `sessions back after ${seconds(back[0]?.atMs)} to ${seconds(back.at(-1)?.atMs)}; looked for ${((toMs - fromMs) / 1000).toFixed(0)} s`;
}

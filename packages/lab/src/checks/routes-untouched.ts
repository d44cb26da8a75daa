import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientSettings, type DialledSession } from '../clients/client-session.ts';
import { withheldCommunity } from '../clients/injected-routes.ts';
import { changeRoutes, withheldSide } from '../clients/make-clients.ts';
import { gobgpSocket } from '../gobgp/start-gobgp.ts';
import { attributeTypes } from '../evpn/attributes.ts';
import { describeRoute, routeDifferences } from '../evpn/compare-routes.ts';
import { typeOf, withoutSegment, type EvpnRoute } from '../evpn/route.ts';
import { toRoute } from '../gobgp/routes.ts';
import { routesFrom } from '../observe/frr-observations.ts';
import { dumpFile } from '../observe/start-observers.ts';
import type { ClientPlan } from '../plan/lab-plan.ts';
import { assertNone, CheckFailure, type LabCheck, type CheckContext, type CheckOutcome } from './check.ts';

export const routesThroughOne: LabCheck = {
  name: 'routes-through-one',
  title: "each client has every other client's routes of types 1 to 5, untouched, through one route server",
  deadlineSeconds: 120,
  run: (context) => eventually(() => compareAll(context, 1), context.signal),
};

export const routesThroughTwo: LabCheck = {
  name: 'routes-through-two',
  title: 'routes told to one side only reach every client from the other side, untouched, through two route servers',
  deadlineSeconds: 120,
  run: async (context) => {
    const { lab, plan, connectTo } = context;
    await changeRoutes(lab, plan, connectTo, 'announce', 'one-side');
    try {
      return await eventually(() => compareAll(context, 2), context.signal);
    } finally {
      await changeRoutes(lab, plan, connectTo, 'withdraw', 'one-side');
    }
  },
};

/** Routes need a moment; what is wrong for longer is wrong. */
async function eventually<T>(look: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const end = performance.now() + 30_000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof CheckFailure) || performance.now() > end) throw error;
    }
    await sleep(500, undefined, { signal });
  }
}

interface Sender {
  readonly client: ClientPlan;
  readonly routes: readonly EvpnRoute[];
  /** The side that is not told of the routes with the community. */
  readonly withheldFrom: DialledSession | undefined;
}

/** Compares, byte by byte, what each client announces with what each other one has from each side. */
async function compareAll(context: CheckContext, wantedHops: 1 | 2): Promise<CheckOutcome> {
  const { plan, topology } = context;
  const senders = await Promise.all(
    plan.clients.map(async (client, index): Promise<Sender> => ({
      client,
      routes: await originated(context, client),
      withheldFrom: withheldSide(clientSettings(client, topology).sessions, index),
    })),
  );
  for (const sender of senders) assertComplete(sender);
  const results: Comparison[] = [];
  for (const receiver of plan.clients) {
    for (const session of clientSettings(receiver, topology).sessions) {
      const received = new Map((await receivedBy(context, receiver, session)).map((route) => [route.nlri, route]));
      for (const sender of senders.filter(({ client }) => client !== receiver)) {
        const asPath = [topology.routeServers.asn, sender.client.client.asn];
        const where = `${sender.client.name} to ${receiver.name} by side ${session.side}`;
        const routes = sender.routes.filter((route) => routeServersBetween(sender, route, session) === wantedHops);
        results.push(...routes.map((route) => compare(where, route, received, asPath)));
      }
    }
  }
  if (results.length === 0) {
    throw new CheckFailure('There is nothing to compare: that takes two clients and two sides.');
  }
  assertNone(
    results.flatMap(({ wrong }) => wrong),
    'routes did not arrive as they were sent',
  );
  const zeroed = results.filter(({ isSegmentZeroed }) => isSegmentZeroed).length;
  return {
    facts: [
      `${String(results.length)} routes compared byte by byte: all of the route, next hop, AS path, communities of all three kinds, PMSI`,
      ...(zeroed === 0
        ? []
        : [`expected failure frr-type5-segment: FRR sends ${String(zeroed)} type-5 routes with an all-zero segment`]),
    ],
  };
}

interface Comparison {
  readonly wrong: readonly string[];
  /** The one change that FRR is known to make. */
  readonly isSegmentZeroed: boolean;
}

function compare(
  where: string,
  sent: EvpnRoute,
  received: ReadonlyMap<string, EvpnRoute>,
  asPath: readonly number[],
): Comparison {
  const zeroed = withoutSegment(sent.nlri);
  const untouched = received.get(sent.nlri);
  const seen = untouched ?? received.get(zeroed);
  const isSegmentZeroed = !untouched && seen !== undefined;
  if (!seen) return { wrong: [`${where}: ${describeRoute(sent.nlri)} is missing`], isSegmentZeroed };
  const differences = routeDifferences(sent, seen, asPath);
  return {
    wrong: differences.map((difference) => `${where}: ${describeRoute(sent.nlri)}: ${difference}`),
    isSegmentZeroed,
  };
}

/** A route that is withheld from a side comes from there all the same, by way of the other side's route server. */
function routeServersBetween({ withheldFrom }: Sender, route: EvpnRoute, session: DialledSession): 1 | 2 {
  const community = withheldCommunity.value.toString(16).padStart(8, '0');
  const isWithheld = route.attributes.get(attributeTypes.communities)?.includes(community) === true;
  return isWithheld && session.vip === withheldFrom?.vip ? 2 : 1;
}

/** What a client originates, as its GoBGP would put it into an UPDATE. */
async function originated({ lab, connectTo }: CheckContext, client: ClientPlan): Promise<EvpnRoute[]> {
  const gobgp = connectTo(gobgpSocket(lab, client.name));
  try {
    return (await gobgp.listPaths('global')).filter(({ neighborIp }) => neighborIp === '').flatMap(toRoute);
  } finally {
    gobgp.close();
  }
}

/** What a client has from a side now: from GoBGP's table, or from the messages that FRR wrote down. */
async function receivedBy(
  { lab, connectTo }: CheckContext,
  client: ClientPlan,
  session: DialledSession,
): Promise<EvpnRoute[]> {
  if (client.daemon === 'frr') return routesFrom(readFileSync(dumpFile(lab, client.name)), session.vip);
  const gobgp = connectTo(gobgpSocket(lab, client.name));
  try {
    return (await gobgp.listPaths({ neighbor: session.vip })).flatMap(toRoute);
  } finally {
    gobgp.close();
  }
}

/** Extended communities by type and subtype (IANA "BGP Extended Communities"). */
const extendedCommunities: Readonly<Record<string, string>> = {
  '0002': 'route target of a 2-byte AS',
  '0202': 'route target of a 4-byte AS',
  '030c': 'encapsulation',
  '0600': 'MAC mobility',
  '0601': 'ESI label',
  '0602': 'ES-import route target',
  '0603': 'router MAC',
};

/** A comparison proves nothing of what was never sent. */
function assertComplete({ client, routes }: Sender): void {
  const types = new Set(routes.map(({ nlri }) => typeOf(nlri)));
  const attributes = new Set(routes.flatMap((route) => [...route.attributes.keys()]));
  const extended = new Set(
    routes
      .flatMap((route) => route.attributes.get(attributeTypes.extendedCommunities) ?? [])
      .map((one) => one.slice(0, 4)),
  );
  const { communities, largeCommunities, pmsiTunnel } = attributeTypes;
  assertNone(
    [
      ...[1, 2, 3, 4, 5]
        .filter((type) => !types.has(type))
        .map((type) => `${client.name} sends no route of type ${String(type)}`),
      ...Object.entries({ communities, largeCommunities, pmsiTunnel })
        .filter(([, type]) => !attributes.has(type))
        .map(([name]) => `${client.name} sends no ${name}`),
      ...Object.entries(extendedCommunities)
        .filter(([type]) => !extended.has(type))
        .map(([, name]) => `${client.name} sends no ${name}`),
    ],
    'things are missing in what is announced',
  );
}

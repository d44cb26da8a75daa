import { milliseconds, type Benchmark } from '@meshrs/bench';
import { renderRouteServer } from '@meshrs/router-config';
import type { RouteServerIntent } from '@meshrs/contract';
import { meshGroup, routeServer } from '@meshrs/contract/test-data';
import type { MeshEngine } from '../src/engine/mesh-engine.ts';
import { client } from '../test/frr/client.ts';
import { engineOf, soon } from '../test/frr/engine-under-test.ts';
import { waitFor } from '@meshrs/test-kit/wait';
import { startLab, type Lab } from '../test/frr/lab.ts';

const clientCount = 100;

/** A bgpd with 100 client sessions and 10 000 EVPN routes, and a mesh group of this many neighbors. */
interface Stand {
  readonly lab: Lab;
  readonly engine: MeshEngine;
  readonly neighbors: string[];
}

const stands = new Map<number, Promise<Stand>>();
let next = 0;

export const benchmarks: readonly Benchmark[] = [
  ...[3, 500].flatMap((count): readonly Benchmark[] => [
    {
      name: `FRR: one neighbor more or less, in a mesh of ${String(count)}, with 100 clients and 10 000 routes`,
      unit: 'ms',
      wanted: '2 ms or less',
      runs: 200,
      sample: () => changeNeighbor(count),
      tearDown: () => (count === 3 ? undefined : stop(count)),
    },
  ]),
  {
    name: 'FRR: one look of the guard at 100 clients, nothing to do',
    unit: 'ms',
    runs: 100,
    sample: async () => {
      const { engine } = await stand(3);
      return milliseconds(() => engine.guard({ routerIds: [] }, soon()));
    },
  },
  {
    name: 'FRR: one observation of 100 clients',
    unit: 'ms',
    runs: 100,
    sample: async () => {
      const { engine } = await stand(3);
      return milliseconds(() => engine.observe(soon()));
    },
  },
  {
    name: 'FRR: a forbidden client, from established to evicted',
    unit: 'ms',
    runs: 20,
    sample: evictForbidden,
    tearDown: () => stop(3),
  },
];

async function changeNeighbor(count: number): Promise<number> {
  const { engine, neighbors } = await stand(count);
  const isMore = neighbors.length === count;
  if (isMore) neighbors.push('10.97.255.1');
  else neighbors.pop();
  return (await engine.apply(intentOf(neighbors), soon())).milliseconds;
}

/** The time on the client's clock, which is ours: between its establishment and the notification. */
async function evictForbidden(): Promise<number> {
  const { lab, engine } = await stand(3);
  const address = `192.168.99.${String((next += 1))}`;
  const unsubscribe = engine.subscribe(({ kind }) => {
    if (kind === 'sessions-changed') void engine.guard({ routerIds: [] }, soon());
  });
  await lab.startClients([client(address, 64999, '10.99.0.1', { retryMs: 60_000, holdSeconds: 90 })]);
  const status = await waitFor(
    'the client is evicted',
    async () => (await lab.ask({ kind: 'status', addresses: [address] }))[address],
    (one) => (one?.notifications.length ?? 0) > 0,
  );
  unsubscribe();
  await lab.ask({ kind: 'stop', addresses: [address], how: 'silent' });
  return (status?.notifications[0]?.at ?? NaN) - (status?.firstEstablishedAt ?? NaN);
}

function stand(count: number): Promise<Stand> {
  const known = stands.get(count) ?? startStand(count);
  stands.set(count, known);
  return known;
}

async function startStand(count: number): Promise<Stand> {
  const lab = await startLab();
  const neighbors = Array.from(
    { length: count },
    (_, index) => `10.97.${String(Math.floor(index / 250))}.${String((index % 250) + 1)}`,
  );
  const bgpd = await lab.startBgpd(1, renderRouteServer(intentOf(neighbors), 'frr'));
  const { engine } = engineOf(bgpd);
  await engine.apply(intentOf(neighbors), soon());
  await lab.startClients(
    Array.from({ length: clientCount }, (_, index) =>
      client(`192.168.1.${String(index + 1)}`, 65001 + index, bgpd.address, { routes: 100, holdSeconds: 90 }),
    ),
  );
  await waitFor(
    'every client holds the routes of the others',
    () => lab.ask({ kind: 'status' }),
    (all) => Object.values(all).every(({ heldRoutes }) => heldRoutes === (clientCount - 1) * 100),
    120_000,
  );
  return { lab, engine, neighbors };
}

async function stop(count: number): Promise<void> {
  const { lab, engine } = await stand(count);
  stands.delete(count);
  await engine.close();
  await lab.stop();
}

function intentOf(neighbors: readonly string[]): RouteServerIntent {
  return routeServer(1, { meshGroups: [meshGroup(neighbors)] });
}

import { renderRouteServer } from '@meshrs/router-config';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import type { ClientGroupIntent } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { waitFor } from '@meshrs/test-kit/wait';
import { client } from './client.ts';
import { engineOf, soon, type EngineUnderTest } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const anyRouterId = { routerIds: [] };
/** Of each bgpd's data; without a limit the routes of the flood take more. */
const memoryBytes = 220_000_000;
const flood = 300_000;
const limit = 20_000;
const sides = { a: 1, b: 2 } as const;
type SideName = keyof typeof sides;
const sideNames = ['a', 'b'] as const;

interface Side {
  readonly bgpd: Bgpd;
  readonly under: EngineUnderTest;
}

let lab: Lab;
let last = 0;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

/** Two route servers in one mesh, each with little memory, and clients that have a session with both. */
async function startSides(group: ClientGroupIntent): Promise<Readonly<Record<SideName, Side>>> {
  const numbers = { a: last + 1, b: last + 2 };
  last += 2;
  const start = async (side: SideName, other: SideName): Promise<Side> => {
    const intent = routeServer(sides[side], {
      meshGroups: [meshGroup([`10.99.0.${String(numbers[other])}`])],
      clientGroups: [group],
    });
    const within = ['prlimit', `--data=${String(memoryBytes)}`];
    const bgpd = await lab.startBgpd(numbers[side], renderRouteServer(intent, 'frr'), within);
    const under = engineOf(bgpd);
    await under.engine.apply(intent, soon());
    return { bgpd, under };
  };
  return { a: await start('a', 'b'), b: await start('b', 'a') };
}

/** A client's address at each side: to the lab they are two speakers. */
function addressesOf(host: number): Readonly<Record<SideName, string>> {
  return { a: `192.168.1.${String(host)}`, b: `192.168.2.${String(host)}` };
}

async function comeUp(at: Readonly<Record<SideName, Side>>, hosts: readonly number[], routes: number): Promise<void> {
  for (const side of sideNames) {
    await lab.startClients(
      hosts.map((host) => client(addressesOf(host)[side], 65000 + host, at[side].bgpd.address, { routes })),
    );
  }
}

async function statusOf(addresses: readonly string[]) {
  const status = await lab.ask({ kind: 'status', addresses });
  return addresses.map((each) => status[each] ?? expect.unreachable(`${each} is a client`));
}

describe('one client that announces without end, to both sides at once', () => {
  const good = [1, 2, 3];
  const goodAddresses = good.flatMap((host) => Object.values(addressesOf(host)));
  const bad = addressesOf(66);
  const kinds = {
    'of a listen range': clientGroup({ maximumPrefixes: limit }),
    declared: clientGroup({
      maximumPrefixes: limit,
      neighbors: sideNames.map((side) => declared('broken', bad[side], 65066)),
    }),
  };

  test.each(Object.entries(kinds))('%s: nobody else loses a session, and bgpd holds it', async (_, group) => {
    const all = await startSides(group);
    await comeUp(all, good, 5);
    await allUp(goodAddresses);
    for (const side of sideNames) {
      await lab.startClients([
        client(bad[side], 65066, all[side].bgpd.address, { routes: flood, holdSeconds: 180, retryMs: 100 }),
      ]);
    }
    for (const side of sideNames) {
      await waitFor(
        `side ${side} holds it`,
        async () => {
          expect(await all[side].under.engine.guard(anyRouterId, soon())).toMatchObject({ evicted: [] });
          return all[side].under.engine.held();
        },
        (held) => held.some((each) => each.address === address(bad[side])),
        60_000,
      );
    }
    for (const status of await statusOf(goodAddresses)) {
      expect(status).toMatchObject({ isEstablished: true, establishedCount: 1, dropCount: 0 });
    }
    // What it announced is gone with it, and the others have each other's routes.
    await waitFor(
      'the others have the routes of each other alone, of both speakers of each',
      () => statusOf(goodAddresses),
      (statuses) => statuses.every(({ heldRoutes }) => heldRoutes === 5 * 2 * (good.length - 1)),
      60_000,
    );
    await stop(all, [...goodAddresses, ...Object.values(bad)]);
  });

  test('without a limit both sides end: the flood is one that memory cannot hold', async () => {
    const all = await startSides(clientGroup());
    await comeUp(all, good, 5);
    await allUp(goodAddresses);
    for (const side of sideNames) {
      await lab.startClients([client(bad[side], 65066, all[side].bgpd.address, { routes: flood, holdSeconds: 180 })]);
    }
    await waitFor(
      'every client has lost both sessions',
      () => statusOf(goodAddresses),
      (statuses) => statuses.every(({ isEstablished }) => !isEstablished),
      60_000,
    );
    await stop(all, [...goodAddresses, ...Object.values(bad)]);
  });

  async function allUp(addresses: readonly string[]): Promise<void> {
    await waitFor(
      'all good clients are up',
      () => statusOf(addresses),
      (statuses) => statuses.every(({ isEstablished }) => isEstablished),
      30_000,
    );
  }

  async function stop(all: Readonly<Record<SideName, Side>>, addresses: readonly string[]): Promise<void> {
    await lab.ask({ kind: 'stop', addresses, how: 'silent' });
    for (const { bgpd, under } of Object.values(all)) {
      await under.engine.close();
      await bgpd.kill();
    }
  }
});

test('a declared client that is held is told of, and taken at once when it is cleared and sends less', async () => {
  const at = address('192.168.1.9');
  const group = clientGroup({ maximumPrefixes: 50, neighbors: [declared('leaf9', at, 65009, 7)] });
  const all = await startSides(group);
  const { bgpd, under } = all.a;
  await lab.startClients([client(at, 65009, bgpd.address, { routes: 8, retryMs: 100 })]);
  const { held } = await waitFor(
    'it is held',
    () => under.engine.guard(anyRouterId, soon()),
    (looked) => looked.held.length > 0,
  );
  expect(held).toMatchObject([{ address: at, group: group.name, name: 'leaf9', maximumPrefixes: 7 }]);
  await lab.ask({ kind: 'routes', address: at, count: 5 });
  expect((await under.engine.clearEvictions(at, soon())).released).toMatchObject([{ name: 'leaf9' }]);
  await waitFor(
    'it is up',
    () => statusOf([at]),
    ([status]) => status?.isEstablished === true,
    10_000,
  );
  expect((await under.engine.guard(anyRouterId, soon())).held).toEqual([]);
  expect(under.engine.held()).toEqual([]);
  await lab.ask({ kind: 'stop', addresses: [at], how: 'silent' });
  for (const side of Object.values(all)) {
    await side.under.engine.close();
    await side.bgpd.kill();
  }
});

import { renderRouteServer } from '@meshrs/router-config';
import { parseRunningConfig, planChanges, renderFrrConfig, type FrrConfig } from '@meshrs/router-config/frr';
import type { RouteServerIntent } from '@meshrs/contract';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { intents } from '@meshrs/router-config/test-data';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { contains, rangeOf } from '@meshrs/network';
import { address, asnRange } from '@meshrs/network/test-data';
import type { SpeakerStatus } from './bgp-speaker.ts';
import { client } from './client.ts';
import { engineOf, soon } from './engine-under-test.ts';
import { waitFor } from '@meshrs/test-kit/wait';
import { startLab, type Lab } from './lab.ts';
import { showRunningConfig } from './vty.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

test('mesh peers come and go while 100 clients hold 10 000 routes: no session notices', async () => {
  const clients = Array.from({ length: 100 }, (_, index) => ({
    at: `192.168.1.${String(index + 1)}`,
    asn: 65001 + index,
    isDeclared: index < 20,
  }));
  const group = clientGroup({
    neighbors: clients
      .filter(({ isDeclared }) => isDeclared)
      .map(({ at, asn }) => declared(`c${String(asn)}`, at, asn)),
  });
  const intentWith = (peers: readonly string[]): RouteServerIntent =>
    routeServer(1, { meshGroups: [meshGroup(peers)], clientGroups: [group] });
  const real = ['10.99.0.2', '10.99.0.3'];
  const bgpd = await lab.startBgpd(1, renderRouteServer(intentWith(real), 'frr'));
  for (const number of [2, 3]) {
    await lab.startBgpd(
      number,
      renderRouteServer(routeServer(number, { meshGroups: [meshGroup(['10.99.0.1'])] }), 'frr'),
    );
  }
  const { engine } = engineOf(bgpd);
  await engine.apply(intentWith(real), soon());
  await lab.startClients(clients.map(({ at, asn }) => client(at, asn, bgpd.address, { routes: 100, holdSeconds: 90 })));
  await waitFor(
    'every client holds the routes of the others',
    statuses,
    (all) => all.every(({ heldRoutes }) => heldRoutes === 9900),
    60_000,
  );
  const before = await observedSessions();
  expect(before.filter(({ state }) => state === 'established')).toHaveLength(102);

  for (let round = 0; round < 50; round++) {
    const phantoms = Array.from({ length: 5 }, (_, index) => `10.98.${String(round)}.${String(index + 1)}`);
    await engine.apply(intentWith([...real, ...phantoms]), soon());
    await engine.apply(intentWith(real), soon());
  }

  const after = await observedSessions();
  expect(after.map(({ address: at, establishedCount, droppedCount }) => [at, establishedCount, droppedCount])).toEqual(
    before.map(({ address: at }) => [at, 1, 0]),
  );
  for (const [index, session] of after.entries()) {
    expect(session.uptimeSeconds).toBeGreaterThanOrEqual(before[index]?.uptimeSeconds ?? Infinity);
  }
  for (const status of await statuses()) {
    expect(status).toMatchObject({
      isEstablished: true,
      establishedCount: 1,
      dropCount: 0,
      heldRoutes: 9900,
      withdrawnTotal: 0,
    });
  }
  const [oneStatus] = await statuses();
  expect(oneStatus?.lastNextHop).toMatch(/^192\.168\.1\./);
  expect(oneStatus?.lastAsPath[0]).toBe(4259840001);
  await lab.ask({ kind: 'stop', addresses: clients.map(({ at }) => at), how: 'cease' });
  await engine.close();

  async function statuses(): Promise<SpeakerStatus[]> {
    return Object.values(await lab.ask({ kind: 'status', addresses: clients.map(({ at }) => at) }));
  }

  async function observedSessions() {
    const { sessions } = await engine.observe(soon());
    return [...sessions].sort((one, other) => (one.address < other.address ? -1 : 1));
  }
});

test('any intent follows any other on a real bgpd', async () => {
  const bgpd = await lab.startBgpd(21, '');
  const { engine } = engineOf(bgpd);
  await fc.assert(
    fc.asyncProperty(intents, async (intent) => {
      await engine.apply(intent, soon());

      const { config, unknownLines } = parseRunningConfig(await showRunningConfig(bgpd));
      const told = withoutNarrow(config, intent);
      expect(planChanges(told, toFrrConfig(intent))).toEqual([]);
      expect(linesWithoutRanges(told)).toEqual(linesWithoutRanges(toFrrConfig(intent)));
      expect(unknownLines.filter((line) => !line.includes(': bmp '))).toEqual([]);
      const file = parseRunningConfig(readFileSync(bgpd.configFile, 'utf8'));
      expect(renderFrrConfig(withoutNarrow(file.config, intent))).toBe(renderFrrConfig(told));
    }),
    // Shrinking would begin from another running configuration than the one that failed.
    { numRuns: 150, endOnFailure: true },
  );
  await engine.close();
});

/**
 * Addresses of narrow ranges are neighbors, too, without an AS of their own, and stay so as long as a range has them
 * (narrow-ranges.test.ts): whatever else the intent does not name is left in, so that it fails, a declared client above all.
 */
function withoutNarrow(config: FrrConfig, intent: RouteServerIntent): FrrConfig {
  const { router } = config;
  if (!router) return config;
  const named = new Set(toFrrConfig(intent).router?.neighbors.map(({ address: at }) => at));
  const ranges = intent.clientGroups.flatMap(({ prefixes }) => prefixes);
  const isNarrow = ({ address: at, isPassive, remoteAs }: (typeof router.neighbors)[number]): boolean =>
    isPassive &&
    remoteAs === undefined &&
    !named.has(at) &&
    ranges.some((range) => contains(rangeOf(range), rangeOf(at)));
  return { ...config, router: { ...router, neighbors: router.neighbors.filter((one) => !isNarrow(one)) } };
}

type ChurnEvent =
  | { readonly kind: 'peer'; readonly number: number; readonly isThere: boolean }
  | { readonly kind: 'client'; readonly number: number; readonly asn: number | undefined }
  | { readonly kind: 'timers'; readonly seconds: number }
  | { readonly kind: 'limit'; readonly limit: number }
  | { readonly kind: 'as-list'; readonly last: number }
  | { readonly kind: 'bgpd-restarts' }
  | { readonly kind: 'agent-restarts' };

const churnEvents: fc.Arbitrary<ChurnEvent> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({ kind: fc.constant('peer'), number: fc.integer({ min: 1, max: 60 }), isThere: fc.boolean() }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('client'),
      number: fc.integer({ min: 1, max: 20 }),
      asn: fc.option(fc.integer({ min: 65001, max: 65010 }), { nil: undefined }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('timers'), seconds: fc.constantFrom(3, 10, 60) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('limit'), limit: fc.constantFrom(100, 1000, 20000) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('as-list'), last: fc.integer({ min: 65100, max: 65535 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'bgpd-restarts' }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'agent-restarts' }) },
);

test('1000 random events leave what a model of them says, and no client notices what is not its own', async () => {
  const bgpd = await lab.startBgpd(31, renderRouteServer(routeServer(31), 'frr'));
  const watched = '192.168.250.1';
  let { engine } = engineOf(bgpd);
  let bgpdRestarts = 0;
  let count = 0;
  await engine.apply(routeServer(31), soon());
  await lab.startClients([client(watched, 65099, bgpd.address)]);
  const model = {
    peers: new Set<string>(),
    clients: new Map<string, number>(),
    seconds: 10,
    limit: 1000,
    last: 65535,
  };
  const intentOfModel = (): RouteServerIntent =>
    routeServer(31, {
      meshGroups: [meshGroup([...model.peers])],
      clientGroups: [
        clientGroup({
          neighbors: [...model.clients].map(([at, itsAsn]) => declared('leaf', at, itsAsn)),
          timers: { keepaliveSeconds: model.seconds, holdSeconds: 3 * model.seconds },
          maximumPrefixes: model.limit,
          asns: [asnRange(`65001-${String(model.last)}`)],
        }),
      ],
    });

  // The client of the range is a neighbor since the first end of bgpd (docs/decisions/0040), and no part of the model.
  const ofModel = <T extends { readonly address: string }>(neighbors: readonly T[]): readonly T[] =>
    neighbors.filter(({ address }) => address !== watched || bgpdRestarts === 0);
  const running = async (): Promise<unknown> => {
    const { config } = parseRunningConfig(await showRunningConfig(bgpd));
    const { router } = config;
    return { ...config, ...(router && { router: { ...router, neighbors: ofModel(router.neighbors) } }) };
  };

  for (const event of fc.sample(churnEvents, { numRuns: 1000, seed: 20261122 })) {
    await happen(event);
    await engine.apply(intentOfModel(), soon());
    count += 1;
    if (count % 20 === 0) {
      expect(await running(), JSON.stringify(event)).toEqual(toFrrConfig(intentOfModel()));
    }
  }

  expect(await running()).toEqual(toFrrConfig(intentOfModel()));
  const file = readFileSync(bgpd.configFile, 'utf8').split('\n');
  expect(file.filter((line) => !line.includes(` ${watched} `)).join('\n')).toBe(
    renderRouteServer(intentOfModel(), 'frr'),
  );
  expect((await engine.observe(soon())).outstanding).toEqual([]);
  expect(bgpdRestarts).toBeGreaterThan(0);
  const status = await waitFor('the client is up', watchedStatus, (one) => one?.isEstablished === true);
  expect(status?.dropCount).toBe(bgpdRestarts);
  await lab.ask({ kind: 'stop', addresses: [watched], how: 'cease' });
  await engine.close();

  async function watchedStatus(): Promise<SpeakerStatus | undefined> {
    return (await lab.ask({ kind: 'status', addresses: [watched] }))[watched];
  }

  async function happen(event: ChurnEvent): Promise<void> {
    switch (event.kind) {
      case 'peer':
        if (event.isThere) model.peers.add(address(`10.98.0.${String(event.number)}`));
        else model.peers.delete(`10.98.0.${String(event.number)}`);
        return;
      case 'client':
        if (event.asn === undefined) model.clients.delete(`192.168.3.${String(event.number)}`);
        else model.clients.set(`192.168.3.${String(event.number)}`, event.asn);
        return;
      case 'timers':
        model.seconds = event.seconds;
        return;
      case 'limit':
        model.limit = event.limit;
        return;
      case 'as-list':
        model.last = event.last;
        return;
      case 'bgpd-restarts':
        await waitFor('the client is up', watchedStatus, (one) => one?.isEstablished === true);
        await bgpd.kill();
        await bgpd.start();
        bgpdRestarts += 1;
        return;
      case 'agent-restarts':
        await engine.close();
        ({ engine } = engineOf(bgpd));
        return;
    }
  }
});

/** What a configuration renders to, without its listen ranges: they may be written as other prefixes. */
function linesWithoutRanges(config: FrrConfig): readonly string[] {
  return renderFrrConfig(config)
    .split('\n')
    .filter((line) => !line.includes('bgp listen range'));
}

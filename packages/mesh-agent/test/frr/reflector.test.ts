import { renderRouteServer } from '@meshrs/router-config';
import { emptySpeakerConfig, renderSpeaker, standardRouter, standardSession } from '@meshrs/router-config/frr/speaker';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import { address, asn, prefix } from '@meshrs/network/test-data';
import { engineOf, soon } from './engine-under-test.ts';
import { waitFor } from '@meshrs/test-kit/wait';
import { startLab, type Lab } from './lab.ts';
import { openVty } from './vty.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

/** An iBGP client that announces an address. */
const reflectorClient = (number: number): string =>
  renderSpeaker({
    ...emptySpeakerConfig,
    router: {
      ...standardRouter(asn(65000), 'traditional'),
      routerId: address(`10.99.0.${String(number)}`),
      checksNetworkImport: false,
      families: [{ name: 'ipv4 unicast', networks: [prefix(`203.0.113.${String(number)}/32`)] }],
      neighbors: [
        {
          ...standardSession('ipv4 unicast'),
          address: address('10.99.0.1'),
          remoteAs: 'internal',
          connectSeconds: 1,
        },
      ],
    },
  });

test('a reflector passes IPv4 routes between clients of its AS, from a range and declared, next hop untouched', async () => {
  const intent = routeServer(1, {
    mode: 'ipv4-route-reflector',
    asn: asn(65000),
    clientGroups: [
      clientGroup({
        prefixes: [prefix('10.99.0.0/24')],
        asns: [],
        maximumPrefixes: 100,
        neighbors: [declared('edge3', '10.99.0.3', 65000)],
      }),
    ],
  });
  const bgpd = await lab.startBgpd(1, renderRouteServer(intent, 'frr'));
  const clients = [await lab.startBgpd(2, reflectorClient(2)), await lab.startBgpd(3, reflectorClient(3))];
  const { engine } = engineOf(bgpd);
  expect((await engine.apply(intent, soon())).changes).toEqual([]);

  const routes = await Promise.all(
    clients.map((one, index) =>
      waitFor(
        'the route of the other client',
        async () => {
          const session = await openVty(one);
          const answer = await session.command('show bgp ipv4 unicast json', soon());
          session.close();
          const all = JSON.parse(answer.output) as { routes?: Record<string, { nexthops: { ip: string }[] }[]> };
          return all.routes?.[`203.0.113.${String(3 - index)}/32`]?.[0]?.nexthops[0]?.ip;
        },
        (nextHop) => nextHop !== undefined,
        30_000,
      ),
    ),
  );

  expect(routes).toEqual(['10.99.0.3', '10.99.0.2']);
  const { sessions } = await engine.observe(soon());
  expect(sessions.map(({ address, kind, receivedPrefixes }) => [address, kind, receivedPrefixes]).sort()).toEqual([
    ['10.99.0.2', 'range-client', 1],
    ['10.99.0.3', 'declared-client', 1],
  ]);
  expect((await engine.guard({ routerIds: [intent.routerId] }, soon())).evicted).toEqual([]);
  await engine.close();
});

import { renderRouteServer } from '@meshrs/router-config';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientGroup, routeServer } from '@meshrs/contract/test-data';
import { prefix } from '@meshrs/network/test-data';
import { client } from './client.ts';
import { engineOf, soon } from './engine-under-test.ts';
import { waitFor } from '@meshrs/test-kit/wait';
import { startLab, type Lab } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

/**
 * The gate between two sides takes End-of-RIB for "its routes are there" and compares prefixes of clients without one
 * (packages/mesh/src/sides). That rests on what is held here: a route server that offers no graceful restart hears
 * of End-of-RIB from clients that know it, from FRR's own defaults on, and is told nothing of those that do not.
 */
test('End-of-RIB of a client is seen although the route server has graceful restart disabled', async () => {
  const ranges = ['192.168.0.0/16', '10.99.0.0/16'].map(prefix);
  const intent = routeServer(1, { clientGroups: [clientGroup({ prefixes: ranges })] });
  const bgpd = await lab.startBgpd(1, renderRouteServer(intent, 'frr'));
  const { engine } = engineOf(bgpd);
  await engine.apply(intent, soon());
  await lab.startBgpd(2, frrClient(65002, bgpd.address, intent.asn, []));
  await lab.startBgpd(3, frrClient(65003, bgpd.address, intent.asn, ['bgp graceful-restart']));
  await lab.startBgpd(4, frrClient(65004, bgpd.address, intent.asn, ['bgp graceful-restart-disable']));
  await lab.startClients([
    client('192.168.1.1', 65101, bgpd.address, { routes: 20 }),
    client('192.168.1.2', 65102, bgpd.address, { routes: 20, restartSeconds: 120 }),
  ]);

  const isReceived = async () => {
    const { sessions } = await engine.observe(soon());
    const established = sessions.filter(({ state }) => state === 'established');
    return Object.fromEntries(established.map(({ address, endOfRib }) => [address, endOfRib.received]));
  };
  await waitFor('End-of-RIB where it is known', isReceived, (seen) => {
    return Object.keys(seen).length === 5 && Object.values(seen).filter(Boolean).length === 3;
  });

  expect(await isReceived()).toEqual({
    '10.99.0.2': true,
    '10.99.0.3': true,
    '10.99.0.4': false,
    '192.168.1.1': false,
    '192.168.1.2': true,
  });
  await engine.close();
});

function frrClient(asn: number, remote: string, remoteAsn: number, lines: readonly string[]): string {
  return [
    `router bgp ${String(asn)}`,
    ` bgp router-id 192.168.255.${String(asn % 250)}`,
    ' no bgp ebgp-requires-policy',
    ' no bgp default ipv4-unicast',
    ...lines.map((line) => ` ${line}`),
    ` neighbor ${remote} remote-as ${String(remoteAsn)}`,
    ` neighbor ${remote} ebgp-multihop 10`,
    ` neighbor ${remote} timers connect 1`,
    ' address-family l2vpn evpn',
    `  neighbor ${remote} activate`,
    ' exit-address-family',
    '',
  ].join('\n');
}

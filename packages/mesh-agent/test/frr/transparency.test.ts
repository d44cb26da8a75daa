import { renderRouteServer } from '@meshrs/router-config';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { meshGroup, routeServer } from '@meshrs/contract/test-data';
import { client } from './client.ts';
import { engineOf, soon } from './engine-under-test.ts';
import { waitFor } from '@meshrs/test-kit/wait';
import { startLab, type Lab } from './lab.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

const routeDistinguisher = '0001c0a801010001';
/** RFC 7432 section 7.2: with an ESI, a MAC address, an IP address and a label. */
const macIpRoute = `0225${routeDistinguisher}00112233445566778899000000003002000000000120c6336407002710`;
/** RFC 9136 section 3.1: 203.0.113.0/24 with gateway 198.51.100.1. */
const prefixRoute = `0522${routeDistinguisher}000000000000000000000000000018cb007100c6336401002710`;

test.each([
  ['a MAC/IP route with its ESI', macIpRoute],
  ['a prefix route with its gateway', prefixRoute],
])('%s crosses one route server and the mesh with nothing changed but one AS more', async (_, route) => {
  const number = route === macIpRoute ? 1 : 3;
  const [one, other] = [`10.99.0.${String(number)}`, `10.99.0.${String(number + 1)}`] as const;
  const [source, near, far] = [
    `192.168.${String(number)}.1`,
    `192.168.${String(number)}.2`,
    `192.168.${String(number)}.3`,
  ] as const;
  const first = await lab.startBgpd(
    number,
    renderRouteServer(routeServer(number, { meshGroups: [meshGroup([other])] }), 'frr'),
  );
  await lab.startBgpd(
    number + 1,
    renderRouteServer(routeServer(number + 1, { meshGroups: [meshGroup([one])] }), 'frr'),
  );
  const { engine } = engineOf(first);
  await engine.connect(soon());

  await lab.startClients([
    client(source, 65001, one, { rawRoutes: [route] }),
    client(near, 65002, one),
    client(far, 65003, other),
  ]);

  for (const receiver of [near, far]) {
    const status = await waitFor(
      `${receiver} has the route`,
      async () => (await lab.ask({ kind: 'status', addresses: [receiver] }))[receiver],
      (seen) => seen?.heldRoutes === 1,
      30_000,
    );
    expect(status).toMatchObject({
      lastRawNlri: route,
      lastNextHop: source,
      lastAsPath: [4259840001, 65001],
    });
    expect(status?.lastExtendedCommunities.match(/.{16}/g)?.sort()).toEqual(['0002fde900000001', '0600000000000007']);
  }
  await engine.close();
});

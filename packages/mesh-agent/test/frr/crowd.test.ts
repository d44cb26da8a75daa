import { renderRouteServer } from '@meshrs/router-config';
import { clientGroup, routeServer } from '@meshrs/contract/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { waitFor } from '@meshrs/test-kit/wait';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { address } from '@meshrs/network/test-data';
import { endUnlessEstablished } from '../../src/frr/end-unless-established.ts';
import type { RangeLook } from '../../src/engine/mesh-engine.ts';
import { client } from './client.ts';
import { engineOf, soon, type EngineUnderTest } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';
import { openVty, sendLines } from './vty.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const limit = 40;
/** As long as a group's hold time may be: bgpd itself ends no connection in this test. */
const intent = routeServer(1, { clientGroups: [clientGroup({ timers: { keepaliveSeconds: 60, holdSeconds: 180 } })] });
const [early, late] = ['192.168.1.1', '192.168.1.2'] as const;

let lab: Lab;
let bgpd: Bgpd;
let under: EngineUnderTest;
let last = 100;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});
beforeEach(async () => {
  last += 1;
  bgpd = await lab.startBgpd(last, renderRouteServer(intent, 'frr'));
  under = engineOf(bgpd);
  await under.engine.apply(intent, soon());
  const vty = await openVty(bgpd);
  const lines = ['configure terminal', 'router bgp 4259840001', `bgp listen limit ${String(limit)}`, 'end'];
  expect(await sendLines(vty, lines)).toEqual([]);
  vty.close();
  // What it runs is read again here.
  await under.engine.observe(soon());
  await lab.startClients([client(early, 65001, bgpd.address, { routes: 3 })]);
  await lab.up(early);
});
afterEach(async () => {
  await lab.ask({ kind: 'stop', addresses: [early, late], how: 'silent' });
  await under.engine.close();
  await bgpd.kill();
});

describe('connections that say nothing and have all places of the ranges', () => {
  beforeEach(async () => {
    crowd(2 * limit);
    await waitFor('all places are taken', look, ({ count }) => count === limit);
  });

  test('lose them, so that a client comes in, and no session ends by that', async () => {
    await lab.startClients([client(late, 65002, bgpd.address, { routes: 2, retryMs: 100 })]);
    await pause(1000);
    expect(await lab.statusOf(late)).toMatchObject({ isEstablished: false, establishedCount: 0 });
    expect((await under.engine.observe(soon())).rangeNeighbors).toEqual({ count: limit, established: 1, limit });

    let cleared = 0;
    await waitFor(
      'the client is in',
      async () => {
        under.forward(10_000);
        cleared += (await look()).cleared.length;
        return lab.statusOf(late);
      },
      ({ isEstablished }) => isEstablished,
    );

    // Many more looks, while connections come and go: who is established is never among those that lose theirs.
    for (let index = 0; index < 20; index++) {
      under.forward(10_000);
      cleared += (await look()).cleared.length;
      await pause(100);
    }
    expect(cleared).toBeGreaterThan(limit);
    for (const one of [early, late]) {
      expect(await lab.statusOf(one)).toMatchObject({ isEstablished: true, establishedCount: 1, dropCount: 0 });
    }
  });

  test('keep them for the time that a handshake may take', async () => {
    expect((await look()).cleared).toEqual([]);
    under.forward(9000);
    expect((await look()).cleared).toEqual([]);
  });
});

test('connections that say nothing are let be while there is room', async () => {
  crowd(limit / 2 - 2);
  await waitFor('they are there', look, ({ waiting }) => waiting === limit / 2 - 2);
  under.forward(600_000);

  expect(await look()).toMatchObject({ count: limit / 2 - 1, cleared: [] });
});

test('a session is never ended, also when it was none a moment before', async () => {
  const vty = await openVty(bgpd);

  expect(await endUnlessEstablished(vty, address(early), soon())).toBe(false);
  expect(await endUnlessEstablished(vty, address('192.168.1.250'), soon())).toBe(false);

  vty.close();
  expect(await lab.statusOf(early)).toMatchObject({ isEstablished: true, establishedCount: 1, dropCount: 0 });
});

function crowd(count: number): void {
  const script = join(import.meta.dirname, 'half-open-process.ts');
  lab.startAtClients([process.execPath, script, bgpd.address, `192.168.${String(last)}.0`, String(count), '200']);
}

async function look(): Promise<RangeLook> {
  const { range } = await under.engine.guard({ routerIds: [] }, soon());
  if (!range) throw new Error('bgpd runs no BGP');
  return range;
}

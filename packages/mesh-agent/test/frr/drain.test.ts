import { renderRouteServer } from '@meshrs/router-config';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { client } from './client.ts';
import { notDrained } from '../../src/engine/drain-at-engine.ts';
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

test('a drain is seen by clients as GRACEFUL_SHUTDOWN on every route, then as Cease with the message', async () => {
  const [source, range, known] = ['192.168.1.1', '192.168.1.2', '192.168.1.3'] as const;
  const own = routeServer(1, {
    meshGroups: [meshGroup(['10.99.0.2'])],
    clientGroups: [clientGroup({ neighbors: [declared('dc1-leaf1', known, 65003)] })],
  });
  const other = routeServer(2, { meshGroups: [meshGroup(['10.99.0.1'])] });
  const bgpd = await lab.startBgpd(1, renderRouteServer(own, 'frr'));
  const mesh = await lab.startBgpd(2, renderRouteServer(other, 'frr'));
  let { engine } = engineOf(bgpd);
  const observer = engineOf(mesh).engine;
  await engine.apply(own, soon());
  await observer.apply(other, soon());
  await lab.startClients([
    client(source, 65001, bgpd.address, { routes: 100 }),
    client(range, 65002, bgpd.address),
    client(known, 65003, bgpd.address),
  ]);
  for (const one of [range, known]) {
    await waitFor(
      `${one} has the routes`,
      () => lab.statusOf(one),
      ({ heldRoutes }) => heldRoutes === 100,
    );
  }
  await waitFor('the mesh has them', meshRoutes, (count) => count === 100, 30_000);

  const announced = { isGracefulShutdown: true };
  const closed = { ...announced, closedWith: 'routeserver-a-0 restarts, back in a minute' };
  await engine.setDrain(() => announced, soon());
  await engine.setDrain(() => announced, soon());

  for (const one of [range, known]) {
    const status = await waitFor(
      `${one} sees it`,
      () => lab.statusOf(one),
      (seen) => seen.heldWithGracefulShutdown === 100,
    );
    expect(status).toMatchObject({ isEstablished: true, establishedCount: 1, dropCount: 0, heldRoutes: 100 });
  }
  expect((await engine.observe(soon())).drain).toBe('graceful-shutdown');

  await engine.setDrain(() => closed, soon());
  await engine.setDrain(() => closed, soon());

  for (const one of [source, range, known]) {
    const status = await waitFor(
      `${one} is closed`,
      () => lab.statusOf(one),
      ({ isEstablished }) => !isEstablished,
    );
    expect(status.notifications[0]).toMatchObject({
      code: 6,
      subcode: 2,
      message: 'routeserver-a-0 restarts, back in a minute',
    });
  }
  await waitFor('the mesh has no route left', meshRoutes, (count) => count === 0);
  expect((await observer.observe(soon())).sessions[0]).toMatchObject({ state: 'established', droppedCount: 0 });
  await sleep(1000);
  for (const one of [source, range, known]) expect(await lab.statusOf(one)).toMatchObject({ establishedCount: 1 });
  expect((await engine.observe(soon())).drain).toBe('clients-closed');

  // Neither an apply nor another agent lets clients in.
  const changed = { ...own, meshGroups: [meshGroup(['10.99.0.2', '10.99.0.9'])] };
  await engine.apply(changed, soon());
  await engine.close();
  ({ engine } = engineOf(bgpd));
  await engine.apply(changed, soon());
  await sleep(1000);
  for (const one of [source, range, known]) expect(await lab.statusOf(one)).toMatchObject({ establishedCount: 1 });
  expect((await engine.observe(soon())).drain).toBe('clients-closed');

  // Taken back, all come again, with their routes as before; and again it can be drained.
  await engine.setDrain(() => notDrained, soon());
  for (const one of [range, known]) {
    const status = await waitFor(
      `${one} is back`,
      () => lab.statusOf(one),
      (seen) => seen.isEstablished && seen.heldRoutes === 100,
      30_000,
    );
    expect(status).toMatchObject({ establishedCount: 2, heldWithGracefulShutdown: 0 });
  }
  expect((await engine.observe(soon())).drain).toBe('none');
  await engine.setDrain(() => closed, soon());
  await waitFor(
    'it is closed again',
    () => lab.statusOf(range),
    ({ isEstablished }) => !isEstablished,
  );

  // The file never has a drain: a bgpd that starts again serves at once, also before an agent comes.
  expect(readFileSync(bgpd.configFile, 'utf8')).not.toMatch(/graceful-shutdown|shutdown message/);
  expect(readFileSync(bgpd.configFile, 'utf8')).toContain('neighbor 10.99.0.9');
  await engine.close();
  await bgpd.kill();
  await bgpd.start();
  await waitFor(
    'it serves',
    () => lab.statusOf(range),
    ({ isEstablished }) => isEstablished,
    30_000,
  );
  await observer.close();

  async function meshRoutes(): Promise<number> {
    const { sessions } = await observer.observe(soon());
    return sessions.find(({ address }) => address === '10.99.0.1')?.receivedPrefixes ?? -1;
  }
});

import { renderRouteServer } from '@meshrs/router-config';
import { routeServer } from '@meshrs/contract/test-data';
import { waitFor } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { machineClock, type Clock } from '../../src/async/clock.ts';
import { settingsText, staticSource } from '../settings-text.ts';
import { get, startTestSidecar, type TestSidecar } from '../start-sidecar.ts';
import { client } from './client.ts';
import { engineOf } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';

/*
 * A route server of side a that loses clients which side b has, with two agents beside two real bgpds, and the hold time
 * that is in use. That the budget then keeps side b is held with a real API server (packages/cli/src/validating/disruption-budget.test.ts).
 */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

const [x, y] = ['192.168.7.1', '192.168.7.2'];
const limitMs = 600_000;

function movableClock(): Clock & { forward: (ms: number) => void } {
  let aheadMs = 0;
  return {
    ...machineClock,
    monotonicMs: () => machineClock.monotonicMs() + aheadMs,
    forward: (ms) => {
      aheadMs += ms;
    },
  };
}

async function startSide(number: number, peer: string, readiness: string) {
  const bgpd = await lab.startBgpd(number, renderRouteServer(routeServer(number, { meshGroups: [] }), 'frr'));
  const clock = movableClock();
  const settings = settingsText({ source: staticSource(peer), clientPrefix: '192.168.0.0/16', readiness });
  const agent = await startTestSidecar({ settings, engine: engineOf(bgpd).engine, clock });
  // What it changes at first may reset sessions: no client comes before that.
  await waitFor('it is applied', async () => (await agent.sidecar.status()).engine.isApplied, Boolean, 20_000);
  return { bgpd, clock, agent };
}

const bodyOf = async ({ address }: TestSidecar) => (await get(address, '/readyz')).body;
const statusOf = async ({ address }: TestSidecar) => (await get(address, '/readyz')).status;
const becomes = (agent: TestSidecar, wanted: number, seconds = 20) =>
  waitFor(
    `it answers ${String(wanted)}`,
    () => statusOf(agent),
    (seen) => seen === wanted,
    seconds * 1000,
    50,
  );
const isHere = async ({ sidecar }: TestSidecar, address: string) => {
  const { sessions } = await sidecar.status();
  return (
    sessions.kind === 'read' && sessions.list.some((each) => each.address === address && each.state === 'established')
  );
};

test('it is not ready while side b alone has the client, at most for its time; a session that is reset changes nothing', async () => {
  const b = await startSide(7, '192.0.2.200', '{waitsForClients: false}');
  const a = await startSide(8, b.agent.address, '{waitsForClients: true}');
  for (const { bgpd } of [b, a]) {
    // The speakers are kept by address: those of a are known last, so they are the ones that are stopped.
    await lab.startClients([
      client(x, 65001, bgpd.address, { routes: 5, holdSeconds: 9 }),
      client(y, 65002, bgpd.address, { routes: 5, holdSeconds: 9 }),
    ]);
  }
  for (const { agent } of [a, b]) {
    for (const each of [x, y]) await waitFor(`${each} is there`, () => isHere(agent, each), Boolean, 30_000);
  }
  // The mesh of this test never comes up: its peers are agents, and no bgpds.
  a.clock.forward(60_000);
  await becomes(a.agent, 200);

  // A session that is reset comes back within its connect-retry.
  for (let round = 0; round < 3; round += 1) {
    await lab.ask({ kind: 'notify', address: x, code: 6, subcode: 4, data: '' });
    await waitFor('it comes back', () => isHere(a.agent, x), Boolean, 10_000);
    expect(await statusOf(a.agent)).toBe(200);
  }
  expect(a.agent.events()).not.toContain('clients-lost');

  // Its fibre to side a is cut.
  const cutAt = performance.now();
  await lab.ask({ kind: 'stop', addresses: [x], how: 'silent' });
  await becomes(a.agent, 503, 30);
  const lostAfterMs = performance.now() - cutAt;
  expect(lostAfterMs).toBeGreaterThan(9500);
  expect(lostAfterMs).toBeLessThan(25_000);
  expect(await bodyOf(a.agent)).toContain(`"kind":"clients-lost","clients":["${x}"]`);
  expect((await a.agent.sidecar.status()).lostClients).toMatchObject([{ address: x, phase: 'unready' }]);
  // Who is still connected stays so, and side b lacks nobody.
  expect((await lab.ask({ kind: 'status', addresses: [y] }))[y]).toMatchObject({ isEstablished: true, dropCount: 0 });
  expect(await statusOf(b.agent)).toBe(200);

  await lab.startClients([client(x, 65001, a.bgpd.address, { routes: 5 })]);
  await becomes(a.agent, 200);
  expect((await a.agent.sidecar.status()).lostClients).toEqual([]);

  // It is cut again, for good.
  await lab.ask({ kind: 'stop', addresses: [x], how: 'reset' });
  await becomes(a.agent, 503, 30);
  a.clock.forward(limitMs);
  await becomes(a.agent, 200);
  expect((await a.agent.sidecar.status()).lostClients).toMatchObject([{ address: x, phase: 'over' }]);
  expect(a.agent.events()).toContain('clients-lost-for-long');
  for (const { agent } of [a, b]) await agent.remove();
});

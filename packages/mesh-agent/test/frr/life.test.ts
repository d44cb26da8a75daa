import { renderRouteServer } from '@meshrs/router-config';
import { routeServer } from '@meshrs/contract/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { engineOf, soon } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';
import { showRunningConfig } from './vty.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

/** What an agent that starts now is told of the daemon's life. */
async function lifeOf(bgpd: Bgpd): Promise<string> {
  const { engine, events } = engineOf(bgpd);
  await engine.connect(soon());
  await engine.close();
  const connected = events.find((event) => event.kind === 'connected');
  return connected?.life ?? expect.unreachable('connected without an event');
}

test('a life is that of the process: equal for every agent while bgpd lives, whatever happens to it', async () => {
  const intent = routeServer(1);
  const bgpd = await lab.startBgpd(1, renderRouteServer(intent, 'frr'));
  const first = await lifeOf(bgpd);

  const { engine } = engineOf(bgpd);
  await engine.apply(routeServer(1, { meshGroups: [] }), soon());
  await engine.close();
  await showRunningConfig(bgpd);
  expect(await lifeOf(bgpd)).toBe(first);

  process.kill(bgpd.pid, 'SIGSTOP');
  await sleep(300);
  process.kill(bgpd.pid, 'SIGCONT');
  expect(await lifeOf(bgpd)).toBe(first);

  process.kill(bgpd.pid, 'SIGHUP');
  await sleep(300);
  expect(await lifeOf(bgpd)).toBe(first);
});

test('each start of bgpd is another life, also at once one after the other', async () => {
  const bgpd = await lab.startBgpd(2, renderRouteServer(routeServer(2), 'frr'));
  const lives = [await lifeOf(bgpd)];
  for (let round = 1; round <= 5; round += 1) {
    await bgpd.kill();
    await bgpd.start();
    lives.push(await lifeOf(bgpd));
  }
  expect(new Set(lives).size).toBe(6);
});

test('a restart is told as one where the agent has seen the life before it', async () => {
  const bgpd = await lab.startBgpd(3, renderRouteServer(routeServer(3), 'frr'));
  const { engine, events } = engineOf(bgpd);
  await engine.connect(soon());
  await bgpd.kill();
  await bgpd.start();
  await vi.waitFor(() => {
    expect(events.some(({ kind }) => kind === 'lost')).toBe(true);
  });
  await engine.connect(soon());
  await engine.close();
  const connected = events.flatMap((event) => (event.kind === 'connected' ? [event] : []));
  expect(connected.map(({ isRestart }) => isRestart)).toEqual([false, true]);
  expect(new Set(connected.map(({ life }) => life)).size).toBe(2);
});

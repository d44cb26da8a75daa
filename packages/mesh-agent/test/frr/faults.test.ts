import { renderRouteServer } from '@meshrs/router-config';
import { parseRunningConfig } from '@meshrs/router-config/frr';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { client } from './client.ts';
import { engineOf, soon } from './engine-under-test.ts';
import { waitFor } from '@meshrs/test-kit/wait';
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

test('a bgpd that starts late is waited for, until the caller gives up', async () => {
  const intent = routeServer(1);
  const bgpd = await lab.startBgpd(1, renderRouteServer(intent, 'frr'));
  await bgpd.kill();
  rmSync(bgpd.socketPath, { force: true });
  const { engine, events } = engineOf(bgpd);

  await expect(engine.connect(AbortSignal.timeout(200))).rejects.toMatchObject({ code: 'aborted' });
  await expect(engine.apply(intent, soon())).rejects.toMatchObject({ code: 'engine-unreachable', retryable: true });
  const failures: string[] = [];
  const connecting = engine.connect(soon(), ({ message }) => failures.push(message));
  await sleep(100);
  expect(failures[0]).toBe(`bgpd's socket ${bgpd.socketPath}: ENOENT; see "kubectl logs POD -c frr".`);
  await bgpd.start();
  await connecting;

  expect(events).toMatchObject([{ kind: 'connected', isRestart: false }]);
  expect((await engine.apply(intent, soon())).changes).toEqual([]);
  await engine.close();
  expect(events).toHaveLength(1);
});

test('a bgpd that does not answer is given up after the deadline, and taken up again', async () => {
  const intent = routeServer(2);
  const bgpd = await lab.startBgpd(2, renderRouteServer(intent, 'frr'));
  const { engine, events } = engineOf(bgpd, { commandTimeoutMs: 300 });
  await engine.apply(intent, soon());
  const changed = routeServer(2, { meshGroups: [meshGroup(['10.99.0.77'])] });

  process.kill(bgpd.pid, 'SIGSTOP');
  await expect(engine.apply(changed, soon())).rejects.toMatchObject({ code: 'engine-timeout', retryable: true });
  await expect(engine.observe(soon())).rejects.toMatchObject({ code: 'engine-timeout' });
  process.kill(bgpd.pid, 'SIGCONT');
  await engine.connect(soon());
  await engine.apply(changed, soon());

  expect(events.map(({ kind }) => kind)).toContain('lost');
  expect(events.findLast(({ kind }) => kind !== 'changed')).toMatchObject({ kind: 'connected', isRestart: false });
  // Told once, whether bgpd carried the change out when it went on or had to be given it again.
  expect(events.flatMap((event) => (event.kind === 'changed' ? event.changes : []))).toEqual([
    { kind: 'neighbor-added', group: 'MESHRR-CORE', subject: '10.99.0.77', resets: 'none' },
  ]);
  expect(parseRunningConfig(await showRunningConfig(bgpd)).config).toEqual(toFrrConfig(changed));
  await engine.close();
});

test('a file that cannot be written is a failure, though what runs is right', async () => {
  const intent = routeServer(3, { meshGroups: [meshGroup(['10.99.0.78'])] });
  const bgpd = await lab.startBgpd(3, '');
  const { engine } = engineOf(bgpd, { configFile: join(bgpd.folder, 'no-such-folder/frr.conf') });

  await expect(engine.apply(intent, soon())).rejects.toMatchObject({ code: 'config-not-written', retryable: true });

  expect(parseRunningConfig(await showRunningConfig(bgpd)).config).toEqual(toFrrConfig(intent));
  await engine.close();
});

test('an intent that cannot be rendered is refused, and nothing is touched', async () => {
  const intent = routeServer(4);
  const bgpd = await lab.startBgpd(4, renderRouteServer(intent, 'frr'));
  const { engine } = engineOf(bgpd);
  const before = parseRunningConfig(await showRunningConfig(bgpd)).config;
  const unsafe = { ...intent, clientGroups: [clientGroup({ name: 'X\nno router bgp' })] };

  await expect(engine.apply(unsafe, soon())).rejects.toMatchObject({ code: 'intent-not-renderable', retryable: false });

  expect(parseRunningConfig(await showRunningConfig(bgpd)).config).toEqual(before);
  await engine.close();
});

test('a declared client with another AS is refused at OPEN; one over its limit is held down, and told why', async () => {
  const [wrong, greedy] = ['192.168.6.1', '192.168.6.2'] as const;
  const neighbors = [declared('wrong', wrong, 65001), declared('greedy', greedy, 65002, 10)];
  const intent = routeServer(6, { clientGroups: [clientGroup({ neighbors })] });
  const bgpd = await lab.startBgpd(6, renderRouteServer(intent, 'frr'));
  const { engine } = engineOf(bgpd);
  await engine.apply(intent, soon());
  await lab.startClients([client(wrong, 65009, bgpd.address), client(greedy, 65002, bgpd.address, { routes: 20 })]);

  const statuses = await waitFor(
    'both were refused',
    () => lab.ask({ kind: 'status' }),
    (all) => Object.values(all).every(({ notifications, isEstablished }) => notifications.length > 0 && !isEstablished),
  );

  expect(statuses[wrong]).toMatchObject({ establishedCount: 0 });
  expect(statuses[wrong]?.notifications[0]).toMatchObject({ code: 2, subcode: 2 });
  expect(statuses[greedy]?.notifications[0]).toMatchObject({ code: 6, subcode: 1 });
  expect(statuses[greedy]?.establishedCount).toBe(1);
  const { sessions } = await engine.observe(soon());
  expect(sessions.find(({ address }) => address === greedy)).toMatchObject({
    kind: 'declared-client',
    name: 'greedy',
    state: 'idle',
    establishedCount: 1,
    droppedCount: 1,
  });
  // bgpd itself keeps both out: the guard has nothing to do with them.
  expect((await engine.guard({ routerIds: [] }, soon())).evicted).toEqual([]);
  await engine.close();
});

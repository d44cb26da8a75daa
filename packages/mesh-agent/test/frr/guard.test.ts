import { renderRouteServer } from '@meshrs/router-config';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, asnRange, prefix } from '@meshrs/network/test-data';
import type { MeshEngine } from '../../src/engine/mesh-engine.ts';
import type { SpeakerStatus } from './bgp-speaker.ts';
import { client } from './client.ts';
import { engineOf, soon, type EngineUnderTest } from './engine-under-test.ts';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { waitFor } from '@meshrs/test-kit/wait';
import { startLab, type Lab } from './lab.ts';
import { openVty, sendLines } from './vty.ts';
import type { VtySession } from '../../src/frr/vty-session.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const anyRouterId = { routerIds: [] };
const minute = 60_000;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

describe('a client from an open range', () => {
  const intent = routeServer(1, { clientGroups: [clientGroup({ maximumPrefixes: 50 })] });
  const [good, bad, third] = ['192.168.1.1', '192.168.1.2', '192.168.1.3'] as const;
  let bgpd: Bgpd;
  let under: EngineUnderTest;
  let last = 30;
  // A bgpd, an agent and clients for each test: evictions, counters and the log target of one are nothing to another.
  beforeEach(async () => {
    last += 1;
    bgpd = await lab.startBgpd(last, renderRouteServer(intent, 'frr'));
    under = engineOf(bgpd);
    await under.engine.apply(intent, soon());
    await lab.startClients([client(good, 65001, bgpd.address, { routes: 20 })]);
    await lab.up(good);
  });
  afterEach(async () => {
    await lab.ask({ kind: 'stop', addresses: [good, bad, third], how: 'silent' });
    await under.engine.close();
    await bgpd.kill();
  });

  test('of a forbidden AS is evicted when it comes up, and receives nothing after', async () => {
    under.events.length = 0;
    await lab.startClients([client(bad, 64999, bgpd.address, { routes: 5, retryMs: 100 })]);
    await waitFor(
      'it comes up',
      () => lab.statusOf(bad),
      ({ establishedCount }) => establishedCount > 0,
    );
    await heard();

    const { evicted } = await under.engine.guard(anyRouterId, soon());

    expect(evicted).toMatchObject([
      { address: bad, group: 'MESHRR-CLIENTS', remoteAsn: 64999, reason: 'as-not-allowed', count: 1 },
    ]);
    await waitFor(
      'it is down',
      () => lab.statusOf(bad),
      ({ isEstablished }) => !isEstablished,
    );
    const after = await lab.statusOf(bad);
    await lab.ask({ kind: 'routes', address: good, count: 30 });
    const later = await dialedInVain(bad, 5);
    expect(later).toMatchObject({ isEstablished: false, establishedCount: 1, announcedTotal: after.announcedTotal });
    expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1, heldRoutes: 0 });
  });

  test('is evicted when the guard follows the events alone', async () => {
    const engine = under.engine;
    let evictions = 0;
    const unsubscribe = engine.subscribe(({ kind }) => {
      if (kind !== 'sessions-changed') return;
      void engine.guard(anyRouterId, soon()).then(({ evicted }) => {
        evictions += evicted.length;
      });
    });
    onTestFinished(() => {
      unsubscribe();
    });
    await lab.startClients([client(bad, 64999, bgpd.address, { retryMs: 60_000 })]);

    await waitFor(
      'the eviction',
      () => evictions,
      (count) => count > 0,
    );
    const { notifications } = await waitFor(
      'it hears',
      () => lab.statusOf(bad),
      (status) => status.notifications.length > 0,
    );
    expect(notifications.map(({ code, subcode }) => [code, subcode])).toEqual([[6, 4]]);
  });

  test('whose routes are of an AS that is not its own gives nothing', async () => {
    await lab.startClients([client(bad, 65002, bgpd.address, { routes: 5, claimedAsn: 64999 })]);
    // OPEN, KEEPALIVE, its routes, End-of-RIB; what another client sends after that arrives, so they would have, too.
    await waitFor(
      'bgpd has heard its routes',
      async () => (await under.engine.observe(soon())).sessions.find(({ address: at }) => at === bad),
      (session) => session?.state === 'established' && session.receivedMessages > 3,
    );
    await lab.startClients([client(third, 65003, bgpd.address, { routes: 2 })]);
    await heldBy(good, 2);
    expect((await under.engine.guard(anyRouterId, soon())).evicted).toEqual([]);
  });

  test('loses its routes when its AS leaves the list, and gives them again when it is back', async () => {
    await lab.startClients([client(bad, 65050, bgpd.address, { routes: 7 })]);
    await heldBy(good, 7);
    const shorter = routeServer(1, {
      clientGroups: [clientGroup({ maximumPrefixes: 50, asns: [asnRange('65001-65049')] })],
    });

    await under.engine.apply(shorter, soon());
    await heldBy(good, 0);
    await under.engine.apply(intent, soon());
    await heldBy(good, 7);

    expect(await lab.statusOf(bad)).toMatchObject({ isEstablished: true, establishedCount: 1 });
  });

  test('comes back with another AS when the eviction has expired, and with its backoff when it has not changed', async () => {
    await lab.startClients([client(bad, 64999, bgpd.address)]);
    await lab.up(bad);
    await waitFor(
      'the eviction',
      () => under.engine.guard(anyRouterId, soon()),
      ({ evicted }) => evicted.length > 0,
    );

    under.forward(minute - 1000);
    expect((await under.engine.guard(anyRouterId, soon())).ended).toEqual([]);
    under.forward(2000);
    expect((await under.engine.guard(anyRouterId, soon())).ended).toMatchObject([
      { address: bad, count: 1, why: 'expired' },
    ]);
    await waitFor(
      'it comes back',
      () => lab.statusOf(bad),
      ({ establishedCount }) => establishedCount === 2,
    );
    const { evicted } = await waitFor(
      'the second eviction',
      () => under.engine.guard(anyRouterId, soon()),
      (result) => result.evicted.length > 0,
    );
    expect(evicted).toMatchObject([{ address: bad, count: 2 }]);
    expect((evicted[0]?.until ?? 0) - (evicted[0]?.since ?? 0)).toBe(2 * minute);

    await lab.ask({ kind: 'stop', addresses: [bad], how: 'silent' });
    await lab.startClients([client(bad, 65003, bgpd.address)]);
    under.forward(2 * minute);
    await under.engine.guard(anyRouterId, soon());
    await lab.up(bad);
    expect((await under.engine.guard(anyRouterId, soon())).evicted).toEqual([]);
    await waitFor(
      'it gets routes',
      () => lab.statusOf(bad),
      ({ heldRoutes }) => heldRoutes > 0,
    );
  });

  test('that keeps exceeding its maximum-prefix is held down by bgpd itself', async () => {
    await lab.startClients([client(bad, 65004, bgpd.address, { routes: 60, retryMs: 200 })]);

    const { pinned, evicted } = await waitFor(
      'it is pinned',
      () => under.engine.guard(anyRouterId, soon()),
      (result) => result.pinned.length > 0,
    );

    expect(evicted).toEqual([]);
    expect(pinned).toMatchObject([{ address: bad, group: 'MESHRR-CLIENTS' }]);
    await waitFor(
      'bgpd holds it',
      async () => {
        await under.engine.guard(anyRouterId, soon());
        return under.engine.pins();
      },
      ([only]) => only?.standing === 'held',
    );
    const { establishedCount, notifications } = await lab.statusOf(bad);
    expect(notifications.map(({ code, subcode }) => [code, subcode])).toContainEqual([6, 1]);
    expect(await dialedInVain(bad, 4)).toMatchObject({ isEstablished: false, establishedCount });
    expect(await sessionOf(bad)).toMatchObject({ kind: 'range-client', group: 'MESHRR-CLIENTS', state: 'idle' });
    expect((await under.engine.observe(soon())).outstanding).toEqual([]);
    expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1 });
  });

  test('may come back at once when its eviction is cleared', async () => {
    await evictBad(under.engine);

    const cleared = await under.engine.clearEvictions(address(bad), soon());

    expect(cleared).toMatchObject({ evictions: [{ address: bad }], unpinned: [], leaving: [] });
    expect(under.engine.evictions()).toEqual([]);
    await waitFor(
      'it comes back',
      () => lab.statusOf(bad),
      ({ establishedCount }) => establishedCount === 2,
    );
  });

  test('stays where no eviction more is possible, and is told of', async () => {
    const capped = engineOf(bgpd, { maximumEvictions: 0 });
    await capped.engine.apply(intent, soon());
    await lab.startClients([client(bad, 64999, bgpd.address)]);
    await lab.up(bad);

    const result = await capped.engine.guard(anyRouterId, soon());

    expect(result).toMatchObject({
      evicted: [],
      ended: [],
      overCapacity: [{ address: bad, reason: 'as-not-allowed' }],
    });
    await capped.engine.close();
  });

  test('stays out when the agent or bgpd starts again', async () => {
    await evictBad(under.engine);
    expect(readFileSync(bgpd.configFile, 'utf8')).toContain(` neighbor ${bad} shutdown\n`);
    await under.engine.close();

    under = engineOf(bgpd);
    await under.engine.connect(soon());
    expect(under.engine.evictions()).toMatchObject([{ address: bad, reason: 'taken-over', remoteAsn: 64999 }]);
    expect((await under.engine.apply(intent, soon())).changes).toEqual([]);

    await bgpd.kill();
    await bgpd.start();
    await under.engine.apply(intent, soon());
    await lab.up(good);
    expect(await dialedInVain(bad, 3)).toMatchObject({ isEstablished: false, establishedCount: 1 });
    const { sessions } = await under.engine.observe(soon());
    expect(sessions.find((session) => session.address === bad)).toMatchObject({ kind: 'evicted', state: 'shutdown' });
  });

  async function sessionOf(one: string) {
    return (await under.engine.observe(soon())).sessions.find((session) => session.address === one);
  }

  async function evictBad(engine: MeshEngine): Promise<void> {
    await lab.startClients([client(bad, 64999, bgpd.address)]);
    await lab.up(bad);
    await waitFor(
      'the eviction',
      () => engine.guard(anyRouterId, soon()),
      ({ evicted }) => evicted.length > 0,
    );
    await waitFor(
      'it is down',
      () => lab.statusOf(bad),
      ({ isEstablished }) => !isEstablished,
    );
  }

  /** Its status after it has dialed some times more: by then it would be in, if it were let in. */
  async function dialedInVain(one: string, times: number): Promise<SpeakerStatus> {
    const { connectionAttempts } = await lab.statusOf(one);
    return waitFor(
      `${one} dials`,
      () => lab.statusOf(one),
      (status) => status.connectionAttempts >= connectionAttempts + times,
    );
  }

  async function heldBy(one: string, count: number): Promise<void> {
    await waitFor(
      `${one} holds ${String(count)} routes`,
      () => lab.statusOf(one),
      ({ heldRoutes }) => heldRoutes === count,
    );
  }

  async function heard(): Promise<void> {
    await waitFor(
      'an event',
      () => under.events,
      (events) => events.some(({ kind }) => kind === 'sessions-changed'),
    );
  }
});

test('an IPv6 client of a forbidden AS is evicted, and one that becomes declared is let in', async () => {
  const range = clientGroup({ prefixes: [prefix('2001:db8:100::/40')], asns: [asnRange('65001-65010')] });
  const bgpd = await lab.startBgpd(21, renderRouteServer(routeServer(21, { clientGroups: [range] }), 'frr'));
  const { engine } = engineOf(bgpd);
  await engine.apply(routeServer(21, { clientGroups: [range] }), soon());
  const at = '2001:db8:100:21::1';
  await lab.startClients([client(at, 64999, '2001:db8:99::21', { nextHop: '198.51.100.21' })]);
  await lab.up(at);

  const { evicted } = await waitFor(
    'the eviction',
    () => engine.guard(anyRouterId, soon()),
    (result) => result.evicted.length > 0,
  );
  expect(evicted).toMatchObject([{ address: at, reason: 'as-not-allowed', remoteAsn: 64999 }]);

  const withIt = routeServer(21, { clientGroups: [{ ...range, neighbors: [declared('dc6', at, 64999)] }] });
  const applied = await engine.apply(withIt, soon());
  expect(applied.changes).toContainEqual({
    kind: 'neighbor-changed',
    group: range.name,
    subject: at,
    resets: 'neighbor',
  });
  expect(engine.evictions()).toEqual([]);
  await waitFor(
    'it is let in',
    async () => (await lab.ask({ kind: 'status', addresses: [at] }))[at],
    (status) => status?.isEstablished === true && status.establishedCount === 2,
  );
  expect((await engine.guard(anyRouterId, soon())).evicted).toEqual([]);
  await engine.close();
});

describe('a mesh neighbor', () => {
  test('with a router-id that is no route server’s is evicted, and stays out when it dials', async () => {
    const [own, undeclared] = [
      routeServer(11, { meshGroups: [meshGroup(['10.99.0.12'])] }),
      routeServer(12, { meshGroups: [meshGroup(['10.99.0.11'])] }),
    ];
    const bgpd = await lab.startBgpd(11, renderRouteServer(own, 'frr'));
    const other = await lab.startBgpd(12, renderRouteServer(undeclared, 'frr'));
    const under = engineOf(bgpd);
    const { engine } = under;
    await engine.apply(own, soon());
    const session = async () => (await engine.observe(soon())).sessions.find((one) => one.address === '10.99.0.12');
    await waitFor('the mesh is up', session, (one) => one?.state === 'established', 30_000);
    await waitFor('End-of-RIB came', session, (one) => one?.endOfRib.received === true && one.endOfRib.sent);
    expect(await session()).toMatchObject({ kind: 'mesh', remoteRouterId: '192.168.255.12', remoteAsn: own.asn });

    const allowed = await engine.guard({ routerIds: [own.routerId, undeclared.routerId] }, soon());
    const refused = await engine.guard({ routerIds: [own.routerId, address('192.168.255.99')] }, soon());

    expect(allowed.evicted).toEqual([]);
    expect(refused.evicted).toMatchObject([
      { address: '10.99.0.12', reason: 'router-id-unknown', remoteRouterId: '192.168.255.12' },
    ]);
    expect(await session()).toMatchObject({ kind: 'evicted', state: 'shutdown' });
    const vty = await openVty(other);
    onTestFinished(() => {
      vty.close();
    });
    const before = await opensSent(vty);
    await sendLines(vty, ['clear bgp *']);
    await waitFor(
      'it has dialed again',
      () => opensSent(vty),
      (count) => count > before,
    );
    expect(await session()).toMatchObject({ state: 'shutdown' });
    // An apply of the same intent does not let it in again.
    expect((await engine.apply(own, soon())).changes).toEqual([]);

    under.forward(minute + 1);
    const ended = await engine.guard({ routerIds: [own.routerId, undeclared.routerId] }, soon());
    expect(ended.ended).toMatchObject([{ address: '10.99.0.12' }]);
    await waitFor('the mesh is up again', session, (one) => one?.state === 'established', 30_000);
    await engine.close();
  });
});

/** How often the undeclared neighbor has begun a session with the route server. */
async function opensSent(vty: VtySession): Promise<number> {
  const { output } = await vty.command('show bgp neighbors 10.99.0.11 json', soon());
  const neighbors = JSON.parse(output) as Record<string, { messageStats?: { opensSent?: number } }>;
  return neighbors['10.99.0.11']?.messageStats?.opensSent ?? expect.unreachable(output);
}

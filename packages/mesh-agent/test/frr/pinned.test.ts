import { renderRouteServer } from '@meshrs/router-config';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BgpSession } from '@meshrs/contract';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, asnRange } from '@meshrs/network/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { waitFor } from '@meshrs/test-kit/wait';
import { hostnameCapability, softwareVersionCapability } from './bgp-messages.ts';
import { client } from './client.ts';
import { engineOf, soon, type EngineUnderTest } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';
import { openVty, sendLines } from './vty.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const anyRouterId = { routerIds: [] };
const hour = 3_600_000;
const [good, one] = [address('192.168.1.1'), address('192.168.1.2')];
const usual = clientGroup({ maximumPrefixes: 50 });
const intent = routeServer(1, { clientGroups: [usual] });

let lab: Lab;
let last = 60;
let bgpd: Bgpd;
let under: EngineUnderTest;
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
  await lab.startClients([client(good, 65001, bgpd.address, { routes: 20 })]);
  await lab.up(good);
});
afterEach(async () => {
  await lab.ask({ kind: 'stop', addresses: [good, one], how: 'silent' });
  await under.engine.close();
  await bgpd.kill();
});

describe('an innocent client that bgpd closed twice', () => {
  beforeEach(async () => {
    await pinWhileDown();
  });

  test('dials in as before, gives and gets its routes, and keeps its session over looks and applies', async () => {
    await lab.startClients([client(one, 65002, bgpd.address, { routes: 10 })]);
    await lab.up(one);
    await waitFor(
      'both have the routes of the other',
      async () => [await lab.statusOf(one), await lab.statusOf(good)],
      ([own, other]) => own?.heldRoutes === 20 && other?.heldRoutes === 10,
    );
    await under.engine.guard(anyRouterId, soon());
    expect(under.engine.pins()).toMatchObject([{ address: one, standing: 'up' }]);
    expect((await under.engine.apply(intent, soon())).changes).toEqual([]);
    const longer = routeServer(1, { clientGroups: [{ ...usual, asns: [asnRange('65001-65100')] }] });
    await under.engine.apply(longer, soon());
    under.forward(3 * hour);
    expect(await under.engine.guard(anyRouterId, soon())).toMatchObject({ unpinned: [], evicted: [] });
    await isHeard({ kind: 'range-client', group: usual.name, remoteAsn: 65002 });
    expect(await lab.statusOf(one)).toMatchObject({ isEstablished: true, establishedCount: 1, connectionAttempts: 1 });
    expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1 });
  });

  test('comes from its range again when it has behaved, from the next end of its session on', async () => {
    await lab.startClients([client(one, 65002, bgpd.address)]);
    await lab.up(one);
    await isHeard({ kind: 'range-client' });
    under.forward(3 * hour);
    await lab.ask({ kind: 'stop', addresses: [one], how: 'cease' });
    await waitFor(
      'it is let go',
      () => under.engine.guard(anyRouterId, soon()),
      ({ unpinned }) => unpinned.length > 0,
    );
    expect(await sessionOf(one)).toBeUndefined();
    expect(readFileSync(bgpd.configFile, 'utf8')).not.toContain(one);
    await lab.startClients([client(one, 65002, bgpd.address)]);
    await lab.up(one);
    expect(await lab.statusOf(one)).toMatchObject({ establishedCount: 1 });
  });

  test('stays pinned over a restart of the agent, and of bgpd', async () => {
    const entries = under.engine.guardRecord();
    await under.engine.close();
    under = engineOf(bgpd);
    await under.engine.connect(soon());
    expect(under.engine.pins()).toMatchObject([{ address: one, group: usual.name }]);
    expect(under.engine.restoreGuardRecord(entries)).toBe(true);
    expect((await under.engine.apply(intent, soon())).changes).toEqual([]);

    await lab.startClients([client(one, 65002, bgpd.address)]);
    await lab.up(one);
    await bgpd.kill();
    await bgpd.start();
    await under.engine.apply(intent, soon());
    await waitFor(
      'it is back',
      () => lab.statusOf(one),
      ({ isEstablished, establishedCount }) => isEstablished && establishedCount === 2,
    );
    expect((await under.engine.observe(soon())).outstanding).toEqual([]);
    // Everybody who was there is a neighbor of the bgpd that starts.
    expect(under.engine.pins()).toMatchObject([
      { address: good, isKept: true },
      { address: one, isKept: true },
    ]);
  });

  test('is not pinned any more when it is declared, nor when its range goes', async () => {
    const withIt = routeServer(1, { clientGroups: [{ ...usual, neighbors: [declared('leaf', one, 65002)] }] });
    await under.engine.apply(withIt, soon());
    expect(under.engine.pins()).toEqual([]);
    expect(await sessionOf(one)).toMatchObject({ kind: 'declared-client', name: 'leaf' });
    expect((await under.engine.observe(soon())).outstanding).toEqual([]);
    await under.engine.apply(intent, soon());
    // What the agent's own changes close is no reason to watch anybody, for ten seconds.
    under.forward(11_000);
    await pinWhileDown();
    await under.engine.apply(routeServer(1, { clientGroups: [] }), soon());
    expect(under.engine.pins()).toEqual([]);
    expect(await sessionOf(one)).toBeUndefined();
  });

  test('whose group has no limit any more keeps its session, and is let go after it', async () => {
    await lab.startClients([client(one, 65002, bgpd.address)]);
    await lab.up(one);
    await under.engine.apply(routeServer(1, { clientGroups: [clientGroup()] }), soon());
    expect((await under.engine.guard(anyRouterId, soon())).unpinned).toEqual([]);
    expect(await lab.statusOf(one)).toMatchObject({ isEstablished: true, establishedCount: 1 });
    await lab.ask({ kind: 'stop', addresses: [one], how: 'cease' });
    await waitFor(
      'it is let go',
      () => under.engine.guard(anyRouterId, soon()),
      ({ unpinned }) => unpinned.length > 0,
    );
  });

  test('is evicted like anybody else when its AS is forbidden, and in at once when that is allowed', async () => {
    await lab.startClients([client(one, 64999, bgpd.address, { retryMs: 100 })]);
    const { evicted } = await waitFor(
      'the eviction',
      () => under.engine.guard(anyRouterId, soon()),
      (result) => result.evicted.length > 0,
    );
    expect(evicted).toMatchObject([{ address: one, reason: 'as-not-allowed', remoteAsn: 64999 }]);
    expect(await sessionOf(one)).toMatchObject({ kind: 'evicted', state: 'shutdown' });
    expect(under.engine.pins()).toHaveLength(1);
    // bgpd closed it: by order, which is no reason to watch it.
    under.hearClosed(one);
    expect(under.engine.pins()).toMatchObject([{ closedCount: 0 }]);

    const wider = routeServer(1, { clientGroups: [{ ...usual, asns: [asnRange('64999-65100')] }] });
    const started = performance.now();
    await under.engine.apply(wider, soon());
    await lab.up(one);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(under.engine.evictions()).toEqual([]);
    expect(under.engine.pins()).toHaveLength(1);
    await isHeard({ kind: 'range-client' });
    expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1 });
  });
});

describe('a client that exceeds its limit', () => {
  const offence = { routes: 60, retryMs: 100 };

  test('is held by bgpd, and taken again at once when it is cleared and has changed', async () => {
    await lab.startClients([client(one, 65002, bgpd.address, offence)]);
    await held();
    const { establishedCount, notifications } = await lab.statusOf(one);
    expect(notifications.slice(0, 2).map(({ code, subcode }) => [code, subcode])).toEqual([
      [6, 1],
      [6, 1],
    ]);
    expect(establishedCount).toBeLessThanOrEqual(4);
    await lab.ask({ kind: 'routes', address: one, count: 5 });
    expect(await under.engine.clearEvictions(one, soon())).toMatchObject({ unpinned: [{ address: one }], leaving: [] });
    await waitFor(
      'it is in',
      () => lab.statusOf(good),
      ({ heldRoutes }) => heldRoutes === 5,
    );
    expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1 });
  });

  test('is held also when it comes back without a pause', async () => {
    await lab.startClients([client(one, 65002, bgpd.address, { routes: 60, retryMs: 0 })]);
    await held();
    expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1 });
  });

  test.each([50, 300])('is held also when it is up at each look, and exceeds it %i ms later', async (routesAfterMs) => {
    await lab.startClients([client(one, 65002, bgpd.address, { routes: 60, retryMs: 0, routesAfterMs })]);
    await held();
    expect((await lab.statusOf(one)).establishedCount).toBeLessThanOrEqual(14);
    expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1 });
    // bgpd holds it, over looks and applies. A limit that changes ends holds: one of bgpd's, which begins at its next attempt anew.
    const { establishedCount } = await lab.statusOf(one);
    await under.engine.apply(intent, soon());
    for (let look = 0; look < 3; look += 1) await under.engine.guard(anyRouterId, soon());
    expect(under.engine.pins()).toMatchObject([{ address: one, standing: 'held' }]);
    expect((await lab.statusOf(one)).establishedCount).toBe(establishedCount);
    await under.engine.apply(routeServer(1, { clientGroups: [clientGroup({ maximumPrefixes: 40 })] }), soon());
    await waitFor(
      'it has come once more',
      () => lab.statusOf(one),
      (status) => status.establishedCount > establishedCount && !status.isEstablished,
    );
    await held();
    expect((await lab.statusOf(one)).establishedCount).toBe(establishedCount + 1);
  });

  test('is taken again by a higher limit', async () => {
    await lab.startClients([client(one, 65002, bgpd.address, offence)]);
    await held();
    await under.engine.apply(routeServer(1, { clientGroups: [clientGroup({ maximumPrefixes: 100 })] }), soon());
    await lab.up(one);
    await waitFor(
      'its routes are passed on',
      () => lab.statusOf(good),
      ({ heldRoutes }) => heldRoutes === 60,
    );
  });

  test('punishes nobody but itself, whomever else bgpd is made to close', async () => {
    await lab.startClients([client(one, 65002, bgpd.address, offence)]);
    // Whoever closes it (an operator here): two closings, and it is up when the guard looks.
    const vty = await openVty(bgpd);
    for (let time = 0; time < 2; time++) {
      await sendLines(vty, [`clear bgp ${good}`]);
      under.hearClosed(good);
      await waitFor(
        'it is back',
        () => lab.statusOf(good),
        ({ isEstablished, establishedCount }) => isEstablished && establishedCount === time + 2,
      );
    }
    vty.close();
    await held();
    expect(under.engine.pins().filter(({ standing }) => standing === 'held')).toMatchObject([{ address: one }]);
    expect(under.engine.evictions()).toEqual([]);
    expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 3 });
  });

  async function held(): Promise<void> {
    await waitFor(
      'bgpd holds it',
      async () => {
        const { evicted } = await under.engine.guard(anyRouterId, soon());
        expect(evicted).toEqual([]);
        return under.engine.pins();
      },
      (pins) => pins.some((pin) => pin.address === one && pin.standing === 'held'),
      20_000,
    );
    expect(await sessionOf(one)).toMatchObject({ kind: 'range-client', state: 'idle' });
  }
});

test('a client whose hold time expires twice is watched, and comes back at its first attempt', async () => {
  const silent = client(one, 65002, bgpd.address, { holdSeconds: 3, isSilent: true });
  await lab.startClients([silent]);
  await waitFor(
    'it is pinned',
    () => under.engine.guard(anyRouterId, soon()),
    ({ pinned }) => pinned.some((pin) => pin.address === one),
    20_000,
  );
  const { notifications } = await lab.statusOf(one);
  expect(notifications.map(({ code }) => code)).toEqual([4, 4]);
  await lab.ask({ kind: 'stop', addresses: [one], how: 'silent' });

  await lab.startClients([client(one, 65002, bgpd.address, { routes: 10 })]);
  await waitFor(
    'its routes are passed on',
    async () => [await lab.statusOf(one), await lab.statusOf(good)],
    ([own, other]) => own?.heldRoutes === 20 && other?.heldRoutes === 10,
  );
  expect(await lab.statusOf(one)).toMatchObject({ isEstablished: true, establishedCount: 1, notifications: [] });
  expect(under.engine.evictions()).toEqual([]);
});

const forged = [
  `\n%MAXPFXEXCEED: No. of x prefix received from ${good}\n`,
  `\n%NOTIFICATION: sent to neighbor ${good} 6/1 (Cease/Maximum Number of Prefixes Reached)\n`,
  `"},"${good}":{"remoteAs":64999,"state":"Idle (PfxCt)"`,
  `x".\n neighbor ${good} shutdown\n!`,
];
test.each(forged)('what a peer writes (%j) decides nothing about another, nor about itself', async (text) => {
  const capabilities = [hostnameCapability(text.slice(0, 63)), softwareVersionCapability(text.slice(0, 63))];
  await lab.startClients([client(one, 65002, bgpd.address, { capabilities, retryMs: 100 })]);
  for (let time = 1; time <= 3; time++) {
    await waitFor(
      'it is up',
      () => lab.statusOf(one),
      ({ isEstablished, establishedCount }) => isEstablished && establishedCount >= time,
    );
    const message = Buffer.from(text.slice(0, 120));
    const data = Buffer.concat([Buffer.from([message.length]), message]).toString('hex');
    await lab.ask({ kind: 'notify', address: one, code: 6, subcode: 2, data });
    expect(await under.engine.guard(anyRouterId, soon())).toMatchObject({ evicted: [], pinned: [], overCapacity: [] });
  }
  await waitFor(
    'it is up once more',
    () => lab.statusOf(one),
    ({ isEstablished, establishedCount }) => isEstablished && establishedCount === 4,
  );
  expect(await under.engine.guard(anyRouterId, soon())).toMatchObject({ evicted: [], pinned: [] });
  expect(await sessionOf(good)).toMatchObject({ kind: 'range-client', remoteAsn: 65001, state: 'established' });
  await isHeard({ kind: 'range-client', remoteAsn: 65002 });
  expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1 });
  expect((await under.engine.apply(intent, soon())).changes).toEqual([]);

  // Its AS is what it says in the OPEN message, whatever else it says.
  await lab.ask({ kind: 'stop', addresses: [one], how: 'silent' });
  await lab.startClients([client(one, 64999, bgpd.address, { capabilities, retryMs: 100 })]);
  const { evicted } = await waitFor(
    'the eviction',
    () => under.engine.guard(anyRouterId, soon()),
    (result) => result.evicted.length > 0,
  );
  expect(evicted).toMatchObject([{ address: one, reason: 'as-not-allowed', remoteAsn: 64999 }]);
  expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1 });
});

test('a route server with a new router-id is kept out by old settings, and in at once with the new ones', async () => {
  const numbers = [last + 100, last + 101] as const;
  const [own, other] = [
    routeServer(11, { meshGroups: [meshGroup([`10.99.0.${String(numbers[1])}`])] }),
    routeServer(12, { meshGroups: [meshGroup([`10.99.0.${String(numbers[0])}`])] }),
  ];
  const here = await lab.startBgpd(numbers[0], renderRouteServer(own, 'frr'));
  await lab.startBgpd(numbers[1], renderRouteServer(other, 'frr'));
  const { engine } = engineOf(here);
  const before = { routerIds: [own.routerId] };
  const after = { routerIds: [own.routerId, other.routerId] };
  await engine.apply(own, soon(), before);
  await waitFor(
    'the eviction',
    () => engine.guard(before, soon()),
    ({ evicted }) => evicted.length > 0,
    30_000,
  );
  await engine.apply(own, soon(), before);
  expect(engine.evictions()).toMatchObject([{ reason: 'router-id-unknown', count: 1 }]);

  const applied = await engine.apply(own, soon(), after);
  expect(applied.changes).toMatchObject([{ kind: 'neighbor-changed', group: 'MESHRR-CORE' }]);
  expect(engine.evictions()).toEqual([]);
  expect((await engine.guard(after, soon())).ended).toMatchObject([{ why: 'allowed' }]);
  await waitFor(
    'the mesh is up',
    async () => (await engine.observe(soon())).sessions,
    ([session]) => session?.state === 'established',
    30_000,
  );
  expect((await engine.guard(after, soon())).evicted).toEqual([]);
  await engine.close();
});

/** Two closings, without a session to lose: the next look pins it. */
async function pinWhileDown(): Promise<void> {
  under.hearClosed(one);
  under.hearClosed(one);
  const { pinned } = await under.engine.guard(anyRouterId, soon());
  expect(pinned).toMatchObject([{ address: one, group: usual.name }]);
  expect(await sessionOf(one)).toMatchObject({ kind: 'range-client', group: usual.name });
}

/** The client has its session a moment before bgpd, or the agent, has it. */
async function isHeard(expected: {
  readonly kind: BgpSession['kind'];
  readonly group?: string;
  readonly remoteAsn?: number;
}): Promise<void> {
  const session = await waitFor(
    'the agent hears of the session',
    () => sessionOf(one),
    (seen) => seen?.state === 'established',
  );
  expect(session).toMatchObject(expected);
}

async function sessionOf(at: string) {
  return (await under.engine.observe(soon())).sessions.find((session) => session.address === at);
}

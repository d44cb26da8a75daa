import { frrVersion } from '@meshrs/contract';
import { parseRunningConfig, renderFrrConfig, type FrrConfig } from '@meshrs/router-config/frr';
import { renderRouteServer } from '@meshrs/router-config';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { address, asnRange, prefix } from '@meshrs/network/test-data';
import { setTimeout as sleep } from 'node:timers/promises';
import { notDrained } from '../../src/engine/drain-at-engine.ts';
import { startingConfig } from '../../src/frr/desired-config.ts';
import { client } from './client.ts';
import { engineOf, soon, type EngineUnderTest } from './engine-under-test.ts';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { waitFor } from '@meshrs/test-kit/wait';
import { startLab, type Lab } from './lab.ts';
import { openVty, sendLines, showRunningConfig } from './vty.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

let last = 0;
let bgpd: Bgpd;
let under: EngineUnderTest;

/** A bgpd and an agent for each test, so that what one leaves behind is nothing to another. */
async function startOwn(text: string): Promise<void> {
  last += 1;
  bgpd = await lab.startBgpd(last, text);
  under = engineOf(bgpd);
}
afterEach(async () => {
  await under.engine.close();
  await bgpd.kill();
});

describe('a bgpd without configuration', () => {
  const intent = routeServer(1, {
    meshGroups: [meshGroup(['10.98.0.2', '2001:db8:98::3'])],
    clientGroups: [clientGroup({ maximumPrefixes: 100, neighbors: [declared('dc1-leaf1', '192.168.1.1', 65001, 5)] })],
  });
  beforeEach(async () => {
    await startOwn('');
  });

  test('is observed: it has no session', async () => {
    await under.engine.connect(soon());

    expect(await under.engine.observe(soon())).toMatchObject({ sessions: [], unknownLines: [] });
  });

  test('gets what the intent asks for, and has the same in its file', async () => {
    const applied = await under.engine.apply(intent, soon());

    expect(parseRunningConfig(await showRunningConfig(bgpd)).config).toEqual(toFrrConfig(intent));
    expect(applied.changes.map(({ kind }) => kind)).toEqual([
      'global-changed',
      'filter-added',
      'filter-added',
      'filter-added',
      'filter-added',
      'global-changed',
      'group-added',
      'group-added',
      'neighbor-added',
      'neighbor-added',
      'neighbor-added',
      'range-added',
    ]);
    expect(readFileSync(bgpd.configFile, 'utf8')).toBe(renderRouteServer(intent, 'frr'));
  });

  test('is left alone when nothing is to change', async () => {
    await under.engine.apply(intent, soon());
    const before = await showRunningConfig(bgpd);

    const applied = await under.engine.apply(intent, soon());

    expect(applied).toMatchObject({ changes: [], commandCount: 0 });
    expect(await showRunningConfig(bgpd)).toBe(before);
  });

  test('is observed without anything outstanding or unknown', async () => {
    await under.engine.apply(intent, soon());

    const observation = await under.engine.observe(soon());

    expect(observation).toMatchObject({ version: frrVersion, drain: 'none', unknownLines: [], outstanding: [] });
    expect(observation.sessions.map(({ address, kind, group }) => [address, kind, group]).sort()).toEqual([
      ['10.98.0.2', 'mesh', 'MESHRR-CORE'],
      ['192.168.1.1', 'declared-client', 'MESHRR-CLIENTS'],
      ['2001:db8:98::3', 'mesh', 'MESHRR-CORE'],
    ]);
  });
});

describe('a running route server with a client', () => {
  const start = routeServer(2);
  const [near, far] = ['192.168.2.1', '192.168.200.1'] as const;
  let routes = 0;
  beforeEach(async () => {
    await startOwn(renderRouteServer(start, 'frr'));
    await under.engine.apply(start, soon());
    await lab.startClients([client(near, 65001, bgpd.address), client(far, 65002, bgpd.address)]);
    routes = 0;
    await established();
  });
  afterEach(async () => {
    await lab.ask({ kind: 'stop', addresses: [near, far], how: 'silent' });
  });

  const group = (changes: Parameters<typeof clientGroup>[0]) =>
    routeServer(2, { clientGroups: [clientGroup(changes)] });

  test.each([
    ['other timers of clients', group({ timers: { keepaliveSeconds: 20, holdSeconds: 60 } }), [0, 0]],
    ['FRR’s own timers', group({ timers: { keepaliveSeconds: 60, holdSeconds: 180 } }), [0, 0]],
    ['another AS list', group({ asns: [asnRange('65001-65010')] }), [0, 0]],
    ['no AS list', group({ asns: [] }), [0, 0]],
    ['a limit of prefixes', group({ maximumPrefixes: 1000 }), [0, 0]],
    ['a second range', group({ prefixes: [prefix('192.168.0.0/16'), prefix('192.0.2.0/24')] }), [0, 0]],
    ['a wider range', group({ prefixes: [prefix('192.168.0.0/15')] }), [0, 0]],
    [
      'the same range in two halves',
      group({ prefixes: [prefix('192.168.0.0/17'), prefix('192.168.128.0/17')] }),
      [0, 0],
    ],
    ['another declared client', group({ neighbors: [declared('dc9', '192.168.9.9', 65009)] }), [0, 0]],
    ['one of the clients declared', group({ neighbors: [declared('dc1-leaf1', near, 65001)] }), [1, 0]],
    [
      'a mesh group more',
      routeServer(2, { meshGroups: [meshGroup(['10.99.0.77']), meshGroup(['10.99.0.78'], { name: 'OTHER' })] }),
      [0, 0],
    ],
    [
      'a client group more',
      routeServer(2, {
        clientGroups: [clientGroup(), clientGroup({ name: 'BORDERS', prefixes: [prefix('192.0.2.0/24')] })],
      }),
      [0, 0],
    ],
    ['another name', { ...start, name: 'routeserver-renamed' }, [0, 0]],
    ['another TTL', group({ distance: { kind: 'multihop', ttl: 20 } }), [1, 1]],
    ['TTL security', group({ distance: { kind: 'ttl-security', hops: 2 } }), [1, 1]],
    ['another router-id', { ...start, routerId: routeServer(99).routerId }, [1, 1]],
    ['another AS', { ...start, asn: asnRange('65000.9').first }, [1, 1]],
  ] as const)('takes %s live, and resets only whom it must', async (_, intent, resets) => {
    const before = await established();

    await under.engine.apply(intent, soon());

    await routeCrosses();
    const after = await established();
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual(resets);
    expect(await under.engine.observe(soon())).toMatchObject({ outstanding: [], unknownLines: [] });
    expect(readFileSync(bgpd.configFile, 'utf8')).toBe(
      toStartWith(parseRunningConfig(await showRunningConfig(bgpd)).config),
    );

    await under.engine.apply(start, soon());
    await routeCrosses();
    expect(await under.engine.observe(soon())).toMatchObject({ outstanding: [], unknownLines: [] });
  });

  test('carries out a change but for the statement that bgpd rejects, and no session notices', async () => {
    const counts = await established();
    // bgpd takes the timers, and then no limit beyond 32 bits.
    const impossible = group({ timers: { keepaliveSeconds: 20, holdSeconds: 60 }, maximumPrefixes: 2 ** 32 });

    await expect(under.engine.apply(impossible, soon())).rejects.toMatchObject({
      code: 'command-rejected',
      operation: 'neighbor MESHRR-CLIENTS maximum-prefix 4294967296 restart 5',
      retryable: false,
    });

    const possible = group({ timers: { keepaliveSeconds: 20, holdSeconds: 60 } });
    expect(parseRunningConfig(await showRunningConfig(bgpd)).config).toEqual(toFrrConfig(possible));
    expect(readFileSync(bgpd.configFile, 'utf8')).toBe(toStartWith(toFrrConfig(possible)));
    await routeCrosses();
    expect(await established()).toEqual(counts);
    // What is known of bgpd is right: the next intent is applied as if nothing had been.
    expect((await under.engine.apply(possible, soon())).changes).toEqual([]);
    expect((await under.engine.apply(start, soon())).changes).toMatchObject([{ kind: 'group-changed' }]);
  });

  test('takes away a group again whose last command bgpd rejects', async () => {
    const before = parseRunningConfig(await showRunningConfig(bgpd)).config;
    const other = clientGroup({ name: 'Z', prefixes: [prefix('203.0.113.0/24')], asns: [], maximumPrefixes: 2 ** 32 });

    const failing = under.engine.apply(routeServer(2, { clientGroups: [clientGroup(), other] }), soon());

    await expect(failing).rejects.toMatchObject({ code: 'command-rejected' });
    expect(parseRunningConfig(await showRunningConfig(bgpd)).config.router).toEqual(before.router);
  });

  test('keeps the changes before the one that bgpd rejects, tells of them, and has them in its file', async () => {
    const before = parseRunningConfig(await showRunningConfig(bgpd)).config;
    const counts = await established();
    const overlapping = routeServer(2, {
      clientGroups: [clientGroup(), clientGroup({ name: 'Z', prefixes: [prefix('192.168.7.0/24')], asns: [] })],
    });
    under.events.length = 0;

    await expect(under.engine.apply(overlapping, soon())).rejects.toMatchObject({
      code: 'command-rejected',
      operation: 'bgp listen range 192.168.7.0/24 peer-group Z',
      retryable: false,
    });

    const { config } = parseRunningConfig(await showRunningConfig(bgpd));
    expect(config.router?.ranges).toEqual(before.router?.ranges);
    expect(config.router?.groups.map(({ name }) => name)).toEqual(['MESHRR-CLIENTS', 'MESHRR-CORE', 'Z']);
    expect(under.events.flatMap((event) => (event.kind === 'changed' ? event.changes : []))).toMatchObject([
      { kind: 'filter-added', subject: 'Z-IN' },
      { kind: 'filter-added', subject: 'Z-OUT' },
      { kind: 'group-added', group: 'Z' },
    ]);
    expect(readFileSync(bgpd.configFile, 'utf8')).toBe(toStartWith(config));
    await under.engine.apply(start, soon());
    expect(parseRunningConfig(await showRunningConfig(bgpd)).config).toEqual(before);
    expect(await established()).toEqual(counts);
  });

  test('leaves a group that bgpd does not let go, and does all else', async () => {
    const old = clientGroup({ name: 'OLD', prefixes: [prefix('203.0.113.0/24')], asns: [] });
    await under.engine.apply(routeServer(2, { clientGroups: [clientGroup(), old] }), soon());
    const counts = await established();
    const session = await openVty(bgpd);
    await sendLines(session, [
      'configure terminal',
      `router bgp ${String(start.asn)}`,
      'bgp listen range 198.51.100.0/24 peer-group OLD',
      'end',
    ]);
    session.close();
    // The next group has an address range of the old one, and its name is another kind of group in the mesh.
    const next = routeServer(2, {
      meshGroups: [meshGroup(['10.99.0.80'])],
      clientGroups: [clientGroup(), clientGroup({ name: 'NEW', prefixes: [prefix('203.0.112.0/23')], asns: [] })],
    });

    await expect(under.engine.apply(next, soon())).rejects.toMatchObject({
      code: 'command-rejected',
      operation: 'no neighbor OLD peer-group',
    });

    const { config } = parseRunningConfig(await showRunningConfig(bgpd));
    expect(config.router?.groups.map(({ name }) => name)).toEqual(['MESHRR-CLIENTS', 'MESHRR-CORE', 'NEW', 'OLD']);
    expect(config.router?.ranges).toContainEqual({ prefix: '203.0.112.0/23', group: 'NEW' });
    expect(config.router?.neighbors.map(({ address }) => address)).toEqual(['10.99.0.80']);
    expect(config.routeMaps.map(({ name }) => name)).toContain('OLD-IN');
    await routeCrosses();
    expect(await established()).toEqual(counts);
    // By the next look what was in the way is known, and goes first.
    await under.engine.observe(soon());
    await under.engine.apply(next, soon());
    expect(parseRunningConfig(await showRunningConfig(bgpd)).config).toEqual(toFrrConfig(next));
  });

  test('drains, evicts and tells of it, although bgpd rejects a statement of the same group', async () => {
    const impossible = group({ maximumPrefixes: 2 ** 32, asns: [asnRange('65001')] });
    await expect(under.engine.apply(impossible, soon())).rejects.toMatchObject({ code: 'command-rejected' });
    const counts = await established();

    const looked = await under.engine.guard({ routerIds: [] }, soon());
    expect(looked.evicted).toMatchObject([{ address: far, reason: 'as-not-allowed' }]);
    expect(looked.rejected?.message).toContain('maximum-prefix 4294967296');

    await under.engine.setDrain(() => ({ isGracefulShutdown: true }), soon());
    const graceful = await under.engine.observe(soon());
    expect(graceful.drain).toBe('graceful-shutdown');
    expect((await lab.ask({ kind: 'status', addresses: [near] }))[near]).toMatchObject({
      isEstablished: true,
      establishedCount: counts[0],
    });

    await under.engine.setDrain(() => ({ isGracefulShutdown: true, closedWith: 'going' }), soon());
    const status = await waitFor(
      'the client is closed',
      async () => (await lab.ask({ kind: 'status', addresses: [near] }))[near],
      (seen) => seen?.isEstablished === false,
    );
    expect(status?.notifications[0]).toMatchObject({ code: 6, subcode: 2, message: 'going' });

    await under.engine.setDrain(() => notDrained, soon());
    await under.engine.apply(start, soon());
    await under.engine.clearEvictions('all', soon());
    await established();
  });

  test('starts with the last good set when bgpd is killed, and is connected again', async () => {
    const changed = routeServer(2, { meshGroups: [meshGroup(['10.99.0.50', '10.99.0.51'])] });
    await under.engine.apply(changed, soon());
    under.events.length = 0;

    await bgpd.kill();
    await waitFor(
      'the loss is told',
      () => under.events,
      (events) => events.some(({ kind }) => kind === 'lost'),
    );
    await bgpd.start();
    await under.engine.connect(soon());

    expect(under.events.find(({ kind }) => kind === 'connected')).toMatchObject({ isRestart: true });
    expect(renderFrrConfig(parseRunningConfig(await showRunningConfig(bgpd)).config)).toBe(
      toStartWith(toFrrConfig(changed)),
    );
    expect((await under.engine.apply(changed, soon())).changes).toEqual([]);
    await established();
  });

  test('brings a bgpd that starts with an old file to the intent', async () => {
    const changed = routeServer(2, { meshGroups: [meshGroup(['10.99.0.60'])] });
    await under.engine.apply(changed, soon());

    await bgpd.kill();
    await waitFor(
      'the loss is told',
      () => under.events,
      (events) => events.some(({ kind }) => kind === 'lost'),
    );
    // By then the agent has written the file that a bgpd would start with.
    await sleep(300);
    writeFileSync(bgpd.configFile, renderRouteServer(start, 'frr'));
    await bgpd.start();
    const applied = await under.engine.apply(changed, soon());

    expect(applied.changes).toMatchObject([{ kind: 'neighbor-added', subject: '10.99.0.60' }]);
    expect(readFileSync(bgpd.configFile, 'utf8')).toBe(toStartWith(toFrrConfig(changed)));
  });

  test('takes back what somebody else changed, and tells of what it does not know', async () => {
    await under.engine.apply(start, soon());
    const session = await openVty(bgpd);
    await sendLines(session, [
      'configure terminal',
      'debug bgp keepalives',
      `router bgp ${String(start.asn)}`,
      'neighbor 10.99.0.200 remote-as 65077',
      'neighbor MESHRR-CORE timers 7 21',
      'no bgp listen limit',
      'end',
    ]);
    session.close();

    const seen = await under.engine.observe(soon());
    await under.engine.apply(start, soon());

    expect(seen.outstanding.map(({ kind, subject, group: name }) => [kind, subject ?? name])).toEqual([
      ['global-changed', 'router settings'],
      ['neighbor-removed', '10.99.0.200'],
      ['group-changed', 'MESHRR-CORE'],
    ]);
    expect(seen.drifted).toEqual(seen.outstanding);
    expect(seen.unknownLines).toEqual(['debug bgp keepalives']);
    expect((await under.engine.observe(soon())).outstanding).toEqual([]);
  });

  /** The file for a bgpd that starts: what runs, with both clients as neighbors. */
  function toStartWith(config: FrrConfig): string {
    return renderFrrConfig(startingConfig(config, [near, far].map(address), undefined));
  }

  /**
   * One more route comes from one client to the other. A reset would be over by then: bgpd sends the notification at once,
   * and on the same connections.
   */
  async function routeCrosses(): Promise<void> {
    routes += 1;
    await lab.ask({ kind: 'routes', address: near, count: routes });
    await waitFor(
      'a route crosses both sessions',
      async () => (await lab.ask({ kind: 'status', addresses: [far] }))[far],
      (status) => status?.heldRoutes === routes,
      20_000,
    );
  }

  /** How often each client's session came up; waits until both are up. */
  async function established(): Promise<number[]> {
    const statuses = await waitFor(
      'both clients are established',
      async () => Object.values(await lab.ask({ kind: 'status', addresses: [near, far] })),
      (all) => all.every(({ isEstablished }) => isEstablished),
      20_000,
    );
    return statuses.map(({ establishedCount }) => establishedCount);
  }
});

import { frrVersion } from '@meshrs/contract';
import { parseRunningConfig, renderFrrConfig } from '@meshrs/router-config/frr';
import { renderRouteServer } from '@meshrs/router-config';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { asnRange, prefix } from '@meshrs/network/test-data';
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

describe('a bgpd without configuration', () => {
  let bgpd: Bgpd;
  let under: EngineUnderTest;
  const intent = routeServer(1, {
    meshGroups: [meshGroup(['10.99.0.2', '2001:db8:99::3'])],
    clientGroups: [clientGroup({ maximumPrefixes: 100, neighbors: [declared('dc1-leaf1', '192.168.1.1', 65001, 5)] })],
  });
  beforeAll(async () => {
    bgpd = await lab.startBgpd(1, '');
    under = engineOf(bgpd);
  });
  afterAll(async () => {
    await under.engine.close();
  });

  test('is observed: it has no session', async () => {
    await under.engine.connect(soon());

    expect(await under.engine.observe(soon())).toMatchObject({ sessions: [], unknownLines: [] });
  });

  test('gets what the intent asks for', async () => {
    const applied = await under.engine.apply(intent, soon());

    expect(parseRunningConfig(await showRunningConfig(bgpd)).config).toEqual(toFrrConfig(intent));
    expect(applied.changes.map(({ kind }) => kind)).toEqual([
      'global-changed',
      'filter-added',
      'filter-added',
      'filter-added',
      'global-changed',
      'group-added',
      'group-added',
      'range-added',
      'neighbor-added',
      'neighbor-added',
      'neighbor-added',
    ]);
  });

  test('has the same in its file', () => {
    expect(readFileSync(bgpd.configFile, 'utf8')).toBe(renderRouteServer(intent, 'frr'));
  });

  test('is left alone when nothing is to change', async () => {
    const before = await showRunningConfig(bgpd);

    const applied = await under.engine.apply(intent, soon());

    expect(applied).toMatchObject({ changes: [], commandCount: 0 });
    expect(await showRunningConfig(bgpd)).toBe(before);
  });

  test('is observed without anything outstanding or unknown', async () => {
    const observation = await under.engine.observe(soon());

    expect(observation).toMatchObject({ version: frrVersion, drain: 'none', unknownLines: [], outstanding: [] });
    expect(observation.sessions.map(({ address, kind, group }) => [address, kind, group]).sort()).toEqual([
      ['10.99.0.2', 'mesh', 'MESHRR-CORE'],
      ['192.168.1.1', 'declared-client', 'MESHRR-CLIENTS'],
      ['2001:db8:99::3', 'mesh', 'MESHRR-CORE'],
    ]);
  });
});

describe('a running route server with a client', () => {
  let bgpd: Bgpd;
  let under: EngineUnderTest;
  const start = routeServer(2);
  const [near, far] = ['192.168.2.1', '192.168.200.1'] as const;
  beforeAll(async () => {
    bgpd = await lab.startBgpd(2, renderRouteServer(start, 'frr'));
    under = engineOf(bgpd);
    await under.engine.apply(start, soon());
    await lab.startClients([client(near, 65001, bgpd.address), client(far, 65002, bgpd.address)]);
    await established();
  });
  afterAll(async () => {
    await lab.ask({ kind: 'stop', addresses: [near, far], how: 'silent' });
    await under.engine.close();
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

    // A reset that comes would be there long before: bgpd sends the notification at once.
    await sleep(150);
    const after = await established();
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual(resets);
    expect(await under.engine.observe(soon())).toMatchObject({ outstanding: [], unknownLines: [] });
    expect(readFileSync(bgpd.configFile, 'utf8')).toBe(
      renderFrrConfig(parseRunningConfig(await showRunningConfig(bgpd)).config),
    );

    await under.engine.apply(start, soon());
    await sleep(150);
    await established();
    expect(await under.engine.observe(soon())).toMatchObject({ outstanding: [], unknownLines: [] });
  });

  test('undoes a change that bgpd rejects, and goes on with what ran', async () => {
    await under.engine.apply(start, soon());
    const before = parseRunningConfig(await showRunningConfig(bgpd)).config;
    const fileBefore = readFileSync(bgpd.configFile, 'utf8');
    const counts = await established();
    const overlapping = routeServer(2, {
      clientGroups: [clientGroup(), clientGroup({ name: 'Z', prefixes: [prefix('192.168.7.0/24')], asns: [] })],
    });

    const failing = under.engine.apply(overlapping, soon());

    await expect(failing).rejects.toMatchObject({
      code: 'command-rejected',
      operation: 'bgp listen range 192.168.7.0/24 peer-group Z',
      retryable: false,
    });
    // What came before the rejected change is whole, and stays until the next apply.
    const { router } = parseRunningConfig(await showRunningConfig(bgpd)).config;
    expect(router?.ranges).toEqual(before.router?.ranges);
    await under.engine.apply(start, soon());
    expect(parseRunningConfig(await showRunningConfig(bgpd)).config).toEqual(before);
    expect(readFileSync(bgpd.configFile, 'utf8')).toBe(fileBefore);
    expect(await established()).toEqual(counts);
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

    expect(under.events).toContainEqual({ kind: 'connected', isRestart: true });
    expect(parseRunningConfig(await showRunningConfig(bgpd)).config).toEqual(toFrrConfig(changed));
    expect((await under.engine.apply(changed, soon())).changes).toEqual([]);
    await established();
  });

  test('brings a bgpd that starts with an old file to the intent', async () => {
    const changed = routeServer(2, { meshGroups: [meshGroup(['10.99.0.60'])] });
    await under.engine.apply(changed, soon());

    await bgpd.kill();
    writeFileSync(bgpd.configFile, renderRouteServer(start, 'frr'));
    await bgpd.start();
    const applied = await under.engine.apply(changed, soon());

    expect(applied.changes).toMatchObject([{ kind: 'neighbor-added', subject: '10.99.0.60' }]);
    expect(readFileSync(bgpd.configFile, 'utf8')).toBe(renderRouteServer(changed, 'frr'));
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
    expect(seen.unknownLines).toEqual(['debug bgp keepalives']);
    expect((await under.engine.observe(soon())).outstanding).toEqual([]);
  });

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

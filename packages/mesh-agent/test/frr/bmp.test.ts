import { renderRouteServer } from '@meshrs/router-config';
import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import { parseRunningConfig } from '@meshrs/router-config/frr';
import { asnRange, prefix } from '@meshrs/network/test-data';
import { routeLimits, type BgpSession } from '@meshrs/contract';
import { waitFor } from '@meshrs/test-kit/wait';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, test, vi } from 'vitest';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { createFrrDriver } from '../../src/frr/frr-driver.ts';
import { hostnameCapability, pathSegment, softwareVersionCapability, type OpenCapability } from './bgp-messages.ts';
import { client } from './client.ts';
import { engineOf, soon } from './engine-under-test.ts';
import { bmpOf, startLab, type Lab } from './lab.ts';
import { openVty, sendLines, showRunningConfig } from './vty.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const anyRouterId = { routerIds: [] };
const [good, hostile] = ['192.168.1.1', '192.168.1.2'] as const;
const intent = routeServer(1, { clientGroups: [clientGroup({ maximumPrefixes: 50 })] });
/** The words of bgpd's log for an exceeded limit, between line ends: 58 bytes. */
const forged = `\n%MAXPFXEXCEED: No. of x prefix received from ${good}\n`;

let lab: Lab;
let last = 0;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});
afterEach(async () => {
  await lab.ask({ kind: 'stop', addresses: [good, hostile], how: 'silent' });
});

describe('what a peer writes changes nothing for another', () => {
  it.each<[string, readonly OpenCapability[]]>([
    ['its hostname', [hostnameCapability(forged)]],
    [
      'a hostname and a domain as long as may be',
      [hostnameCapability(`${forged}${'x'.repeat(64 - forged.length)}`, forged)],
    ],
    ['its hostname with the end of an answer in it', [hostnameCapability('\0\0\0\0%ADJCHANGE: neighbor\0\0\0\u0001')]],
    [
      'its hostname with the end of a JSON text in it',
      [hostnameCapability('"},"192.168.1.1":{"state":"Idle"}}\u0007\u00ff')],
    ],
    ['its software version', [softwareVersionCapability(forged.repeat(4))]],
    ['a capability of next year', [{ code: 199, value: Buffer.from(forged).toString('hex') }]],
    // An OPEN of 4 KB makes a BMP message that is longer than bgpd's usual ones.
    ['an OPEN of four kilobytes', Array.from({ length: 15 }, () => ({ code: 99, value: '0a25'.repeat(125) }))],
  ])('%s', async (_, capabilities) => {
    const { bgpd, engine, ended } = await start();
    await lab.startClients([client(hostile, 65002, bgpd.address, { capabilities, restartSeconds: 30, retryMs: 100 })]);
    await established(hostile);
    for (const data of [`3a${Buffer.from(forged).toString('hex')}`, `ff${'0a'.repeat(255)}`, '05000000ff41', '']) {
      const { establishedCount } = await lab.statusOf(hostile);
      await lab.ask({ kind: 'notify', address: hostile, code: 6, subcode: 2, data });
      await waitFor(
        'it is back',
        () => lab.statusOf(hostile),
        (status) => status.isEstablished && status.establishedCount > establishedCount,
      );
    }
    await waitFor(
      'its ends were heard',
      () => ended,
      (all) => all.length >= 4,
    );

    // Each end was its own, and by itself.
    expect(new Set(ended)).toEqual(new Set([`${hostile} peer`]));
    expect((await engine.guard(anyRouterId, soon())).evicted).toEqual([]);
    const { sessions, notUnderstood } = await engine.observe(soon());
    expect(stateOf(sessions, good)).toBe('established');
    expect(notUnderstood).toEqual([]);
    expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1 });
  });
});

it('a hostname, a software version and a last word of any length change nothing for another', async () => {
  const { bgpd, engine, ended } = await start();
  const bytes = (length: number) =>
    Array.from({ length }, (_, index) => String.fromCharCode((index * 37) % 256)).join('');
  for (const length of [0, 1, 2, 63, 64, 65, 127, 128, 200, 251]) {
    // bgpd refuses what does not fit the capability, and tells so to that client alone.
    const capabilities = [hostnameCapability(bytes(length)), softwareVersionCapability(bytes(length))];
    await lab.startClients([
      client(hostile, 65002, bgpd.address, {
        capabilities: [capabilities[length % 2] ?? expect.unreachable()],
        retryMs: 50,
      }),
    ]);
    await waitFor(
      'it was let in, or told why not',
      () => lab.statusOf(hostile),
      ({ isEstablished, notifications }) => isEstablished || notifications.length > 0,
    );
    const word = Buffer.from(bytes(length), 'latin1').toString('hex');
    await lab.ask({
      kind: 'notify',
      address: hostile,
      code: 6,
      subcode: 2,
      data: `${length.toString(16).padStart(2, '0')}${word}`,
    });
    const seen = await engine.observe(soon());
    expect(seen.notUnderstood).toEqual([]);
    expect(stateOf(seen.sessions, good)).toBe('established');
    expect((await engine.guard(anyRouterId, soon())).evicted).toEqual([]);
    await lab.ask({ kind: 'stop', addresses: [hostile], how: 'silent' });
  }
  expect(ended.filter((end) => !end.startsWith(`${hostile} `))).toEqual([]);
  expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1 });
});

describe('an AS path changes nothing for another', () => {
  const asns = (count: number) =>
    Array.from({ length: count }, (_, index) => (index === 0 ? 65002 : 4_200_000_000 + index));
  /** The words of a forged log line as AS numbers of four bytes. */
  const words = Buffer.from(forged.padEnd(60)).toString('hex').match(/.{8}/g) ?? [];

  it.each<[string, 'passed on' | 'not passed on', string]>([
    ['of 48 AS', 'passed on', pathSegment('sequence', asns(routeLimits.asPathLength))],
    ['of 48 segments', 'passed on', pathSegment('sequence', [65002]).repeat(routeLimits.asPathLength)],
    ['of 760 AS', 'not passed on', [255, 255, 250].map((count) => pathSegment('sequence', asns(count))).join('')],
    ['of 255 segments', 'not passed on', pathSegment('sequence', [65002]).repeat(255)],
    [
      'whose numbers spell a line of the log',
      'passed on',
      pathSegment('sequence', [65002, ...words.map((word) => parseInt(word, 16))]),
    ],
    [
      'with an AS_SET',
      'not passed on',
      pathSegment('sequence', [65002]) + pathSegment('set', [65001, 1, 4_294_967_295]),
    ],
    ['with a confederation of its own', 'not passed on', pathSegment('confederation-sequence', [65002])],
    [
      'with a confederation inside',
      'not passed on',
      pathSegment('sequence', [65002]) + pathSegment('confederation-set', asns(200)),
    ],
    ['that is empty', 'not passed on', ''],
    ['with AS 0', 'not passed on', pathSegment('sequence', [65002, 0])],
    ['with the AS of the route server', 'not passed on', pathSegment('sequence', [65002, intent.asn])],
    ['of an unknown kind of segment', 'not passed on', pathSegment('unknown', [65002])],
    ['whose segment is longer than it', 'not passed on', pathSegment('sequence', [65002, 1], 200)],
    ['with an empty segment', 'not passed on', pathSegment('sequence', [])],
  ])('%s: its routes are %s', async (_, fate, asPath) => {
    const { bgpd, engine, ended } = await start();
    await lab.startClients([client(hostile, 65002, bgpd.address, { asPath, routes: 3, retryMs: 100 })]);
    await established(hostile);
    await waitFor(
      'its routes came',
      () => engine.observe(soon()),
      ({ sessions }) => {
        const seen = sessions.find(({ address }) => address === hostile);
        return (seen?.receivedMessages ?? 0) > 3;
      },
    );

    expect((await engine.guard(anyRouterId, soon())).evicted).toEqual([]);
    const { sessions, notUnderstood } = await engine.observe(soon());
    expect(notUnderstood).toEqual([]);
    expect(stateOf(sessions, good)).toBe('established');
    if (fate === 'passed on') {
      await waitFor(
        'they are passed on',
        () => lab.statusOf(good),
        ({ heldRoutes }) => heldRoutes === 3,
      );
    }
    expect(await lab.statusOf(good)).toMatchObject({
      isEstablished: true,
      establishedCount: 1,
      heldRoutes: fate === 'passed on' ? 3 : 0,
    });
    // bgpd takes such routes for withdrawn (RFC 7606): not even its own session ends.
    expect(sessions.find(({ address }) => address === hostile)).toMatchObject({
      state: 'established',
      droppedCount: 0,
      receivedPrefixes: fate === 'passed on' ? 3 : 0,
    });
    expect(ended).toEqual([]);
  });
});

describe('bgpd tells who ended a session', () => {
  it.each([
    ['peer', 'its NOTIFICATION', () => lab.ask({ kind: 'notify', address: hostile, code: 6, subcode: 4, data: '' })],
    ['peer', 'its close', () => lab.ask({ kind: 'stop', addresses: [hostile], how: 'silent' })],
    ['peer', 'its RST', () => lab.ask({ kind: 'stop', addresses: [hostile], how: 'reset' })],
    ['engine', 'its prefixes', () => lab.ask({ kind: 'routes', address: hostile, count: 60 })],
  ] as const)('the %s, after %s', async (by, _, act) => {
    const { bgpd, ended } = await start();
    await lab.startClients([client(hostile, 65002, bgpd.address, { routes: 5, retryMs: 60_000 })]);
    await established(hostile);
    await act();

    await waitFor(
      'the end is heard',
      () => ended,
      (all) => all.length > 0,
    );
    expect(ended).toEqual([`${hostile} ${by}`]);
  });
});

test('another AS is another router: the listener of the one before ends nobody', async () => {
  const { bgpd, engine } = await start();
  const pid = bgpd.pid;
  for (const asn of [intent.asn + 1, intent.asn + 2, intent.asn]) {
    await engine.apply({ ...intent, asn: asn as typeof intent.asn }, soon());
    await waitFor(
      'it is heard again',
      () => engine.observe(soon()),
      ({ notUnderstood }) => notUnderstood.length === 0,
    );
  }
  // Whoever connects where a forgotten listener was would end it.
  for (let count = 0; count < 5; count++) connect(bmpOf(bgpd).path).on('error', () => undefined);
  await established(good);

  expect(bgpd.pid).toBe(pid);
  expect((await engine.observe(soon())).unknownLines).toEqual([]);
});

test('a router that somebody else makes anew is not dialled, and bgpd lives', async () => {
  const { bgpd, engine } = await start();
  const vty = await openVty(bgpd);
  const lines = [`no router bgp ${String(intent.asn)}`, `router bgp ${String(intent.asn)}`];
  expect(await sendLines(vty, ['configure terminal', ...lines, 'end'])).toEqual([]);
  vty.close();

  await engine.observe(soon());
  await engine.apply(intent, soon());
  const { notUnderstood, sessions } = await waitFor(
    'the client is back, and the agent looked for its listener',
    () => engine.observe(soon()),
    (seen) =>
      stateOf(seen.sessions, good) === 'established' && seen.notUnderstood.some((odd) => odd.includes('somebody else')),
    30_000,
  );

  expect(notUnderstood).toEqual([expect.stringContaining('somebody else took its BMP listener away')]);
  expect(sessions).toHaveLength(1);
});

test('what is odd is named, and all else goes on', async () => {
  const { bgpd, engine } = await start();
  const vty = await openVty(bgpd);
  const lines = [
    'neighbor eth0 interface remote-as external',
    'neighbor ::102:304 remote-as 65077',
    'neighbor ::ffff:1.2.3.4 remote-as 65078',
    'address-family l2vpn evpn',
    'neighbor eth0 activate',
    'neighbor ::102:304 activate',
    'neighbor ::ffff:1.2.3.4 activate',
  ];
  expect(await sendLines(vty, ['configure terminal', `router bgp ${String(intent.asn)}`, ...lines, 'end'])).toEqual([]);
  vty.close();

  const { sessions, notUnderstood } = await engine.observe(soon());

  expect(notUnderstood).toEqual(['neighbor "eth0" is no address']);
  expect(sessions.map(({ address }) => address)).toEqual(expect.arrayContaining([good, '::102:304', '::ffff:102:304']));
  expect(stateOf(sessions, good)).toBe('established');
  await lab.startClients([client(hostile, 64999, bgpd.address, { retryMs: 60_000 })]);
  const { evicted } = await waitFor(
    'the guard goes on',
    () => engine.guard(anyRouterId, soon()),
    (result) => result.evicted.length > 0,
  );
  expect(evicted).toMatchObject([{ address: hostile, reason: 'as-not-allowed' }]);
});

test('a range that bgpd rejects is named and tried again, and the rest of the settings is applied', async () => {
  const { bgpd, engine } = await start();
  const clients = clientGroup({
    maximumPrefixes: 50,
    prefixes: [prefix('192.168.0.0/16'), prefix('198.18.0.0/15')],
    neighbors: [declared('dc1-leaf9', '198.51.100.9', 65009)],
    asns: [asnRange('65001-65100')],
  });
  // bgpd takes no range that overlaps another one.
  const overlapping = clientGroup({ name: 'OTHERS', prefixes: [prefix('198.18.5.0/24'), prefix('203.0.113.0/24')] });
  const wanted = routeServer(1, { clientGroups: [clients, overlapping] });

  await expect(engine.apply(wanted, soon())).rejects.toMatchObject({
    code: 'command-rejected',
    operation: expect.stringContaining('bgp listen range') as string,
  });

  const { outstanding, drifted, sessions } = await engine.observe(soon());
  expect(outstanding).toMatchObject([{ kind: 'range-added' }]);
  // bgpd has rejected it: nobody else has changed anything.
  expect(drifted).toEqual([]);
  expect(stateOf(sessions, good)).toBe('established');
  const { config } = parseRunningConfig(await showRunningConfig(bgpd));
  expect(config.router?.ranges).toHaveLength(3);
  expect(config.router?.ranges.map((range) => range.prefix)).toContain('203.0.113.0/24');
  expect(config.router?.neighbors.map((neighbor) => neighbor.address)).toContain('198.51.100.9');
  // The rest of a later change is applied, too, and the rejected one once it can be.
  const later = clientGroup({ ...clients, maximumPrefixes: 60 });
  await expect(engine.apply(routeServer(1, { clientGroups: [later, overlapping] }), soon())).rejects.toMatchObject({
    code: 'command-rejected',
  });
  expect((await engine.observe(soon())).outstanding).toHaveLength(1);
  const disjoint = clientGroup({ name: 'OTHERS', prefixes: [prefix('203.0.113.0/24')] });
  await engine.apply(routeServer(1, { clientGroups: [later, disjoint] }), soon());
  expect((await engine.observe(soon())).outstanding).toEqual([]);
  expect(await lab.statusOf(good)).toMatchObject({ isEstablished: true, establishedCount: 1 });
});

it('a client that comes while bgpd is heard is asked for in no question of its own, nor another that comes in its place', async () => {
  const { bgpd, asked, look } = await start();
  for (const routerId of ['192.0.2.7', '192.0.2.8', '192.0.2.9']) {
    await lab.startClients([client(hostile, 65002, bgpd.address, { routerId, retryMs: 100 })]);
    await established(hostile);
    // BMP tells of it a moment later.
    await pause(300);
    asked.splice(0);
    expect((await look()).find(({ address }) => address === hostile)?.remoteRouterId).toBe(routerId);
    expect(asked).toContain('show bgp l2vpn evpn summary json');
    expect(asked.filter((command) => command.includes(hostile))).toEqual([]);
    await lab.ask({ kind: 'stop', addresses: [hostile], how: 'silent' });
  }
});

async function start(): Promise<{
  /** Every command of the second one's looks. */
  readonly asked: string[];
  readonly look: () => Promise<readonly BgpSession[]>;
  readonly bgpd: Bgpd;
  readonly engine: ReturnType<typeof engineOf>['engine'];
  readonly ended: readonly string[];
}> {
  last += 1;
  const bgpd = await lab.startBgpd(last, renderRouteServer(intent, 'frr'));
  const { engine } = engineOf(bgpd);
  await engine.apply(intent, soon());
  // Beside the engine: what bgpd itself tells a second one that listens.
  const ended: string[] = [];
  const driver = createFrrDriver(
    {
      socketPath: bgpd.socketPath,
      configFile: `${bgpd.configFile}.2`,
      now: () => performance.now(),
      bmp: bmpOf(bgpd).options,
    },
    { onSessionsChanged: () => undefined, onSessionEnded: ({ address, by }) => ended.push(`${address} ${by}`) },
  );
  const { session } = await driver.open(soon());
  closing.push(async () => {
    session.close();
    await driver.close();
    await engine.close();
    await bgpd.kill();
  });
  await lab.startClients([client(good, 65001, bgpd.address, { routes: 5 })]);
  await established(good);
  const asked: string[] = [];
  const counted = {
    ...session,
    command: (text: string, signal: AbortSignal) => {
      asked.push(text);
      return session.command(text, signal);
    },
  };
  const nothing = {
    ...{ asked: undefined, evictions: [], pins: [] },
    drain: { isGracefulShutdown: false },
  };
  const look = async () => (await driver.observe(counted, nothing, soon())).sessions;
  return { bgpd, engine, ended, asked, look };
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function established(one: string): Promise<void> {
  await waitFor(
    `${one} is up`,
    () => lab.statusOf(one),
    ({ isEstablished }) => isEstablished,
    20_000,
  );
}

function stateOf(sessions: readonly BgpSession[], one: string): string | undefined {
  return sessions.find(({ address }) => address === one)?.state;
}

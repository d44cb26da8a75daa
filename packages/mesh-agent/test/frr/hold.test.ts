import { drainRequestText, type AgentStatus } from '@meshrs/contract';
import { renderRouteServer } from '@meshrs/router-config';
import { routeServer } from '@meshrs/contract/test-data';
import type { IpAddress } from '@meshrs/network';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { waitFor } from '@meshrs/test-kit/wait';
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { settingsText, staticSource } from '../settings-text.ts';
import { get, ip, startTestSidecar, type TestSidecar } from '../start-sidecar.ts';
import type { SpeakerStatus } from './bgp-speaker.ts';
import { client } from './client.ts';
import { engineOf } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';

/*
 * Route servers of several sides, each with an agent beside a real bgpd, that are to end the sessions of their clients: each
 * keeps them until the clients have one with another side, and of two that wait at the same time the earlier side goes first.
 */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

interface SideOptions {
  readonly holdSeconds: number;
  readonly clientGroup?: string;
  readonly prefix?: string;
}

interface Side {
  readonly name: string;
  readonly bgpd: Bgpd;
  readonly settings: (options?: Partial<SideOptions>) => string;
  agent: TestSidecar;
  /** Another agent takes the place of the one that was. */
  readonly startAgain: () => Promise<void>;
}

let running: Side[] = [];
let number = 0;
afterEach(async () => {
  for (const { agent } of running) await agent.remove();
  running = [];
});

/** The sides, in order, each with one route server; none has a client yet. */
async function startSides(
  names: readonly string[],
  options: SideOptions,
  more: { readonly allowMissing?: readonly string[] } = {},
): Promise<Side[]> {
  const places = names.map((name) => {
    number += 1;
    return { name, number, address: ip(anyLoopbackAddress()), routerId: `192.0.2.${String(number)}` };
  });
  const fleet = [
    'routerIds:',
    ...places.map(({ name, routerId }) => `  rs-${name}-0: ${routerId}`),
    'sides:',
    ...names.map((name) => `  - {name: ${name}, statefulSets: [rs-${name}]}`),
    ...(more.allowMissing ? [`allowMissing: [${more.allowMissing.join(', ')}]`] : []),
    '',
  ].join('\n');
  const sides = await Promise.all(
    places.map(async ({ name, address, routerId, number: bgpdNumber }): Promise<Side> => {
      const own = routeServer(bgpdNumber, { meshGroups: [], clientGroups: [] });
      const bgpd = await lab.startBgpd(bgpdNumber, renderRouteServer(own, 'frr'));
      const others = places.filter((place) => place.name !== name).map((place) => place.address);
      const settings = (changes: Partial<SideOptions> = {}) => {
        const { holdSeconds, clientGroup, prefix = '192.168.0.0/16' } = { ...options, ...changes };
        return settingsText({
          source: staticSource(...others),
          clientPrefix: prefix,
          drain: { holdSeconds },
          routerIds: ` {rs-a-0: ${routerId}}`,
          ...(clientGroup !== undefined && { clientGroup }),
        });
      };
      const start = (pod?: TestSidecar['pod']) =>
        startTestSidecar({
          settings: settings(),
          engine: engineOf(bgpd).engine,
          address,
          timing: { clientsMs: 300, secondLookMs: 100 },
          ...(pod ? { pod } : { prepare: (folder) => folder.writeFleet(fleet) }),
        });
      const side: Side = {
        name,
        bgpd,
        settings,
        agent: await start(),
        startAgain: async () => {
          const { pod, sidecar } = side.agent;
          await sidecar.stop();
          side.agent = await start(pod);
        },
      };
      running.push(side);
      return side;
    }),
  );
  for (const side of sides) await waitFor(`${side.name} is applied`, () => statusOf(side), isApplied, 20_000);
  return sides;
}

const statusOf = ({ agent }: Side): Promise<AgentStatus> => agent.sidecar.status();
const isApplied = ({ engine }: AgentStatus) => engine.isApplied;
const phaseOf = async (side: Side) => (await statusOf(side)).drain.phase;
const upIn = ({ sessions }: AgentStatus, address: string) =>
  sessions.kind === 'read' && sessions.list.some((each) => each.address === address && each.state === 'established');

let lastHost = 0;
/** A client with a session to each of these sides. */
async function startClient(...sides: readonly Side[]): Promise<string> {
  lastHost += 1;
  const address = `192.168.60.${String(lastHost)}`;
  await join(address, ...sides);
  return address;
}

async function join(address: string, ...sides: readonly Side[]): Promise<void> {
  await lab.startClients(
    sides.map(({ name, bgpd }) => client(address, 65001, bgpd.address, { name: `${address} ${name}`, routes: 5 })),
  );
  for (const side of sides) {
    await waitFor(
      `${address} is on ${side.name}`,
      () => statusOf(side),
      (seen) => upIn(seen, address),
      20_000,
    );
  }
}

async function sessionOf(address: string, { name }: Side): Promise<SpeakerStatus> {
  const key = `${address} ${name}`;
  return (await lab.ask({ kind: 'status', addresses: [key] }))[key] ?? expect.unreachable(`${key} is started`);
}

function askDrain({ agent }: Side, by = 'the test'): void {
  writeFileSync(agent.pod.paths.drainRequest, drainRequestText({ cause: 'pre-stop', by }));
}

const becomes = (side: Side, phase: string, seconds = 20) =>
  waitFor(
    `${side.name} is ${phase}`,
    () => phaseOf(side),
    (seen) => seen === phase,
    seconds * 1000,
    20,
  );

/** Looks all the time at a client's sessions, by its own word; returns how often it had none. */
function watch(address: string, sides: readonly Side[]) {
  const end = new AbortController();
  const seen = { looks: 0, without: 0 };
  const done = (async () => {
    while (!end.signal.aborted) {
      const states = await Promise.all(sides.map((side) => sessionOf(address, side)));
      seen.looks += 1;
      if (!states.some(({ isEstablished }) => isEstablished)) seen.without += 1;
      await sleep(10);
    }
  })();
  return async () => {
    end.abort();
    await done;
    return seen;
  };
}

/** The pod is deleted and another takes its place: the engine ends, another one starts. */
async function replaceEngine({ bgpd }: Side): Promise<void> {
  await bgpd.kill();
  await bgpd.start();
}

describe('a drain', () => {
  test('goes at once where every client is on the other side', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(a, b);
    const from = performance.now();
    askDrain(a);
    await becomes(a, 'drained');
    expect(performance.now() - from).toBeLessThan(10_000);
    expect((await statusOf(a)).lastHold).toMatchObject({ for: 'drain', outcome: 'clients-elsewhere', clientCount: 0 });
    expect((await statusOf(a)).hold).toBeUndefined();
    expect(await sessionOf(x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('keeps a client that is here alone until it is on the other side', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    await startClient(a, b);
    const x = await startClient(a);
    askDrain(a);
    await becomes(a, 'holding');
    await sleep(3000);
    const status = await statusOf(a);
    expect(status.drain.phase).toBe('holding');
    expect(status.hold).toMatchObject({ for: ['drain'], missing: { clients: [x], clientCount: 1 } });
    expect(status.readiness.reasons).not.toContainEqual({ kind: 'drained' });
    expect(await sessionOf(x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    const metrics = (await get(a.agent.address, '/metrics')).body;
    expect(metrics).toContain('meshrs_hold_missing_clients 1');
    expect(metrics).toContain('meshrs_holding{for="drain"} 1');

    await join(x, b);
    await becomes(a, 'drained');
    expect((await statusOf(a)).lastHold).toMatchObject({ outcome: 'clients-elsewhere' });
    expect(await sessionOf(x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('keeps it for its time, and says then who is nowhere else', async () => {
    const [a, b] = await two({ holdSeconds: 5 });
    await startClient(a, b);
    const x = await startClient(a);
    const from = performance.now();
    askDrain(a);
    await becomes(a, 'drained');
    expect(performance.now() - from).toBeGreaterThan(4900);
    expect((await statusOf(a)).lastHold).toMatchObject({
      for: 'drain',
      outcome: 'time-over',
      clients: [x],
      clientCount: 1,
    });
    expect(a.agent.events()).toContain('hold-given-up');
    const metrics = (await get(a.agent.address, '/metrics')).body;
    expect(metrics).toContain('meshrs_holds_total{for="drain",outcome="time-over"} 1');
    expect(metrics).toContain('meshrs_hold_clients_given_up_total 1');
  });

  test('does not wait for a client that may be missing, nor without a time for it', async () => {
    const [a, b] = await two({ holdSeconds: 60 }, { allowMissing: [`192.168.60.${String(lastHost + 1)}`] });
    await startClient(a);
    askDrain(a);
    await becomes(a, 'drained', 10);
    await b.agent.pod.writeSettings(b.settings({ holdSeconds: 0 }));
    await startClient(b);
    await waitFor(
      'it is read',
      () => b.agent.events().filter((event) => event === 'settings-read'),
      (all) => all.length > 0,
    );
    askDrain(b);
    await becomes(b, 'drained', 5);
    expect((await statusOf(b)).lastHold).toBeUndefined();
  });

  test('waits for its time where the agent of the other side cannot be asked: unknown is not yes', async () => {
    const [a, b] = await two({ holdSeconds: 5 });
    const x = await startClient(a, b);
    await b.agent.sidecar.stop();
    const from = performance.now();
    askDrain(a);
    await becomes(a, 'drained');
    expect(performance.now() - from).toBeGreaterThan(4900);
    expect((await statusOf(a)).lastHold).toMatchObject({ outcome: 'time-over', clients: [x] });
  });

  test('is taken back while it waits, and no session has changed', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(a, b);
    const y = await startClient(a);
    askDrain(a);
    await becomes(a, 'holding');
    await sleep(2000);
    rmSync(a.agent.pod.paths.drainRequest);
    await becomes(a, 'serving');
    expect((await statusOf(a)).hold).toBeUndefined();
    for (const each of [x, y]) expect(await sessionOf(each, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    // And it can be asked for again.
    await join(y, b);
    askDrain(a);
    await becomes(a, 'drained');
  });

  test.each([1, 2, 4])('goes on with the time that is left where its agent dies after %d s of it', async (seconds) => {
    const [a, b] = await two({ holdSeconds: 8 });
    const x = await startClient(a);
    await startClient(a, b);
    const from = performance.now();
    askDrain(a);
    await becomes(a, 'holding');
    await sleep(seconds * 1000);
    await a.startAgain();
    await becomes(a, 'holding');
    expect(await sessionOf(x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    await becomes(a, 'drained');
    const took = performance.now() - from;
    expect(took).toBeGreaterThan(7900);
    expect(took).toBeLessThan(11_500);
    expect((await statusOf(a)).lastHold).toMatchObject({ outcome: 'time-over', clients: [x] });
  });

  test('waits where the engine of the other side has not been heard since then', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(a, b);
    process.kill(b.bgpd.pid, 'SIGSTOP');
    try {
      await sleep(1500);
      askDrain(a);
      await becomes(a, 'holding');
      await sleep(4000);
      expect(await phaseOf(a)).toBe('holding');
      expect(await sessionOf(x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    } finally {
      process.kill(b.bgpd.pid, 'SIGCONT');
    }
    await becomes(a, 'drained');
    expect(await sessionOf(x, b)).toMatchObject({ isEstablished: true });
  });
});

describe('two that are drained at once', () => {
  test.each([
    ['a first', 0],
    ['b first', 1],
    ['at the same moment', undefined],
  ] as const)('go one after the other, the earlier side first: asked %s', async (_, first) => {
    const [a, b] = await two({ holdSeconds: 40 });
    const x = await startClient(a, b);
    const result = watch(x, [a, b]);
    const order = first === 1 ? [b, a] : [a, b];
    for (const side of order) {
      askDrain(side);
      if (first !== undefined) await sleep(30);
    }
    await becomes(a, 'drained');
    expect(await phaseOf(b)).toBe('holding');
    await sleep(3000);
    expect(await phaseOf(b)).toBe('holding');
    expect(await sessionOf(x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
    await replaceEngine(a);
    await becomes(b, 'drained', 30);
    expect((await statusOf(b)).lastHold).toMatchObject({ outcome: 'clients-elsewhere' });
    const { looks, without } = await result();
    expect(looks).toBeGreaterThan(100);
    expect(without).toBe(0);
  });

  test('give the later one its time where a client keeps the earlier one waiting', async () => {
    const [a, b] = await two({ holdSeconds: 24 });
    const x = await startClient(a, b);
    const alone = await startClient(a);
    const result = watch(x, [a, b]);
    const from = performance.now();
    askDrain(a);
    askDrain(b);
    await becomes(a, 'drained', 30);
    // Half of the time is b's.
    expect(performance.now() - from).toBeLessThan(14_000);
    expect((await statusOf(a)).lastHold).toMatchObject({ outcome: 'other-side-waits', clients: [alone] });
    await replaceEngine(a);
    await becomes(b, 'drained', 30);
    expect((await result()).without).toBe(0);
  });

  test('of three sides never leave a client alone', async () => {
    const sides = await startSides(['a', 'b', 'c'], { holdSeconds: 40 });
    const x = await startClient(...sides);
    const result = watch(x, sides);
    for (const side of sides) askDrain(side);
    for (const side of sides) {
      await becomes(side, 'drained', 60);
      await replaceEngine(side);
    }
    expect((await result()).without).toBe(0);
  });
});

describe('settings that end sessions', () => {
  const otherTtl = { clientGroup: 'multihopTtl: 7' };

  test('wait for a client that is here alone; what ends none is applied at once', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(a);
    await a.agent.pod.writeSettings(a.settings({ ...otherTtl, prefix: '192.168.0.0/16, 203.0.113.0/24' }));
    await waitFor(
      'it waits',
      () => statusOf(a),
      ({ settings }) => settings.pendingCount === 1,
    );
    await sleep(2500);
    const status = await statusOf(a);
    expect(status.settings.pending).toMatchObject([
      { change: { kind: 'group-changed', resets: 'group' }, clients: [x], clientCount: 1 },
    ]);
    expect(status.hold).toMatchObject({ for: ['settings'], missing: { clients: [x] } });
    // The gate before a later side waits for it.
    expect(status.engine.isApplied).toBe(false);
    expect(a.agent.events()).toContain('settings-pending');
    const config = await engineOf(a.bgpd).engine.runningConfig(AbortSignal.timeout(5000));
    expect(config).toContain('bgp listen range 203.0.113.0/24');
    expect(config).not.toContain('ebgp-multihop 7');
    expect(await sessionOf(x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });

    await join(x, b);
    await waitFor('it is applied', () => statusOf(a), isApplied, 20_000);
    expect((await statusOf(a)).lastHold).toMatchObject({ for: 'settings', outcome: 'clients-elsewhere' });
    await waitFor(
      'it comes back',
      () => sessionOf(x, a),
      ({ isEstablished }) => isEstablished,
      20_000,
    );
    expect(await sessionOf(x, b)).toMatchObject({ dropCount: 0 });
  });

  test('are applied when their time is over, and at once where every client is elsewhere or nobody has a session', async () => {
    const [a, b] = await two({ holdSeconds: 5 });
    const from = performance.now();
    await b.agent.pod.writeSettings(b.settings(otherTtl));
    await waitFor(
      'it is read',
      () => b.agent.events(),
      (events) => events.includes('settings-read'),
    );
    await waitFor('it is applied', () => statusOf(b), isApplied, 3000, 20);
    const x = await startClient(a);
    await a.agent.pod.writeSettings(a.settings(otherTtl));
    await waitFor(
      'it waits',
      () => statusOf(a),
      ({ settings }) => settings.pendingCount === 1,
    );
    await waitFor('it is applied', () => statusOf(a), isApplied, 20_000);
    expect(performance.now() - from).toBeGreaterThan(4900);
    expect((await statusOf(a)).lastHold).toMatchObject({ for: 'settings', outcome: 'time-over', clients: [x] });
  });

  test('wait only for the clients that they end', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const group = (x: number, y: number) =>
      `neighbors: [{name: x, address: 192.168.61.1, asn: "${String(x)}"}, {name: y, address: 192.168.61.2, asn: "${String(y)}"}]`;
    await a.agent.pod.writeSettings(a.settings({ clientGroup: group(65001, 65001) }));
    await waitFor(
      'they are declared',
      () => statusOf(a),
      (seen) => isApplied(seen) && knows(seen, '192.168.61.2'),
      20_000,
    );
    await join('192.168.61.1', a, b);
    await join('192.168.61.2', a);
    await a.agent.pod.writeSettings(a.settings({ clientGroup: group(65002, 65003) }));
    await waitFor(
      'y alone waits',
      () => statusOf(a),
      ({ settings }) => settings.pendingCount === 1,
      20_000,
    );
    await waitFor(
      'x is told',
      () => sessionOf('192.168.61.1', a),
      ({ dropCount }) => dropCount > 0,
      20_000,
    );
    const { settings } = await statusOf(a);
    expect(settings.pending).toMatchObject([{ change: { subject: '192.168.61.2' }, clients: ['192.168.61.2'] }]);
    expect(await sessionOf('192.168.61.2', a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    expect(await sessionOf('192.168.61.1', b)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('at both sides at once are applied one side after the other, the earlier one first', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(a, b);
    const result = watch(x, [a, b]);
    await Promise.all([a, b].map((side) => side.agent.pod.writeSettings(side.settings(otherTtl))));
    for (const side of [a, b]) {
      await waitFor(
        `${side.name} has them`,
        () => configOf(side),
        (text) => text.includes('ebgp-multihop 7'),
        40_000,
      );
    }
    for (const side of [a, b]) {
      await waitFor(
        `x is back on ${side.name}`,
        () => sessionOf(x, side),
        ({ isEstablished, dropCount }) => isEstablished && dropCount === 1,
        20_000,
      );
    }
    const { looks, without } = await result();
    expect(looks).toBeGreaterThan(50);
    expect(without).toBe(0);
  });

  test('of one side and a drain of the other at once leave the client one', async () => {
    const [a, b] = await two({ holdSeconds: 40 });
    const x = await startClient(a, b);
    const result = watch(x, [a, b]);
    askDrain(a);
    await b.agent.pod.writeSettings(b.settings(otherTtl));
    await becomes(a, 'drained', 30);
    expect(await configOf(b)).not.toContain('ebgp-multihop 7');
    await replaceEngine(a);
    await waitFor(
      'b has them',
      () => configOf(b),
      (text) => text.includes('ebgp-multihop 7'),
      30_000,
    );
    expect((await result()).without).toBe(0);
  });
});

const knows = ({ sessions }: AgentStatus, address: string) =>
  sessions.kind === 'read' && sessions.list.some((each) => each.address === (address as IpAddress));

async function configOf({ bgpd }: Side): Promise<string> {
  return engineOf(bgpd).engine.runningConfig(AbortSignal.timeout(5000));
}

async function two(
  options: SideOptions,
  more: { readonly allowMissing?: readonly string[] } = {},
): Promise<[Side, Side]> {
  const [a, b] = await startSides(['a', 'b'], options, more);
  if (!a || !b) return expect.unreachable('there are two');
  return [a, b];
}

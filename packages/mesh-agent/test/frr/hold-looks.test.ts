import { ports, type AgentStatus } from '@meshrs/contract';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { waitFor } from '@meshrs/test-kit/wait';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { drainAndWait } from '../../src/cli/drain-command.ts';
import { startLab, type Lab } from './lab.ts';
import {
  askDrain,
  becomes,
  configOf,
  isUp,
  join,
  phaseOf,
  replaceEngine,
  sessionOf,
  startClient,
  startSides,
  statusOf,
  watchClient,
  type Side,
  type SidesOptions,
} from './sides.ts';

/*
 * What a route server that holds looks at, with real bgpds: the clients that would lose their session now, and what the others
 * have now.
 */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let lab: Lab;
let running: readonly Side[] = [];
beforeAll(async () => {
  lab = await startLab();
});
afterEach(async () => {
  for (const { agent } of running) await agent.remove();
  running = [];
});
afterAll(async () => {
  await lab.stop();
});

async function two(options: SidesOptions): Promise<[Side, Side]> {
  running = await startSides(lab, ['a', 'b'], options);
  const [a, b] = running;
  if (!a || !b) return expect.unreachable('there are two');
  return [a, b];
}

const otherTtl = { clientGroup: 'multihopTtl: 7' };
const leave = (client: string, { name }: Side) =>
  lab.ask({ kind: 'stop', addresses: [`${client} ${name}`], how: 'cease' });
const pendingClients = ({ settings }: AgentStatus) => settings.pending?.[0]?.clients;

let silent: Server[] = [];
/** Of the first of them. */
let asks = 0;
afterEach(() => {
  for (const server of silent) server.close();
  silent = [];
});

/** Route servers of the mesh whose agents take a connection and say nothing. */
async function startSilent(count: number): Promise<readonly string[]> {
  const addresses = Array.from({ length: count }, anyLoopbackAddress);
  asks = 0;
  for (const [index, host] of addresses.entries()) {
    const server = createServer((socket) => {
      if (index === 0) asks += 1;
      socket.on('error', () => undefined).resume();
    });
    silent.push(server);
    server.listen(ports.agent, host);
    await once(server, 'listening');
  }
  return addresses;
}

describe('a drain', () => {
  test.each([1, 64])('does not go by what was so before %i silent route servers were waited for', async (count) => {
    const [a, b] = await two({ holdSeconds: 60, untilReady: true, timing: { clientsMs: 1000 } });
    const x = await startClient(lab, a, b);
    await a.agent.pod.writeSettings(a.settings({ more: await startSilent(count) }));
    await waitFor(
      'it knows them',
      () => statusOf(a),
      ({ groups }) => (groups[0]?.published.length ?? 0) > count,
      30_000,
    );
    askDrain(a, { cause: 'pre-stop' });
    await becomes(a, 'holding');
    const first = asks;
    // In the look that counts x is on b, and loses it while the silent ones are waited for.
    await waitFor(
      'the next look begins',
      () => Promise.resolve(asks),
      (now) => now > Math.max(first, 1),
      30_000,
      5,
    );
    await sleep(1000);
    expect(phaseOf(a)).toBe('holding');
    await b.bgpd.kill();
    await sleep(5000);
    expect(phaseOf(a)).toBe('holding');
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    // Nor do they keep it from going when x is there again.
    await b.bgpd.start();
    await becomes(a, 'drained', 40);
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true });
  });
});

describe('a drain by hand', () => {
  const timing = { clientsMs: 1000, unreadySeenMs: 8000, askMs: 16_000 };
  const drain = ({ agent }: Side) => drainAndWait(agent.pod.paths, { out: () => undefined }, { by: 'alice' });

  test('is answered in its time among 80 silent route servers', async () => {
    const count = 80;
    const [a, b] = await two({ untilReady: true, timing });
    const x = await startClient(lab, a, b);
    await a.agent.pod.writeSettings(a.settings({ more: await startSilent(count) }));
    await waitFor(
      'it knows them',
      () => statusOf(a),
      ({ groups }) => (groups[0]?.published.length ?? 0) > count,
      30_000,
    );
    await drain(a);
    expect(phaseOf(a)).toBe('drained');
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('says that the engine does not answer, where that is why', async () => {
    const [a, b] = await two({ untilReady: true, timing });
    await startClient(lab, a, b);
    process.kill(a.bgpd.pid, 'SIGSTOP');
    try {
      await expect(drain(a)).rejects.toThrow('the engine does not answer');
    } finally {
      process.kill(a.bgpd.pid, 'SIGCONT');
    }
  });
});

describe('settings that wait', () => {
  test('keep a client, too, that came up meanwhile and has lost the other side', async () => {
    const [a, b] = await two({ holdSeconds: 60, untilReady: true });
    const alone = await startClient(lab, a);
    const x = await startClient(lab, b);
    await a.agent.pod.writeSettings(a.settings(otherTtl));
    await waitFor(
      'they wait',
      () => statusOf(a),
      (status) => pendingClients(status)?.length === 1,
    );
    await join(lab, x, a);
    await waitFor(
      'x is one of those that they wait for',
      () => statusOf(a),
      (status) => pendingClients(status)?.length === 2,
      30_000,
    );
    await leave(x, b);
    await join(lab, alone, b);
    await sleep(4000);
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    expect((await statusOf(a)).hold).toMatchObject({ for: ['settings'], missing: { clients: [x] } });

    await join(lab, x, b);
    await waitFor(
      'they are applied',
      () => configOf(a),
      (text) => text.includes('ebgp-multihop 7'),
      20_000,
    );
    expect((await statusOf(a)).lastHold).toMatchObject({ outcome: 'clients-elsewhere' });
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test.each([5, 0])('keep the end that was told where their time becomes %i s', async (holdSeconds) => {
    const [a, b] = await two({ holdSeconds: 60, untilReady: true });
    const x = await startClient(lab, a, b);
    await startClient(lab, b);
    const result = watchClient(lab, x, [a, b]);
    await b.agent.pod.writeSettings(b.settings(otherTtl));
    await waitFor(
      'they wait',
      () => statusOf(b),
      (status) => status.settings.pendingCount === 1,
    );
    askDrain(a, { cause: 'pre-stop' });
    // By b's word, which has a minute for that.
    await becomes(a, 'drained');
    await b.agent.pod.writeSettings(b.settings({ ...otherTtl, holdSeconds }));
    await sleep(7000);
    expect(await configOf(b)).not.toContain('ebgp-multihop 7');
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
    await replaceEngine(a);
    await isUp(a, x);
    expect((await result()).without).toBe(0);
  });
});

describe('a side whose fleet.yml could not be read', () => {
  test('lets the others go first, and goes then', async () => {
    const [low, high] = await two({ holdSeconds: 40 });
    // In the order of fleet.yml the one with the higher router-id comes first.
    const turned = readFileSync(low.agent.pod.paths.fleet, 'utf8').replace(/(sides:\n)(.*\n)(.*\n?)/, '$1$3\n$2');
    await high.agent.pod.writeFleet(turned);
    await low.agent.pod.writeFleet('sides: ["nonsense');
    await Promise.all([low, high].map((side) => side.startAgain()));
    const x = await startClient(lab, low, high);
    expect((await statusOf(low)).fleet?.revision).toBeUndefined();
    expect((await statusOf(high)).fleet?.failure).toBeUndefined();
    const result = watchClient(lab, x, [low, high]);
    for (const side of [low, high]) askDrain(side, { cause: 'pre-stop' });
    await becomes(high, 'drained');
    expect(phaseOf(low)).toBe('holding');
    await replaceEngine(high);
    await becomes(low, 'drained', 30);
    expect((await result()).without).toBe(0);
  });
});

/** A program at an address of the mesh that says, at each moment anew, what the agent of another one said once. */
async function startLiar(at: string, said: string): Promise<void> {
  const server = createHttpServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; charset=us-ascii', 'cache-control': 'no-store' });
    response.end(said.replace(/"now":"[^"]+"/, `"now":"${new Date().toISOString()}"`));
  });
  silent.push(server);
  server.listen(ports.agent, at);
  await once(server, 'listening');
}

const clientsOf = async ({ agent }: Side) =>
  (await fetch(`http://${agent.address}:${String(ports.agent)}/clients`)).text();

describe('one that speaks for another route server from an address of its own', () => {
  test('keeps no client for one that is gone', async () => {
    const liarAt = anyLoopbackAddress();
    running = await startSides(lab, ['a', 'b', 'c'], { holdSeconds: 60 });
    const [a, b, c] = running;
    if (!a || !b || !c) return expect.unreachable('there are three');
    await a.agent.pod.writeSettings(a.settings({ more: [liarAt] }));
    const x = await startClient(lab, a, c);
    await startClient(lab, a, b);
    await sleep(1500);
    const said = await clientsOf(c);
    expect(said).toContain(x);
    await c.agent.sidecar.stop();
    await c.bgpd.kill();
    await startLiar(liarAt, said);
    await a.agent.pod.writeSettings(a.settings({ more: [liarAt], ...otherTtl }));
    askDrain(a, { cause: 'pre-stop' });
    await becomes(a, 'holding');
    await sleep(5000);
    expect(phaseOf(a)).toBe('holding');
    expect(await configOf(a)).not.toContain('ebgp-multihop 7');
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    expect((await statusOf(a)).hold?.missing).toMatchObject({ clients: [x], clientCount: 1 });
    // Where x has another session, what the liar says is not waited for either.
    await join(lab, x, b);
    await becomes(a, 'drained');
  });

  test('takes nothing from what the true one tells', async () => {
    const liarAt = anyLoopbackAddress();
    const [a, b] = await two({ holdSeconds: 40 });
    for (const side of [a, b]) await side.agent.pod.writeSettings(side.settings({ more: [liarAt] }));
    const x = await startClient(lab, a, b);
    await sleep(1500);
    await startLiar(liarAt, (await clientsOf(b)).replace('"isApplied":true', '"isApplied":false'));
    await sleep(1000);
    const result = watchClient(lab, x, [a, b]);
    for (const side of [a, b]) askDrain(side, { cause: 'pre-stop' });
    await becomes(a, 'drained', 15);
    expect(phaseOf(b)).toBe('holding');
    await replaceEngine(a);
    await becomes(b, 'drained', 30);
    for (const side of [a, b]) expect((await statusOf(side)).lastHold).toMatchObject({ outcome: 'clients-elsewhere' });
    expect((await result()).without).toBe(0);
  });
});

describe('a commit that comes to all sides at once', () => {
  test('and that takes away the hold, too, leaves a client one', async () => {
    const [a, b] = await two({ holdSeconds: 30 });
    const x = await startClient(lab, a, b);
    const result = watchClient(lab, x, [a, b]);
    await Promise.all(
      [a, b].map((side) => side.agent.pod.writeSettings(side.settings({ ...otherTtl, holdSeconds: 0 }))),
    );
    for (const side of [a, b]) {
      await waitFor(
        `x is back on ${side.name}`,
        () => sessionOf(lab, x, side),
        ({ isEstablished, dropCount }) => isEstablished && dropCount === 1,
        40_000,
      );
    }
    expect((await result()).without).toBe(0);
  });

  test.each([
    ['', 'no agent'],
    [', also where other agents come then', 'after'],
    [', also where no agent ran when that came', 'while'],
  ])('and renumbers the route servers leaves a client one while no side has rolled%s', async (_, restart) => {
    const both = await two({ holdSeconds: 30 });
    const [a, b] = both;
    const renumber = (text: string) => text.replace(/192\.0\.2\.(\d+)/g, '192.0.3.$1');
    for (const side of both) {
      const text = renumber(readFileSync(side.agent.pod.paths.fleet, 'utf8'));
      if (restart === 'while') await side.agent.sidecar.stop();
      await side.agent.pod.writeFleet(text);
      if (restart === 'while') await side.startAgain();
    }
    await sleep(1500);
    for (const side of restart === 'after' ? both : []) await side.startAgain();
    const x = await startClient(lab, a, b);
    const result = watchClient(lab, x, both);
    for (const side of both) askDrain(side, { cause: 'pre-stop' });
    await becomes(a, 'drained', 12);
    expect(phaseOf(b)).toBe('holding');
    await replaceEngine(a);
    await becomes(b, 'drained', 30);
    for (const side of both) expect((await statusOf(side)).lastHold).toMatchObject({ outcome: 'clients-elsewhere' });
    expect((await result()).without).toBe(0);
  });

  test('and puts the sides into another order leaves a client one while one side alone has read it', async () => {
    const [a, b] = await two({ holdSeconds: 30 });
    const turned = readFileSync(a.agent.pod.paths.fleet, 'utf8').replace(/(sides:\n)(.*\n)(.*\n?)/, '$1$3\n$2');
    await b.agent.pod.writeFleet(turned);
    await sleep(1500);
    const x = await startClient(lab, a, b);
    const result = watchClient(lab, x, [a, b]);
    for (const side of [a, b]) askDrain(side, { cause: 'pre-stop' });
    await becomes(a, 'drained', 12);
    expect(phaseOf(b)).toBe('holding');
    await replaceEngine(a);
    await becomes(b, 'drained', 30);
    for (const side of [a, b]) expect((await statusOf(side)).lastHold).toMatchObject({ outcome: 'clients-elsewhere' });
    expect((await result()).without).toBe(0);
  });

  test('to three sides with a client each that is there alone, leaves one to a client of the later two', async () => {
    running = await startSides(lab, ['a', 'b', 'c'], { holdSeconds: 30 });
    const later = running.slice(1);
    const x = await startClient(lab, ...later);
    for (const side of running) await startClient(lab, side);
    await sleep(1500);
    const result = watchClient(lab, x, later);
    for (const side of running) await side.agent.pod.writeSettings(side.settings(otherTtl));
    for (const side of later) {
      await waitFor(
        `x is back on ${side.name}`,
        () => sessionOf(lab, x, side),
        ({ isEstablished, dropCount }) => isEstablished && dropCount === 1,
        50_000,
      );
    }
    expect((await result()).without).toBe(0);
  });
});

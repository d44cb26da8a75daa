import type { AgentStatus } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { waitFor } from '@meshrs/test-kit/wait';
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { get } from '../start-sidecar.ts';
import { client } from './client.ts';
import { engineOf } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';
import {
  askDrain as askDrainOf,
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

let running: Side[] = [];
afterEach(async () => {
  for (const { agent } of running) await agent.remove();
  running = [];
});

async function sides(names: readonly string[], options: SidesOptions): Promise<Side[]> {
  const started = await startSides(lab, names, options);
  running.push(...started);
  return started;
}

async function two(options: SidesOptions): Promise<[Side, Side]> {
  const [a, b] = await sides(['a', 'b'], options);
  if (!a || !b) return expect.unreachable('there are two');
  return [a, b];
}

const isApplied = ({ engine }: AgentStatus) => engine.isApplied;
/** Its pod is to end. */
const askDrain = (side: Side) => {
  askDrainOf(side, { cause: 'pre-stop' });
};

describe('a drain', () => {
  test('goes at once where every client is on the other side', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(lab, a, b);
    const from = performance.now();
    askDrain(a);
    await becomes(a, 'drained');
    expect(performance.now() - from).toBeLessThan(10_000);
    expect((await statusOf(a)).lastHold).toMatchObject({ for: 'drain', outcome: 'clients-elsewhere', clientCount: 0 });
    expect((await statusOf(a)).hold).toBeUndefined();
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('keeps a client that is here alone until it is on the other side', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    await startClient(lab, a, b);
    const x = await startClient(lab, a);
    askDrain(a);
    await becomes(a, 'holding');
    await sleep(3000);
    const status = await statusOf(a);
    expect(status.drain.phase).toBe('holding');
    expect(status.hold).toMatchObject({ for: ['drain'], missing: { clients: [x], clientCount: 1 } });
    expect(status.readiness.reasons).not.toContainEqual({ kind: 'drained' });
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    const metrics = (await get(a.agent.address, '/metrics')).body;
    expect(metrics).toContain('meshrs_hold_missing_clients 1');
    expect(metrics).toContain('meshrs_holding{for="drain"} 1');

    await join(lab, x, b);
    await becomes(a, 'drained');
    expect((await statusOf(a)).lastHold).toMatchObject({ outcome: 'clients-elsewhere' });
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('keeps a client that the other side has a session with and hears nothing of', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(lab, a);
    // As where the other side's VIP was withdrawn: its bgpd keeps the session for the hold time.
    const silent = { name: `${x} ${b.name}`, routes: 5, isSilent: true, retryMs: 60_000 };
    await lab.startClients([client(x, 65001, b.bgpd.address, silent)]);
    await isUp(b, x);
    await sleep(11_000);
    askDrain(a);
    await becomes(a, 'holding');
    await sleep(6000);
    expect((await statusOf(b)).sessions).toMatchObject({
      list: expect.arrayContaining([expect.objectContaining({ address: x, state: 'established' })]) as unknown,
    });
    expect((await statusOf(a)).hold).toMatchObject({ for: ['drain'], missing: { clients: [x], clientCount: 1 } });
    expect(phaseOf(a)).toBe('holding');
    await lab.ask({ kind: 'stop', addresses: [`${x} ${b.name}`], how: 'cease' });
    await join(lab, x, b);
    await becomes(a, 'drained');
    expect((await statusOf(a)).lastHold).toMatchObject({ outcome: 'clients-elsewhere' });
  });

  test('goes once a client that is up for long is heard from on the other side', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(lab, a, b);
    await sleep(11_000);
    askDrain(a);
    await becomes(a, 'drained');
    expect((await statusOf(a)).lastHold).toMatchObject({ outcome: 'clients-elsewhere', clientCount: 0 });
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('keeps it for its time, and says then who is nowhere else', async () => {
    const [a, b] = await two({ holdSeconds: 5 });
    await startClient(lab, a, b);
    const x = await startClient(lab, a);
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
    const [a, b] = await two({ holdSeconds: 60, allowMissing: ['192.168.60.1'] });
    await join(lab, '192.168.60.1', a);
    askDrain(a);
    await becomes(a, 'drained', 10);
    await b.agent.pod.writeSettings(b.settings({ holdSeconds: 0 }));
    await startClient(lab, b);
    await waitFor(
      'it is read',
      () => b.agent.events().filter((event) => event === 'settings-read'),
      (all) => all.length > 0,
    );
    askDrain(b);
    await becomes(b, 'drained', 5);
    expect((await statusOf(b)).lastHold).toBeUndefined();
  });

  test('waits for a client that may be missing, and that had both sides, until it has one again', async () => {
    const x = '192.168.60.9';
    const [a, b] = await two({ holdSeconds: 20, allowMissing: [x] });
    await join(lab, x, a, b);
    const result = watchClient(lab, x, [a, b]);
    askDrain(a);
    askDrain(b);
    await becomes(a, 'drained', 20);
    await a.bgpd.kill();
    await sleep(1500);
    await a.bgpd.start();
    await becomes(b, 'drained', 20);
    expect((await result()).without).toBe(0);
    expect((await statusOf(b)).lastHold).toMatchObject({ outcome: 'clients-elsewhere' });
  });

  test('waits for its part of the time where the other side cannot be asked: unknown is not yes', async () => {
    const [a, b] = await two({ holdSeconds: 10 });
    await startClient(lab, a, b);
    await b.agent.sidecar.stop();
    const from = performance.now();
    askDrain(a);
    await becomes(a, 'drained');
    expect(performance.now() - from).toBeGreaterThan(4900);
    expect((await statusOf(a)).lastHold).toMatchObject({ outcome: 'time-over', clients: [], unknownCount: 1 });
  });

  test.each([0, 3, 4.5, 6])(
    'ends at another moment than one whose answers do not count, that began %d s before',
    async (before) => {
      const [a, b] = await two({ holdSeconds: 12, isWithoutMesh: true });
      const x = await startClient(lab, a, b);
      const from = performance.now();
      askDrain(b);
      await sleep(before * 1000);
      askDrain(a);
      const endOf = async (side: Side) => {
        await becomes(side, 'drained', 30);
        return (performance.now() - from) / 1000;
      };
      const [endOfA, endOfB] = await Promise.all([endOf(a), endOf(b)]);
      // Half of the part of one, at least; nobody ends later than its own time.
      expect(Math.abs(endOfA - endOfB)).toBeGreaterThan(2.5);
      expect(endOfB).toBeLessThan(13.5);
      expect(endOfA).toBeLessThan(before + 13.5);
      for (const side of [a, b]) expect((await statusOf(side)).lastHold).toMatchObject({ outcome: 'time-over' });
      expect(await sessionOf(lab, x, a)).toMatchObject({ dropCount: 1 });
    },
  );

  test('is taken back while it waits, and no session has changed', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(lab, a, b);
    const y = await startClient(lab, a);
    askDrain(a);
    await becomes(a, 'holding');
    await sleep(2000);
    rmSync(a.agent.pod.paths.drainRequest);
    await becomes(a, 'serving');
    expect((await statusOf(a)).hold).toBeUndefined();
    for (const each of [x, y])
      expect(await sessionOf(lab, each, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    // And it can be asked for again.
    await join(lab, y, b);
    askDrain(a);
    await becomes(a, 'drained');
  });

  test.each([1, 2, 4])('goes on with the time that is left where its agent dies after %d s of it', async (seconds) => {
    const [a, b] = await two({ holdSeconds: 8 });
    const x = await startClient(lab, a);
    await startClient(lab, a, b);
    const from = performance.now();
    askDrain(a);
    await becomes(a, 'holding');
    await sleep(seconds * 1000);
    await a.startAgain();
    await becomes(a, 'holding');
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    await becomes(a, 'drained');
    const took = performance.now() - from;
    expect(took).toBeGreaterThan(7900);
    expect(took).toBeLessThan(11_500);
    expect((await statusOf(a)).lastHold).toMatchObject({ outcome: 'time-over', clients: [x] });
  });

  test('waits where the engine of the other side has not been heard since then', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(lab, a, b);
    process.kill(b.bgpd.pid, 'SIGSTOP');
    try {
      await sleep(1500);
      askDrain(a);
      await becomes(a, 'holding');
      await sleep(4000);
      expect(phaseOf(a)).toBe('holding');
      expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    } finally {
      process.kill(b.bgpd.pid, 'SIGCONT');
    }
    await becomes(a, 'drained');
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true });
  });
});

describe('two that are drained at once', () => {
  test.each([
    ['a first', 0],
    ['b first', 1],
    ['at the same moment', undefined],
  ] as const)('go one after the other, the earlier side first: asked %s', async (_, first) => {
    const [a, b] = await two({ holdSeconds: 40 });
    const x = await startClient(lab, a, b);
    const result = watchClient(lab, x, [a, b]);
    const order = first === 1 ? [b, a] : [a, b];
    for (const side of order) {
      askDrain(side);
      if (first !== undefined) await sleep(30);
    }
    await becomes(a, 'drained');
    expect(phaseOf(b)).toBe('holding');
    await sleep(3000);
    expect(phaseOf(b)).toBe('holding');
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
    await replaceEngine(a);
    await becomes(b, 'drained', 30);
    expect((await statusOf(b)).lastHold).toMatchObject({ outcome: 'clients-elsewhere' });
    const { looks, without } = await result();
    expect(looks).toBeGreaterThan(100);
    expect(without).toBe(0);
  });

  test('give the later one its time where a client keeps the earlier one waiting', async () => {
    const [a, b] = await two({ holdSeconds: 24 });
    const x = await startClient(lab, a, b);
    const alone = await startClient(lab, a);
    const result = watchClient(lab, x, [a, b]);
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
    const all = await sides(['a', 'b', 'c'], { holdSeconds: 40 });
    const x = await startClient(lab, ...all);
    const result = watchClient(lab, x, all);
    for (const side of all) askDrain(side);
    for (const side of all) {
      await becomes(side, 'drained', 60);
      await replaceEngine(side);
    }
    expect((await result()).without).toBe(0);
  });
});

describe('two that do not hear each other', () => {
  test.each([
    ['neither hears the other', [0, 1]],
    ['the later one hears the earlier one', [0]],
    ['the earlier one hears the later one', [1]],
  ])('never end at one moment: %s', async (_, deaf) => {
    const both = await two({ holdSeconds: 20 });
    const [a, b] = both;
    for (const index of deaf) {
      const text = (both[index] ?? a).settings().replace(/addresses: \[.*\]/, `addresses: [${anyLoopbackAddress()}]`);
      await (both[index] ?? a).agent.pod.writeSettings(text);
    }
    await sleep(1500);
    const x = await startClient(lab, a, b);
    const result = watchClient(lab, x, both);
    for (const side of both) askDrain(side);
    await becomes(a, 'drained', 16);
    expect(phaseOf(b)).toBe('holding');
    await replaceEngine(a);
    await becomes(b, 'drained', 30);
    expect((await statusOf(b)).lastHold).toMatchObject({ for: 'drain' });
    expect((await result()).without).toBe(0);
  });

  test('nor do two of one side, by their fleet.yml, or one that it does not name', async () => {
    for (const change of [oneSide, withoutB]) {
      const both = await two({ holdSeconds: 20 });
      const text = change(readFileSync(both[0].agent.pod.paths.fleet, 'utf8'));
      for (const side of both) await side.agent.pod.writeFleet(text);
      await sleep(1500);
      const x = await startClient(lab, ...both);
      const result = watchClient(lab, x, both);
      for (const side of both) askDrain(side);
      await waitFor(
        'one goes',
        () => Promise.resolve(both.find((side) => phaseOf(side) === 'drained')),
        (side) => side !== undefined,
        40_000,
        20,
      );
      const [first] = both.filter((side) => phaseOf(side) === 'drained');
      if (!first) return expect.unreachable('it is drained');
      await replaceEngine(first);
      for (const side of both) if (side !== first) await becomes(side, 'drained', 40);
      expect((await result()).without).toBe(0);
    }
  });
});

const oneSide = (text: string) => text.replace('[rs-a]', '[rs-a, rs-b]').replace(/\n {2}- \{name: b.*\}/, '');
const withoutB = (text: string) =>
  text
    .split('\n')
    .filter((line) => !line.includes('rs-b'))
    .join('\n');

describe('settings that end sessions', () => {
  const otherTtl = { clientGroup: 'multihopTtl: 7' };

  test('wait for a client that is here alone; what ends none is applied at once', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(lab, a);
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
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });

    await join(lab, x, b);
    await waitFor('it is applied', () => statusOf(a), isApplied, 20_000);
    expect((await statusOf(a)).lastHold).toMatchObject({ for: 'settings', outcome: 'clients-elsewhere' });
    await waitFor(
      'it comes back',
      () => sessionOf(lab, x, a),
      ({ isEstablished }) => isEstablished,
      20_000,
    );
    expect(await sessionOf(lab, x, b)).toMatchObject({ dropCount: 0 });
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
    const x = await startClient(lab, a);
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

  test('that change their mind wait for their time in all, not each anew', async () => {
    const [a] = await two({ holdSeconds: 36 });
    const x = await startClient(lab, a);
    const from = performance.now();
    // The last of them begins after 24 s: were each given the time anew, it would end after 60.
    const texts = [a.settings(otherTtl), a.settings({ prefix: '203.0.113.0/24' })];
    const ids = new Set<string>();
    for (const [index, text] of [...texts, ...texts].entries()) {
      await a.agent.pod.writeSettings(text);
      await waitFor(
        'it waits',
        () => statusOf(a),
        ({ settings }) => settings.pending?.[0]?.change.kind === (index % 2 === 0 ? 'group-changed' : 'range-removed'),
        7900,
        20,
      );
      ids.add((await statusOf(a)).hold?.id ?? '');
      await sleep(Math.max(0, from + (index + 1) * 8000 - performance.now()));
    }
    // It is one wait, by the name that others know, too.
    expect(ids.size).toBe(1);
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    await waitFor('it is applied', () => statusOf(a), isApplied, 20_000, 20);
    const took = performance.now() - from;
    expect(took).toBeGreaterThan(35_500);
    expect(took).toBeLessThan(58_000);
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
    await join(lab, '192.168.61.1', a, b);
    await join(lab, '192.168.61.2', a);
    await a.agent.pod.writeSettings(a.settings({ clientGroup: group(65002, 65003) }));
    await waitFor(
      'y alone waits',
      () => statusOf(a),
      ({ settings }) => settings.pendingCount === 1,
      20_000,
    );
    await waitFor(
      'x is told',
      () => sessionOf(lab, '192.168.61.1', a),
      ({ dropCount }) => dropCount > 0,
      20_000,
    );
    const { settings } = await statusOf(a);
    expect(settings.pending).toMatchObject([{ change: { subject: '192.168.61.2' }, clients: ['192.168.61.2'] }]);
    expect(await sessionOf(lab, '192.168.61.2', a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    expect(await sessionOf(lab, '192.168.61.1', b)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('at both sides at once are applied one side after the other, the earlier one first', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(lab, a, b);
    const result = watchClient(lab, x, [a, b]);
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
        () => sessionOf(lab, x, side),
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
    const x = await startClient(lab, a, b);
    const result = watchClient(lab, x, [a, b]);
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

import { waitFor } from '@meshrs/test-kit/wait';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { drainAndWait } from '../../src/cli/drain-command.ts';
import { undrainAndWait } from '../../src/cli/undrain-command.ts';
import { client } from './client.ts';
import { startLab, type Lab } from './lab.ts';
import {
  askDrain,
  becomes,
  isUp,
  join,
  phaseOf,
  sessionOf,
  startClient,
  startSides,
  statusOf,
  watchClient,
  type Side,
  type SidesOptions,
} from './sides.ts';

/*
 * Drains by hand, at real bgpds with real clients: when the route server is Ready, and that no drain takes the last session of
 * a client unless it is forced.
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

/** Times of the kubelet that a test waits for. */
const seenMs = 3000;

async function sides(names: readonly string[], options: SidesOptions = {}): Promise<readonly Side[]> {
  const timing = { unreadySeenMs: seenMs, askMs: 8000, ...options.timing };
  running = await startSides(lab, names, { ...options, timing });
  return running;
}

async function two(options: SidesOptions = {}): Promise<readonly [Side, Side]> {
  const [a, b] = await sides(['a', 'b'], options);
  if (!a || !b) return expect.unreachable('there are two');
  return [a, b];
}

const isReady = async (side: Side) => (await statusOf(side)).readiness.isReady;

/** `mesh-agent drain`, as somebody runs it: what it says, and its end. */
async function drain({ agent }: Side, options: { readonly by?: string; readonly isForced?: boolean } = {}) {
  const said: string[] = [];
  try {
    await drainAndWait(agent.pod.paths, { out: (text) => said.push(text) }, { by: 'alice', ...options });
    return { said: said.join(''), failure: undefined };
  } catch (failure) {
    return { said: said.join(''), failure: failure instanceof Error ? failure.message : expect.unreachable() };
  }
}

describe('a drain by hand', () => {
  test('is not Ready from its first moment, and ends no session before everybody has seen that', async () => {
    const [a, b] = await two({ untilReady: true });
    const x = await startClient(lab, a, b);
    const from = performance.now();
    const end = drain(a);
    await becomes(a, 'asked');
    expect(await isReady(a)).toBe(false);
    expect((await statusOf(a)).readiness.reasons).toEqual([{ kind: 'draining' }]);
    await waitFor(
      'its session ends',
      () => sessionOf(lab, x, a),
      ({ isEstablished }) => !isEstablished,
      20_000,
      20,
    );
    expect(performance.now() - from).toBeGreaterThan(seenMs);
    expect((await end).failure).toBeUndefined();
    expect((await statusOf(a)).readiness.reasons).toEqual([{ kind: 'drained' }]);
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: false, dropCount: 1 });
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('of one of several behind a VIP is Ready until its sessions are closed, and answers when everybody has seen it', async () => {
    const [a, b] = await two({ untilReady: true, waitsForClients: false, gracefulShutdownSeconds: 2 });
    const x = await startClient(lab, a, b);
    const end = drain(a);
    await becomes(a, 'graceful-shutdown');
    expect(await isReady(a)).toBe(true);
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    await waitFor(
      'it is not Ready',
      () => isReady(a),
      (ready) => !ready,
      10_000,
      20,
    );
    expect(await sessionOf(lab, x, a)).toMatchObject({ dropCount: 1 });
    const from = performance.now();
    expect((await end).failure).toBeUndefined();
    expect(performance.now() - from).toBeGreaterThan(seenMs - 500);
  });

  test('of one with no client asks, and goes', async () => {
    const [a] = await two();
    expect((await drain(a)).failure).toBeUndefined();
  });

  test.each([
    ['is refused while the client that is here alone dials again', 150_000, true],
    ['asks no more for one that stays away for longer than it takes to dial again', 2000, false],
  ])('%s', async (_, returnMs, isRefused) => {
    const [a] = await two({ timing: { returnMs } });
    const x = `192.168.63.${isRefused ? '1' : '2'}`;
    await lab.startClients([client(x, 65001, a.bgpd.address, { name: `${x} a`, retryMs: 15_000 })]);
    await isUp(a, x);
    await lab.ask({ kind: 'notify', address: `${x} a`, code: 6, subcode: 4, data: '' });
    await sleep(isRefused ? 200 : 3000);
    const { failure } = await drain(a);
    if (isRefused) {
      expect(failure).toContain(x);
      await isUp(a, x);
    } else expect(failure).toBeUndefined();
    await lab.ask({ kind: 'stop', addresses: [`${x} a`], how: 'silent' });
  });

  test.each([
    ['a client that is here alone', async (a: Side) => [await startClient(lab, a)], /no session, or none/],
    [
      'the other side is drained',
      async (a: Side, b: Side) => {
        const x = await startClient(lab, a, b);
        expect((await drain(b, { by: 'bob' })).failure).toBeUndefined();
        return [x];
      },
      /is being taken down, or is drained/,
    ],
    [
      'the pod of the other side ends',
      async (a: Side, b: Side) => {
        const x = await startClient(lab, a, b);
        askDrain(b, { cause: 'pre-stop' });
        return [x];
      },
      /is being taken down, or is drained/,
    ],
    [
      'the other side holds settings that reset its clients, one of them without another side',
      async (a: Side, b: Side) => {
        const x = await startClient(lab, a, b);
        await startClient(lab, b);
        await holdSettings(b);
        return [x];
      },
      /holds settings that reset/,
      { holdSeconds: 60 },
    ],
    [
      'the agent of the other side is silent: unknown is not yes',
      async (a: Side, b: Side) => {
        const x = await startClient(lab, a, b);
        await b.agent.sidecar.stop();
        return [x];
      },
      /is not known/,
    ],
    [
      'the engine of the other side is dead',
      async (a: Side, b: Side) => {
        const x = await startClient(lab, a, b);
        await b.bgpd.kill();
        return [x];
      },
      /is not known|no session, or none/,
    ],
  ])('is refused, with names, where %s', async (_, make, why, options: SidesOptions = {}) => {
    const [a, b] = await two(options);
    const clients = await make(a, b);
    const { failure } = await drain(a);
    expect(failure).toMatch(why);
    for (const each of clients) expect(failure).toContain(each);
    expect(failure).toContain('1 client has');
    expect(failure).toContain('--force');
    await becomes(a, 'serving');
    expect(existsSync(a.agent.pod.paths.drainRequest)).toBe(false);
    for (const each of clients)
      expect(await sessionOf(lab, each, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    expect(a.agent.events()).toContain('drain-refused');
    expect((await statusOf(a)).readiness.reasons).not.toContainEqual({ kind: 'draining' });
  });

  test('names the first of many clients, and counts them', async () => {
    const [a] = await two();
    for (let count = 0; count < 25; count += 1) await startClient(lab, a);
    const { failure } = await drain(a);
    expect(failure).toContain('25 clients have no session');
    expect(failure).toContain('and 5 more');
  });

  test('goes on when it is forced, says whom it took, and that is kept', async () => {
    const [a, b] = await two();
    const x = await startClient(lab, a);
    await startClient(lab, a, b);
    const { said, failure } = await drain(a, { isForced: true });
    expect(failure).toBeUndefined();
    expect(said).toContain(`Forced: 1 client has no session with another side: ${x}.`);
    const record = { forced: true, requestedBy: 'alice', takes: { clients: [x], clientCount: 1 } };
    expect((await statusOf(a)).drain).toMatchObject(record);
    expect(a.agent.events()).toContain('drain-takes');
    await a.startAgain();
    await becomes(a, 'drained');
    expect((await statusOf(a)).drain).toMatchObject(record);
  });

  test('says, where it is forced, whom it took at Cease, and not whom it would have taken before', async () => {
    const [a, b] = await two({ holdSeconds: 5, gracefulShutdownSeconds: 2 });
    const x = await startClient(lab, a, b);
    const end = drain(a, { isForced: true });
    await becomes(a, 'graceful-shutdown');
    await b.bgpd.kill();
    // What an engine has that does not answer is not known.
    expect((await end).said).toContain(`Forced: whether 1 client has a session with another side is not known: ${x}.`);
    const takes = { clients: [], clientCount: 0, unknown: { clients: [x], clientCount: 1 } };
    expect((await statusOf(a)).drain).toMatchObject({ takes });
  });

  test('is refused where its client loses the other side while it waits to be seen', async () => {
    const [a, b] = await two({ timing: { unreadySeenMs: 5000, askMs: 12_000 } });
    const x = await startClient(lab, a, b);
    const end = drain(a);
    await becomes(a, 'asked');
    await sleep(2000);
    // What `kubectl drain` of the other node does, a moment before the budget sees it.
    askDrain(b, { cause: 'pre-stop' });
    expect((await end).failure).toMatch(/being taken down/);
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('ends before Cease where a client is here alone at the end of its hold', async () => {
    const [a, b] = await two({ holdSeconds: 4, gracefulShutdownSeconds: 3 });
    const x = await startClient(lab, a, b);
    const end = drain(a);
    await becomes(a, 'graceful-shutdown');
    const y = await startClient(lab, a);
    expect((await end).failure).toContain(y);
    for (const each of [x, y]) {
      expect(await sessionOf(lab, each, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    }
    await becomes(a, 'serving');
  });

  test.each([
    ['settings that reset its clients come to the other side', holdSettings],
    [
      'the pod of the other side ends',
      (b: Side) => {
        askDrain(b, { cause: 'pre-stop' });
        return Promise.resolve();
      },
    ],
  ])('ends before Cease where, after it was accepted, %s', async (_, happens) => {
    const [a, b] = await two({ holdSeconds: 10, gracefulShutdownSeconds: 3 });
    const x = await startClient(lab, a, b);
    await startClient(lab, b);
    const result = watchClient(lab, x, [a, b]);
    const end = drain(a);
    await becomes(a, 'graceful-shutdown');
    await happens(b);
    expect((await end).failure).toContain('is refused');
    await becomes(a, 'serving');
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
    await sleep(15_000);
    expect((await result()).without).toBe(0);
  });

  test('looks once more before Cease where its settings wait for nobody', async () => {
    const [a, b] = await two({ gracefulShutdownSeconds: 4 });
    const x = await startClient(lab, a, b);
    const end = drain(a);
    await becomes(a, 'graceful-shutdown');
    await sleep(1000);
    await b.bgpd.kill();
    expect((await end).failure).toContain('is refused');
    await becomes(a, 'serving');
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('that asks is taken back, goes on over a restart of the agent, and does not hold up the end of its pod', async () => {
    const [a, b] = await two({ timing: { unreadySeenMs: 5000, askMs: 15_000 } });
    const x = await startClient(lab, a, b);
    askDrain(a);
    await becomes(a, 'asked');
    expect(await undrainAndWait(a.agent.pod.paths, { out: () => undefined })).toBe(0);
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });

    askDrain(a);
    await becomes(a, 'asked');
    await a.startAgain();
    await becomes(a, 'asked');
    // Its preStop begins.
    writeFileSync(a.agent.pod.paths.drainDone, '');
    await becomes(a, 'drained', 3);
    expect((await statusOf(a)).drain).toMatchObject({ cause: 'pre-stop' });
  });
});

describe('a preStop', () => {
  test('is not refused, and waits for nobody who looks at Ready', async () => {
    const [a] = await two();
    await startClient(lab, a);
    const from = performance.now();
    askDrain(a, { cause: 'pre-stop' });
    await becomes(a, 'drained');
    expect(performance.now() - from).toBeLessThan(seenMs);
  });
});

describe('undrain', () => {
  test('is Ready when its clients are back, and not before', async () => {
    const [a, b] = await two({ untilReady: true });
    const x = await startClient(lab, a, b);
    expect((await drain(a)).failure).toBeUndefined();
    const reasons: string[] = [];
    await undrainAndWait(a.agent.pod.paths, { out: () => undefined });
    await waitFor(
      'it is Ready',
      async () => {
        const [{ readiness }, { isEstablished }] = [await statusOf(a), await sessionOf(lab, x, a)];
        reasons.push(...readiness.reasons.map(({ kind }) => kind));
        return { ...readiness, isEstablished };
      },
      ({ isReady: ready, isEstablished }) => {
        // Never the one without the other.
        if (ready) expect(isEstablished).toBe(true);
        return ready;
      },
      60_000,
      20,
    );
    expect(reasons).toContain('clients-not-back');
    await isUp(a, x);
  });

  test('waits on over a restart of the agent, however long ago the settings were taken', async () => {
    const [a, b] = await two({ untilReady: true });
    const x = await startClient(lab, a, b);
    expect((await drain(a)).failure).toBeUndefined();
    await lab.ask({ kind: 'stop', addresses: [`${x} a`], how: 'cease' });
    await undrainAndWait(a.agent.pod.paths, { out: () => undefined });
    await sleep(1500);
    expect(await isReady(a)).toBe(false);
    await a.startAgain();
    await sleep(2000);
    expect(await isReady(a)).toBe(false);
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
    await join(lab, x, a);
    await waitFor('it is Ready', () => isReady(a), Boolean, 30_000);
  });

  test('from before the Cease is Ready at once: no session has ended', async () => {
    const [a, b] = await two({ untilReady: true, gracefulShutdownSeconds: 20 });
    await startClient(lab, a, b);
    askDrain(a);
    await becomes(a, 'graceful-shutdown');
    rmSync(a.agent.pod.paths.drainRequest);
    await becomes(a, 'serving');
    await waitFor('it is Ready', () => isReady(a), Boolean, 1000, 20);
  });
});

describe('two drains by hand at once', () => {
  test('are never both carried out, whoever asks first', async () => {
    const rounds = 16;
    const [a, b] = await two({ timing: { unreadySeenMs: 1300, askMs: 6000, clientsMs: 100 } });
    const x = await startClient(lab, a, b);
    const result = watchClient(lab, x, [a, b]);
    const won = { a: 0, b: 0, nobody: 0 };
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? [a, b] : [b, a];
      const waitMs = [0, 0, 5, 50, 200, 600, 1000, 1300][round % 8] ?? 0;
      for (const [place, side] of order.entries()) {
        if (place === 1) await sleep(waitMs);
        askDrain(side);
      }
      await waitFor(
        `round ${String(round)} is decided`,
        () => Promise.resolve([a, b].map(phaseOf)),
        (phases) => phases.every((phase) => phase === 'serving' || phase === 'drained') && !areAsked(a, b),
        20_000,
        20,
      );
      const drained = [a, b].filter((side) => phaseOf(side) === 'drained');
      expect(drained.length, `round ${String(round)}`).toBeLessThanOrEqual(1);
      won[drained[0] === a ? 'a' : drained[0] === b ? 'b' : 'nobody'] += 1;
      for (const side of drained) {
        rmSync(side.agent.pod.paths.drainRequest);
        await becomes(side, 'serving');
        await isUp(side, x);
      }
    }
    const { looks, without } = await result();
    expect(looks).toBeGreaterThan(1000);
    expect(without).toBe(0);
    expect(won.nobody).toBe(0);
    // At the same moment the earlier side wins.
    expect(won.a).toBeGreaterThan(won.b);
  });

  test('of three sides leave each client one', async () => {
    const all = await sides(['a', 'b', 'c'], { timing: { unreadySeenMs: 1300, askMs: 15_000, clientsMs: 100 } });
    const x = await startClient(lab, ...all);
    const result = watchClient(lab, x, all);
    for (const side of all) askDrain(side);
    await waitFor(
      'all are decided',
      () => Promise.resolve(all.map(phaseOf)),
      (phases) => phases.every((phase) => phase === 'serving' || phase === 'drained') && !areAsked(...all),
      40_000,
    );
    expect(all.map(phaseOf)).toContain('serving');
    expect(all.map(phaseOf)).toContain('drained');
    expect((await result()).without).toBe(0);
  });
});

/** It has settings that reset all its clients, and waits with them. */
async function holdSettings(side: Side): Promise<void> {
  const { pod } = side.agent;
  await pod.writeSettings(`${readFileSync(pod.paths.settings, 'utf8')}    multihopTtl: 7\n`);
  await waitFor(
    'the settings are held',
    () => statusOf(side),
    ({ settings }) => settings.pendingCount === 1,
    20_000,
  );
}

/** A request that is there and has not been drained for. */
function areAsked(...all: readonly Side[]): boolean {
  return all.some((side) => existsSync(side.agent.pod.paths.drainRequest) && phaseOf(side) !== 'drained');
}

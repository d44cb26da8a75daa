import { waitFor } from '@meshrs/test-kit/wait';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { get } from '../start-sidecar.ts';
import { startLab, type Lab } from './lab.ts';
import {
  askDrain,
  becomes,
  isUp,
  replaceEngine,
  sessionOf,
  startClient,
  startSides,
  statusOf,
  type Side,
  type SidesOptions,
} from './sides.ts';

/*
 * A client that left a short time ago, at real bgpds: its agent tells of it, gates and those who drain by hand are kept back by it,
 * and whoever cannot wait, a pod that ends or one that has started, is not.
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

async function two(options: SidesOptions): Promise<readonly [Side, Side]> {
  const [a, b] = (running = await startSides(lab, ['a', 'b'], { untilReady: true, ...options }));
  if (!a || !b) return expect.unreachable('there are two');
  return [a, b];
}

const clientsOf = async ({ agent }: Side) => (await get(agent.address, '/clients')).body;

/** It goes for good, and its agents have seen it. */
async function leaves(address: string, ...sides: readonly Side[]): Promise<void> {
  await lab.ask({ kind: 'stop', addresses: sides.map(({ name }) => `${address} ${name}`), how: 'silent' });
  for (const side of sides) {
    await waitFor(
      `${side.name} tells that it has gone`,
      () => clientsOf(side),
      (text) => text.includes(`\n${address} d- `),
      20_000,
    );
  }
}

describe('a client that has just gone', () => {
  test.each([
    ['from here, where it was alone', (a: Side) => [a]],
    ['from both sides', (a: Side, b: Side) => [a, b]],
  ])('%s is not waited for by a pod that ends', async (_, where) => {
    const [a, b] = await two({ holdSeconds: 60 });
    const y = await startClient(lab, a, b);
    const x = await startClient(lab, ...where(a, b));
    await leaves(x, ...where(a, b));
    const from = performance.now();
    askDrain(a, { cause: 'pre-stop' });
    await becomes(a, 'drained');
    expect(performance.now() - from).toBeLessThan(10_000);
    expect((await statusOf(a)).lastHold).toMatchObject({ outcome: 'clients-elsewhere', clientCount: 0 });
    expect(await sessionOf(lab, y, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('from here, and dials again, is waited for as soon as it is back', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const y = await startClient(lab, a, b);
    const x = await startClient(lab, a);
    await lab.ask({ kind: 'notify', address: `${x} a`, code: 6, subcode: 4, data: '' });
    await isUp(a, x);
    askDrain(a, { cause: 'pre-stop' });
    await becomes(a, 'holding');
    await waitFor(
      'it is waited for',
      () => statusOf(a),
      ({ hold }) => hold?.missing?.clientCount === 1,
    );
    expect((await statusOf(a)).hold).toMatchObject({ missing: { clients: [x] } });
    expect(await sessionOf(lab, y, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('from the other side is not awaited by one that starts, and those that are there are', async () => {
    const [a, b] = await two({});
    const x = await startClient(lab, a);
    const y = await startClient(lab, a, b);
    await leaves(x, a);
    const from = performance.now();
    await replaceEngine(b);
    await isUp(b, y);
    await waitFor(
      'it is Ready',
      () => statusOf(b),
      ({ readiness }) => readiness.isReady,
      60_000,
    );
    expect(performance.now() - from).toBeLessThan(30_000);
    expect(await clientsOf(a)).toMatch(new RegExp(`\n${x} d- `));
  });
});

import type { AgentStatus } from '@meshrs/contract';
import { waitFor } from '@meshrs/test-kit/wait';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startLab, type Lab } from './lab.ts';
import { configOf, join, sessionOf, startClient, startSides, statusOf, type Side, type SidesOptions } from './sides.ts';

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
      10_000,
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
});

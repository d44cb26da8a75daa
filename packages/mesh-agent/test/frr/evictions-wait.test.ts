import type { AgentStatus } from '@meshrs/contract';
import { waitFor } from '@meshrs/test-kit/wait';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { get } from '../start-sidecar.ts';
import { client } from './client.ts';
import { startLab, type Lab } from './lab.ts';
import {
  isUp,
  sessionOf,
  startClient,
  startSides,
  statusOf,
  watchClient,
  type Side,
  type SideChanges,
  type SidesOptions,
} from './sides.ts';

/*
 * Settings that let clients in no more who are there, at real bgpds: the guard evicts them as the settings say, and not before they
 * have a session with another side, for the time of a hold. Who comes without being let in is evicted at once.
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
  const [a, b] = (running = await startSides(lab, ['a', 'b'], options));
  if (!a || !b) return expect.unreachable('there are two');
  return [a, b];
}

/** Clients have AS 65001. */
const typo = { asranges: '65002-65100' } satisfies SideChanges;
const write = async (changes: SideChanges, ...all: readonly Side[]) => {
  await Promise.all(all.map(({ agent, settings }) => agent.pod.writeSettings(settings(changes))));
};
const pendingOf = ({ settings }: AgentStatus) =>
  settings.pending?.flatMap(({ change, clients }) => (change.kind === 'client-evicted' ? clients : []));
const isEvicted =
  (address: string) =>
  ({ evictions }: AgentStatus) =>
    evictions.some((each) => each.address === address);
const become = (what: string, side: Side, isSo: (status: AgentStatus) => boolean, seconds = 20) =>
  waitFor(`${side.name}: ${what}`, () => statusOf(side), isSo, seconds * 1000);
const waitsFor = (side: Side, address: string) =>
  become('the eviction waits', side, (status) => pendingOf(status)?.some((each) => each === address) === true);

describe('a range of AS numbers that lets a client in no more', () => {
  test('on both sides at once takes one of its sessions, and the other one only when the time is over', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(lab, a, b);
    const seen = watchClient(lab, x, [a, b]);
    await write(typo, a, b);
    // The earlier side goes when the later one has said that it keeps the client meanwhile.
    await become('it is evicted', a, isEvicted(x));
    await waitsFor(b, x);
    await sleep(3000);
    const status = await statusOf(b);
    expect(status.settings.pending).toMatchObject([
      { change: { kind: 'client-evicted', group: 'MESHRR-CLIENTS', resets: 'neighbor' }, clients: [x], clientCount: 1 },
    ]);
    expect(status.hold).toMatchObject({ for: ['settings'], missing: { clients: [x], clientCount: 1 } });
    expect(status.engine.isApplied).toBe(false);
    expect((await get(b.agent.address, '/metrics')).body).toContain('meshrs_holding{for="settings"} 1');
    expect(b.agent.events()).toContain('settings-pending');
    expect(b.agent.events()).not.toContain('session-evicted');

    await write({}, a, b);
    await become('it is right again', b, ({ engine, hold }) => engine.isApplied && !hold);
    await isUp(a, x);
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
    expect((await statusOf(b)).lastHold).toBeUndefined();
    expect((await seen()).without).toBe(0);
  });

  test('on one side evicts it there, when it is seen with the other one, and leaves that one alone', async () => {
    const [a, b] = await two({ holdSeconds: 60 });
    const x = await startClient(lab, a, b);
    await write(typo, a);
    await become('it is evicted', a, isEvicted(x));
    expect((await statusOf(a)).lastHold).toMatchObject({ for: 'settings', outcome: 'clients-elsewhere' });
    expect(await sessionOf(lab, x, b)).toMatchObject({ isEstablished: true, dropCount: 0 });
    await write({}, a);
    await become('it is let in', a, (status) => !isEvicted(x)(status));
    await isUp(a, x);
  });

  test('evicts a client that is here alone when the time is over, and says so', async () => {
    const [a] = await two({ holdSeconds: 6 });
    const x = await startClient(lab, a);
    const from = performance.now();
    await write(typo, a);
    await become('it is evicted', a, isEvicted(x));
    expect(performance.now() - from).toBeGreaterThan(5900);
    expect((await statusOf(a)).lastHold).toMatchObject({
      ...{ for: 'settings', outcome: 'time-over', clients: [x], clientCount: 1 },
    });
    expect(a.agent.events()).toContain('hold-given-up');
    expect((await get(a.agent.address, '/metrics')).body).toContain('meshrs_hold_clients_given_up_total 1');
  });

  test('evicts at once where nothing is to wait', async () => {
    const [a] = await two({});
    const x = await startClient(lab, a);
    await write(typo, a);
    await become('it is evicted', a, isEvicted(x), 5);
  });

  test('does not spare who comes while others are spared', async () => {
    const [a] = await two({ holdSeconds: 60 });
    const x = await startClient(lab, a);
    await write(typo, a);
    await waitsFor(a, x);
    // It was never let in: by no settings, and by those of now.
    const other = '192.168.71.1';
    await lab.startClients([client(other, 64999, a.bgpd.address, { name: `${other} a` })]);
    await become('the undeclared one is evicted', a, isEvicted(other), 5);
    expect(isEvicted(x)(await statusOf(a))).toBe(false);
    // A session that is new came against the settings of now.
    await lab.ask({ kind: 'notify', address: `${x} a`, code: 6, subcode: 4, data: '' });
    await become('who lost its session is evicted', a, isEvicted(x), 10);
    await become('nobody is waited for', a, ({ hold, settings }) => !hold && settings.pending === undefined);
  });

  test('spares it also where another agent comes, which has not seen the settings before', async () => {
    const [a] = await two({ holdSeconds: 90 });
    const x = await startClient(lab, a);
    await sleep(31_000);
    await write(typo, a);
    await waitsFor(a, x);
    await a.startAgain();
    await waitsFor(a, x);
    await sleep(2000);
    expect(isEvicted(x)(await statusOf(a))).toBe(false);
    await write({}, a);
    await become('it is right again', a, ({ engine, hold }) => engine.isApplied && !hold);
    expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });

  test('does not spare one that came while no agent ran, or before it was told its settings', async () => {
    const [a] = await two({ holdSeconds: 60 });
    const other = '192.168.71.2';
    await a.agent.sidecar.stop();
    await lab.startClients([client(other, 64999, a.bgpd.address, { name: `${other} a` })]);
    await waitFor(
      'it has a session',
      () => sessionOf(lab, other, a),
      ({ isEstablished }) => isEstablished,
    );
    await a.startAgain();
    await become('it is evicted', a, isEvicted(other), 10);
  });

  test('is at its end on each side at another moment', async () => {
    const [a, b] = await two({ holdSeconds: 8 });
    const x = await startClient(lab, a, b);
    await write(typo, a, b);
    await become('it is evicted', a, isEvicted(x));
    const from = performance.now();
    expect(isEvicted(x)(await statusOf(b))).toBe(false);
    await become('it is evicted, too', b, isEvicted(x));
    expect(performance.now() - from).toBeGreaterThan(3000);
    expect((await statusOf(b)).lastHold).toMatchObject({ for: 'settings', outcome: 'time-over', clients: [x] });
  });
});

test('a declared client that is taken away, and whose AS no range has, keeps its session as long as that change waits', async () => {
  const [a] = await two({ holdSeconds: 60 });
  const x = '192.168.73.1';
  const declared = { clientGroup: `neighbors: [{name: leaf, address: ${x}, asn: "64998"}]` } satisfies SideChanges;
  await write(declared, a);
  await become('it is declared', a, ({ engine }) => engine.isApplied && a.agent.events().includes('settings-read'));
  await lab.startClients([client(x, 64998, a.bgpd.address, { name: `${x} a`, routes: 5 })]);
  await isUp(a, x);
  await write({}, a);
  await become('its removal waits', a, ({ settings }) => settings.pendingCount === 1);
  await sleep(2000);
  expect(isEvicted(x)(await statusOf(a))).toBe(false);
  // Nobody is asked about its eviction before: as long as it is a neighbor bgpd itself holds its AS number.
  expect((await statusOf(a)).settings.pending).toMatchObject([{ change: { kind: 'neighbor-removed' }, clients: [x] }]);
  await write(declared, a);
  await become('it is right again', a, ({ engine, hold }) => engine.isApplied && !hold);
  expect(await sessionOf(lab, x, a)).toMatchObject({ isEstablished: true, dropCount: 0 });
});

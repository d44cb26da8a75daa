import { confirmAfterMs } from '@meshrs/gate';
import { renderRouteServer } from '@meshrs/router-config';
import { routeServer } from '@meshrs/contract/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { eventually } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machineClock } from '../../src/async/clock.ts';
import { client as speaker } from '../frr/client.ts';
import { engineOf } from '../frr/engine-under-test.ts';
import { startLab, type Lab } from '../frr/lab.ts';
import { openVty, sendLines } from '../frr/vty.ts';
import { settingsText, staticSource } from '../settings-text.ts';
import { startTestSidecar, type TestSidecar } from '../start-sidecar.ts';
import { writePod, writeSide } from './gate-cluster.ts';
import { api, client, closing, lastWord, longAgo, startGate, writeServing } from './gate-under-test.ts';

/*
 * From bgpd to the gate's word: a real bgpd on side b with a client that is on b alone, its agent, and the gate. Whatever
 * stands in that bgpd, or is the matter with it, the gate must not open: b would go, and the client with it.
 */

const leaf = '192.168.1.1';
const settings = settingsText({ source: staticSource('192.0.2.1'), clientPrefix: '192.168.0.0/16' });

let lab: Lab;
let last = 0;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});

interface RealSide {
  readonly bgpd: Bgpd;
  readonly agent: TestSidecar;
}

const startSideB = () => startSide('b', 100);

async function startSide(
  side: 'a' | 'b',
  observationMs: number,
  { retryMs = 300, returnMs = 150_000 } = {},
): Promise<RealSide> {
  last += 1;
  const bgpd = await lab.startBgpd(last, renderRouteServer(routeServer(last), 'frr'));
  closing.push(() => bgpd.kill());
  let aheadMs = 0;
  const agent = await startTestSidecar({
    settings,
    engine: engineOf(bgpd).engine,
    podName: `routeserver-${side}-0`,
    timing: { observationMs, returnMs },
    clock: { ...machineClock, monotonicMs: () => machineClock.monotonicMs() + aheadMs },
  });
  closing.push(agent.remove);
  await lab.startClients([speaker(leaf, 65001, bgpd.address, { routes: 3, retryMs })]);
  closing.push(() => lab.ask({ kind: 'stop', addresses: [leaf], how: 'silent' }));
  await eventually(
    () => agent.sidecar.status(),
    ({ sessions }) =>
      sessions.kind === 'read' &&
      sessions.list.some(({ address, state }) => address === leaf && state === 'established'),
    20_000,
  );
  // Its engine does not wait for clients that are on their way back any more.
  aheadMs = 200_000;
  await writeSide(api, side, { settings });
  await writePod(api, side, { address: agent.address });
  return { bgpd, agent };
}

/** Stops it when its agent has just read it, and can tell that for five seconds. */
async function stopAfterReading({ bgpd, agent }: RealSide): Promise<void> {
  await eventually(
    () => agent.sidecar.status(),
    ({ sessions }) => sessions.kind === 'read' && sessions.ageMs < 20,
    10_000,
  );
  process.kill(bgpd.pid, 'SIGSTOP');
}

async function sendByHand(bgpd: Bgpd, ...lines: readonly string[]): Promise<void> {
  const session = await openVty(bgpd);
  expect(await sendLines(session, ['configure terminal', 'router bgp 65000', ...lines, 'end'])).toEqual([]);
  session.close();
}

describe('the gate before side b, one of whose clients is on b alone, stays shut', () => {
  it('as it is', async () => {
    await writeServing('a', []);
    await startSideB();
    expect(await startGate({ timeoutSeconds: 3 }).exitCode).toBe(1);
    expect(lastWord()).toContain(`1 of its 1 client has no session on side a: ${leaf}`);
  });

  const endSession = () => lab.ask({ kind: 'notify', address: leaf, code: 6, subcode: 4, data: '' });

  it('while the client dials again, for longer than the gate looks', async () => {
    await writeServing('a', []);
    await startSide('b', 100, { retryMs: 30_000 });
    await endSession();
    expect(await startGate({ timeoutSeconds: 8 }).exitCode).toBe(1);
    expect(lastWord()).toContain(
      `1 of its 1 client has no session on side a: ${leaf} (its session ended a short time ago)`,
    );
  });

  it('while the client that it has named dials again, also where the agent does not remember it', async () => {
    await writeServing('a', []);
    await startSide('b', 100, { retryMs: 30_000, returnMs: 0 });
    const gate = startGate({ timeoutSeconds: 10 });
    await eventually(
      () => Promise.resolve(gate.lines()),
      (lines) => JSON.stringify(lines).includes(leaf),
      10_000,
    );
    await endSession();
    expect(await gate.exitCode).toBe(1);
  });

  it('until a client that stays away has had its time', async () => {
    await writeServing('a', []);
    await startSide('b', 100, { retryMs: 30_000, returnMs: 4000 });
    await endSession();
    const from = performance.now();
    expect(await startGate({ timeoutSeconds: 20 }).exitCode).toBe(0);
    expect(performance.now() - from).toBeGreaterThan(3500);
  });

  it.each([
    ['an unnumbered neighbor', ['neighbor eth0 interface remote-as external']],
    ['an unnumbered neighbor of a group', ['neighbor eth0 interface peer-group MESHRR-CLIENTS']],
    ['an address that the C library prints with an IPv4 address in it', ['neighbor ::102:304 remote-as 65001']],
    [
      'a neighbor of another address family',
      [
        'neighbor 198.51.100.9 remote-as 65001',
        'address-family ipv4 unicast',
        'neighbor 198.51.100.9 activate',
        'exit-address-family',
      ],
    ],
  ])(
    'whoever has put %s into its bgpd',
    async (_, lines) => {
      await writeServing('a', []);
      const { bgpd } = await startSideB();
      await sendByHand(bgpd, ...lines);
      expect(await startGate({ timeoutSeconds: 4 }).exitCode).toBe(1);
      // Named as missing where the reading survives the odd neighbor, and as unknown where it does not.
      expect(lastWord()).toMatch(/has no session on side a: |does not know/);
    },
    60_000,
  );

  it('while its bgpd does not answer', async () => {
    await writeServing('a', []);
    const { bgpd, agent } = await startSideB();
    process.kill(bgpd.pid, 'SIGSTOP');
    try {
      expect(await startGate({ timeoutSeconds: 4 }).exitCode).toBe(1);
      expect(lastWord()).toMatch(/has no session on side a: |does not know/);
      // What was read is told as long as it is fresh, then with its age, and never as none.
      const told = await eventually(
        () => agent.sidecar.status(),
        ({ sessions }) => sessions.kind !== 'read',
        20_000,
      );
      expect(told.sessions.kind).toMatch(/^(stale|unreadable)$/);
    } finally {
      process.kill(bgpd.pid, 'SIGCONT');
    }
  });

  it('when its bgpd has died, and Kubernetes has not noticed yet', async () => {
    await writeServing('a', [client('192.0.2.7')]);
    const { bgpd, agent } = await startSideB();
    await bgpd.kill();
    await eventually(
      () => agent.sidecar.status(),
      ({ engine }) => !engine.isConnected,
      10_000,
    );
    expect(await startGate({ timeoutSeconds: 3 }).exitCode).toBe(1);
    expect(lastWord()).toContain('the gate cannot read the status of routeserver-b-0');
  });
});

describe('the gate before side b, whose client both sides have', () => {
  const bothLooks = { ...longAgo, confirmAfterMs };

  it('opens by two readings of each engine, as soon as without that', async () => {
    for (const side of ['a', 'b'] as const) await startSide(side, 1000);
    const startedAt = performance.now();
    const gate = startGate({ timeoutSeconds: 12 }, bothLooks);
    expect([await gate.exitCode, gate.errors()]).toEqual([0, '']);
    expect(performance.now() - startedAt).toBeLessThan(6500);
  });

  it.each(['a', 'b'] as const)(
    'takes one reading of the bgpd of side %s, which has stopped since, for no two',
    async (which) => {
      const sides = { a: await startSide('a', 1000), b: await startSide('b', 1000) };
      const { bgpd } = sides[which];
      await stopAfterReading(sides[which]);
      try {
        const gate = startGate({ timeoutSeconds: 8 }, bothLooks);
        expect(await gate.exitCode).toBe(1);
        expect(JSON.stringify(gate.lines())).toContain(`a new reading of the engine of routeserver-${which}-0`);
        expect(lastWord()).toMatch(/does not know|may have no session on side a|read \d+ s ago/);
      } finally {
        process.kill(bgpd.pid, 'SIGCONT');
      }
    },
    60_000,
  );

  it('opens by a reading that is made when the bgpd goes on', async () => {
    const [a] = [await startSide('a', 1000), await startSide('b', 1000)];
    await stopAfterReading(a);
    const goesOn = setTimeout(() => process.kill(a.bgpd.pid, 'SIGCONT'), 3700);
    try {
      const gate = startGate({ timeoutSeconds: 20 }, bothLooks);
      expect(await gate.exitCode).toBe(0);
    } finally {
      clearTimeout(goesOn);
      process.kill(a.bgpd.pid, 'SIGCONT');
    }
  });
});

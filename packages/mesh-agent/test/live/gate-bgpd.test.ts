import { renderRouteServer } from '@meshrs/router-config';
import { routeServer } from '@meshrs/contract/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { eventually } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client as speaker } from '../frr/client.ts';
import { engineOf } from '../frr/engine-under-test.ts';
import { startLab, type Lab } from '../frr/lab.ts';
import { openVty, sendLines } from '../frr/vty.ts';
import { settingsText, staticSource } from '../settings-text.ts';
import { startTestSidecar, type TestSidecar } from '../start-sidecar.ts';
import { writePod, writeSide } from './gate-cluster.ts';
import { api, client, closing, lastWord, startGate, writeServing } from './gate-under-test.ts';

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
}, 60_000);
afterAll(async () => {
  await lab.stop();
});

interface SideB {
  readonly bgpd: Bgpd;
  readonly agent: TestSidecar;
}

async function startSideB(): Promise<SideB> {
  last += 1;
  const bgpd = await lab.startBgpd(last, renderRouteServer(routeServer(last), 'frr'));
  closing.push(() => bgpd.kill());
  const agent = await startTestSidecar({
    settings,
    engine: engineOf(bgpd).engine,
    podName: 'routeserver-b-0',
    timing: { observationMs: 100 },
  });
  closing.push(agent.remove);
  await lab.startClients([speaker(leaf, 65001, bgpd.address, { routes: 3 })]);
  closing.push(() => lab.ask({ kind: 'stop', addresses: [leaf], how: 'silent' }));
  await eventually(
    () => agent.sidecar.status(),
    ({ sessions }) =>
      sessions.kind === 'read' &&
      sessions.list.some(({ address, state }) => address === leaf && state === 'established'),
    20_000,
  );
  await writeSide(api, 'b', { settings });
  await writePod(api, 'b', { address: agent.address });
  return { bgpd, agent };
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
  }, 60_000);

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
  }, 90_000);

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
  }, 60_000);
});

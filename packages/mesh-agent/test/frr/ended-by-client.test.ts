import { routeLimits } from '@meshrs/contract';
import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import { address } from '@meshrs/network/test-data';
import { renderRouteServer } from '@meshrs/router-config';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { waitFor } from '@meshrs/test-kit/wait';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { extendedMessageCapability, type PathAttribute } from './bgp-messages.ts';
import { client } from './client.ts';
import { engineOf, soon, type EngineUnderTest } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';
import { ipv6ExtendedCommunities, pmsiTunnel, tunnelEncapsulation } from './path-attributes.ts';
import { showRunningConfig } from './vty.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

/**
 * A client of a listen range can end bgpd by two path attributes (decision 32): what then comes back is a bgpd that knows
 * who was there, and that nobody of them ends again.
 */

const anyRouterId = { routerIds: [] };
const [good, other, leaf] = ['192.168.1.1', '192.168.1.2', '192.168.1.3'].map(address);
const [killer, second] = ['192.168.2.1', '192.168.2.2'].map(address);
const leaves = [declared('leaf', leaf ?? '', 65003)];
const intent = routeServer(1, { meshGroups: [], clientGroups: [clientGroup({ neighbors: leaves })] });

let lab: Lab;
let last = 0;
let bgpd: Bgpd;
let under: EngineUnderTest;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});
beforeEach(async () => {
  last += 1;
  bgpd = await lab.startBgpd(last, renderRouteServer(intent, 'frr'));
  under = engineOf(bgpd);
  await under.engine.apply(intent, soon());
  await lab.startClients([
    client(good ?? '', 65001, bgpd.address, { routes: 3 }),
    client(other ?? '', 65002, bgpd.address, { routes: 3 }),
    client(leaf ?? '', 65003, bgpd.address),
  ]);
  for (const each of [good, other, leaf]) await lab.up(each ?? '');
  await under.engine.guard(anyRouterId, soon());
});
afterEach(async () => {
  await lab.ask({ kind: 'stop', addresses: all(good, other, leaf, killer, second), how: 'silent' });
  await under.engine.close();
  await bgpd.kill();
});

describe('bgpd that a client of a range has ended', () => {
  const ways: Record<string, readonly PathAttribute[]> = {
    'tunnel encapsulation': [tunnelEncapsulation(30)],
    'tunnel encapsulation in one long sub-TLV': [tunnelEncapsulation(1, 30_000, 0x80), pmsiTunnel],
    'IPv6 extended communities': [ipv6ExtendedCommunities(routeLimits.extendedCommunities - 2), pmsiTunnel],
  };
  test.each(Object.entries(ways))(
    '%s: is not ended by it again, and the others have its route',
    async (_, attributes) => {
      await endBy(killer, attributes);
      await cameBack();
      await waitFor(
        'the one that ended it is in, with its route',
        async () => [await lab.statusOf(killer ?? ''), await lab.statusOf(good ?? '')],
        ([own, its]) => own?.isEstablished === true && its?.heldRoutes === 4,
        20_000,
      );
      const { lastAttributeTypes } = await lab.statusOf(good ?? '');
      expect(lastAttributeTypes).not.toContain(23);
      expect(lastAttributeTypes).not.toContain(25);
      // It comes again and again, and takes nobody's session with it.
      for (let time = 0; time < 3; time += 1) {
        await lab.ask({ kind: 'stop', addresses: all(killer), how: 'silent' });
        await startKiller(killer, attributes);
        await lab.up(killer ?? '');
        await under.engine.guard(anyRouterId, soon());
      }
      await expectOneRestart();
    },
  );

  test('knows all who were there, by its own file: what the settings want changes nothing and resets nobody', async () => {
    await endBy(killer, [tunnelEncapsulation(30)]);
    await cameBack();
    const running = await showRunningConfig(bgpd);
    for (const each of all(good, other, killer)) {
      expect(running).toContain(`neighbor ${each} peer-group MESHRR-CLIENTS\n`);
      expect(running).toContain(`neighbor ${each} path-attribute discard 23 25\n`);
    }
    expect(running).toContain(`neighbor ${leaf ?? ''} remote-as 65003\n`);
    expect((await under.engine.apply(intent, soon())).changes).toEqual([]);
    expect((await under.engine.observe(soon())).outstanding).toEqual([]);
    expect(under.engine.pins().map((pin) => [pin.address, pin.isKept])).toEqual(
      all(good, other, killer).map((each) => [each, true]),
    );
    // Long after: who was let go would come by the range again, and could end bgpd once more.
    under.forward(48 * 3_600_000);
    expect((await under.engine.guard(anyRouterId, soon())).unpinned).toEqual([]);
    await expectOneRestart();
  });

  test('is known by the agent after this one, too', async () => {
    await endBy(killer, [tunnelEncapsulation(30)]);
    await cameBack();
    await under.engine.close();
    under = engineOf(bgpd);
    await under.engine.connect(soon());
    expect(under.engine.restoreGuardRecord([])).toBe(true);
    expect((await under.engine.apply(intent, soon())).changes).toEqual([]);
    under.forward(48 * 3_600_000);
    expect((await under.engine.guard(anyRouterId, soon())).unpinned).toEqual([]);
    await endAndCameBack();
    expect(readFileSync(bgpd.configFile, 'utf8')).toContain(`neighbor ${killer ?? ''} path-attribute discard 23 25\n`);
  });

  test('takes a new client by its range as before; known limit: one that was never there can end it once', async () => {
    await endBy(killer, [tunnelEncapsulation(30)]);
    await cameBack();
    await endBy(second, [tunnelEncapsulation(30)]);
    await cameBack();
    await waitFor(
      'both are in, and bgpd lives',
      async () => [await lab.statusOf(killer ?? ''), await lab.statusOf(second ?? ''), await lab.statusOf(good ?? '')],
      ([one, two, its]) => one?.isEstablished === true && two?.isEstablished === true && its?.heldRoutes === 5,
      20_000,
    );
  });
});

test('an end for any other reason, without an agent: bgpd starts with those whom the agent saw last', async () => {
  under.forward(11_000);
  await under.engine.guard(anyRouterId, soon());
  await under.engine.close();
  await bgpd.kill();
  await bgpd.start();
  const running = await showRunningConfig(bgpd);
  for (const each of all(good, other)) expect(running).toContain(`neighbor ${each} path-attribute discard 23 25\n`);
  for (const each of all(good, other, leaf)) await lab.up(each);
  under = engineOf(bgpd);
  expect((await under.engine.apply(intent, soon())).changes).toEqual([]);
  await expectOneRestart();
});

test('a bgpd that was silent, and lives: nobody becomes a neighbor, and nobody loses a session', async () => {
  await under.engine.close();
  under = engineOf(bgpd, { commandTimeoutMs: 300 });
  await under.engine.apply(intent, soon());
  await under.engine.guard(anyRouterId, soon());
  process.kill(bgpd.pid, 'SIGSTOP');
  await expect(under.engine.observe(soon())).rejects.toMatchObject({ code: 'engine-timeout' });
  await waitFor(
    'the file is that of a start',
    () => Promise.resolve(readFileSync(bgpd.configFile, 'utf8')),
    (text) => text.includes(`neighbor ${good ?? ''} path-attribute`),
  );
  process.kill(bgpd.pid, 'SIGCONT');
  await under.engine.connect(soon());
  expect((await under.engine.apply(intent, soon())).changes).toEqual([]);
  await under.engine.guard(anyRouterId, soon());
  expect(under.engine.pins()).toEqual([]);
  expect(await showRunningConfig(bgpd)).not.toContain(`neighbor ${good ?? ''}`);
  for (const each of all(good, other, leaf)) {
    expect(await lab.statusOf(each)).toMatchObject({ isEstablished: true, establishedCount: 1 });
  }
});

function all(...addresses: readonly (string | undefined)[]): string[] {
  return addresses.flatMap((each) => each ?? []);
}

async function startKiller(at: string | undefined, attributes: readonly PathAttribute[]): Promise<void> {
  const capabilities = [extendedMessageCapability];
  await lab.startClients([client(at ?? '', 65066, bgpd.address, { routes: 1, attributes, capabilities })]);
}

async function endBy(at: string | undefined, attributes: readonly PathAttribute[]): Promise<void> {
  const before = ends();
  await startKiller(at, attributes);
  await waitFor(
    'bgpd has ended',
    () => Promise.resolve(ends()),
    (count) => count > before,
    20_000,
  );
  await bgpd.kill();
}

/** How often bgpd has said why it ended. */
function ends(): number {
  return bgpd.output().split('lib/stream.c').length;
}

async function endAndCameBack(): Promise<void> {
  await bgpd.kill();
  await cameBack();
}

/** The agent writes the file while nobody runs; a container comes back later than that. */
async function cameBack(): Promise<void> {
  await waitFor(
    'the agent has seen it',
    () => Promise.resolve(under.events.findLast(({ kind }) => kind === 'connected' || kind === 'lost')?.kind),
    (kind) => kind === 'lost',
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  await bgpd.start();
  await under.engine.connect(soon());
  for (const each of all(good, other, leaf)) await lab.up(each);
}

/** The honest clients lost their session with the one bgpd that was ended, and no other. */
async function expectOneRestart(): Promise<void> {
  for (const each of all(good, other, leaf)) {
    expect(await lab.statusOf(each), each).toMatchObject({ isEstablished: true, establishedCount: 2, dropCount: 1 });
  }
}

import { routeLimits, type ClientGroupIntent, type RouteServerIntent } from '@meshrs/contract';
import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import { address, asnRange, prefix } from '@meshrs/network/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { waitFor } from '@meshrs/test-kit/wait';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { supportOf } from '../../src/engines.ts';
import { extendedMessageCapability, type PathAttribute } from './bgp-messages.ts';
import { client } from './client.ts';
import { engineOf, soon, type EngineUnderTest } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';
import { communities, ipv6ExtendedCommunities, pmsiTunnel, tunnelEncapsulation } from './path-attributes.ts';
import { showRunningConfig } from './vty.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

/** Each address of narrow ranges is a neighbor of bgpd from its start on: none can end it by path attributes 23 and 25. */

const anyRouterId = { routerIds: [] };
const narrow = (changes: Partial<ClientGroupIntent> = {}) =>
  clientGroup({ prefixes: [prefix('192.168.1.0/27'), prefix('2001:db8:100::/125')], ...changes });
const killer = '192.168.1.9';

interface Side {
  readonly bgpd: Bgpd;
  readonly under: EngineUnderTest;
}

let lab: Lab;
let last = 0;
let sides: Side[] = [];
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});
afterEach(async () => {
  const status = await lab.ask({ kind: 'status' });
  await lab.ask({ kind: 'stop', addresses: Object.keys(status), how: 'silent' });
  for (const { bgpd, under } of sides) {
    await under.engine.close();
    await bgpd.kill();
  }
  sides = [];
});

describe('clients of narrow ranges', () => {
  const ways: Record<string, readonly PathAttribute[]> = {
    'tunnel encapsulation': [tunnelEncapsulation(30)],
    'tunnel encapsulation in one long sub-TLV': [tunnelEncapsulation(1, 30_000, 0x80), pmsiTunnel],
    'IPv6 extended communities': [ipv6ExtendedCommunities(routeLimits.extendedCommunities - 2)],
    'both, with others': [tunnelEncapsulation(10), ipv6ExtendedCommunities(150), communities(60)],
  };
  test.each(Object.entries(ways))(
    '%s, sent to both sides in the first session: neither bgpd ends, and the others have the route',
    async (_, attributes) => {
      const both = [await startSide(intentOf(narrow())), await startSide(intentOf(narrow()))];
      for (const [index, { bgpd }] of both.entries()) {
        await lab.startClients([
          client('192.168.1.1', 65001, bgpd.address, { name: `good${String(index)}`, routes: 3 }),
          client('2001:db8:100::1', 65002, ipv6Of(bgpd), { name: `six${String(index)}` }),
        ]);
        await lab.up(`good${String(index)}`);
        await lab.up(`six${String(index)}`);
      }
      await Promise.all(both.map(({ bgpd }, index) => startKiller(bgpd, attributes, `killer${String(index)}`)));
      for (const [index, { bgpd, under }] of both.entries()) {
        await waitFor(
          'the others have its route',
          () => lab.statusOf(`good${String(index)}`),
          ({ heldRoutes }) => heldRoutes === 1,
          20_000,
        );
        for (const name of [`good${String(index)}`, `six${String(index)}`, `killer${String(index)}`])
          expect(await lab.statusOf(name)).toMatchObject({ isEstablished: true, establishedCount: 1, dropCount: 0 });
        const { lastAttributeTypes } = await lab.statusOf(`good${String(index)}`);
        expect(lastAttributeTypes).not.toContain(23);
        expect(lastAttributeTypes).not.toContain(25);
        expect(bgpd.output()).not.toContain('lib/stream.c');
        // Nobody came by a range as a dynamic neighbor.
        const { rangeNeighbors } = await under.engine.observe(soon());
        expect(rangeNeighbors).toMatchObject({ count: 0 });
      }
    },
  );

  test('run as the settings want it from the first moment on; who never came is no session, no pin and in no list', async () => {
    const { bgpd, under } = await startSide(
      intentOf(narrow({ neighbors: [declared('leaf', '192.168.1.3', 65003)], maximumPrefixes: 10 })),
    );
    await lab.startClients([client('192.168.1.1', 65001, bgpd.address)]);
    await lab.up('192.168.1.1');
    expect((await under.engine.apply(under.intent, soon())).changes).toEqual([]);
    const look = await under.engine.guard(anyRouterId, soon());
    expect(look).toMatchObject({ evicted: [], pinned: [], reserved: [], unpinned: [], held: [] });
    const { sessions, outstanding } = await under.engine.observe(soon());
    expect(outstanding).toEqual([]);
    expect(sessions.map((each) => [each.address, each.kind, each.state])).toEqual([
      ['192.168.1.1', 'range-client', 'established'],
      ['192.168.1.3', 'declared-client', expect.stringMatching(/^(idle|active)$/)],
    ]);
    // The declared one is a neighbor of its own anyway.
    expect(under.engine.pins()).toHaveLength(32 + 8 - 1);
    // A person lets all go: these stay, and the next agent knows them.
    expect(await under.engine.clearEvictions('all', soon())).toMatchObject({ unpinned: [], leaving: [] });
    expect(under.engine.guardRecord()).toEqual([]);
    under.forward(48 * 3_600_000);
    expect((await under.engine.guard(anyRouterId, soon())).unpinned).toEqual([]);
    await under.engine.close();
    const next = engineOf(bgpd);
    await next.engine.connect(soon());
    expect((await next.engine.apply(under.intent, soon())).changes).toEqual([]);
    expect(next.engine.pins()).toHaveLength(39);
    expect(await lab.statusOf('192.168.1.1')).toMatchObject({ establishedCount: 1, dropCount: 0 });
    await next.engine.close();
    // And the next bgpd of the pod.
    const file = readFileSync(bgpd.configFile, 'utf8');
    expect(file.split('path-attribute discard 23 25').length - 1).toBe(40);
  });

  test('are held to the AS numbers of their group as before, and come back when it has theirs', async () => {
    const { bgpd, under } = await startSide(intentOf(narrow()));
    await lab.startClients([client('192.168.1.1', 64999, bgpd.address, { retryMs: 100 })]);
    await lab.up('192.168.1.1');
    await waitFor(
      'it is evicted',
      () => under.engine.guard(anyRouterId, soon()),
      ({ evicted }) => evicted.some(({ reason }) => reason === 'as-not-allowed'),
    );
    const { sessions } = await under.engine.observe(soon());
    expect(sessions.map((each) => [each.address, each.kind])).toEqual([['192.168.1.1', 'evicted']]);
    await under.engine.apply(intentOf(narrow({ asns: [asnRange('64999')] })), soon());
    await lab.up('192.168.1.1');
    expect(under.engine.evictions()).toEqual([]);
  });

  test('may have the address of the route server itself among them: bgpd takes its file all the same', async () => {
    const number = last + 1;
    const own = prefix(`10.99.0.${String(number - (number % 4))}/30`);
    const { bgpd, under } = await startSide(intentOf(narrow({ prefixes: [own] })));
    expect(bgpd.address).toBe(`10.99.0.${String(number)}`);
    expect((await under.engine.apply(under.intent, soon())).changes).toEqual([]);
    expect((await under.engine.observe(soon())).sessions).toEqual([]);
  });

  test('that are allowed to pass both attributes come by their range, as those of wide ranges', async () => {
    const passed = narrow({ passedAttributes: ['tunnel-encapsulation', 'ipv6-extended-communities'] });
    const { bgpd } = await startSide(intentOf(passed));
    expect(await showRunningConfig(bgpd)).not.toContain('neighbor 192.168.1.1 ');
  });
});

describe('ranges that change while bgpd runs', () => {
  test('narrow ranges that come have their neighbors at once, and reset nobody', async () => {
    const wide = clientGroup({ name: 'OLD', prefixes: [prefix('192.168.128.0/17')] });
    const { bgpd, under } = await startSide(
      intentOf(clientGroup({ name: 'FIRST', prefixes: [prefix('192.168.2.0/28')] })),
    );
    await lab.startClients([client('192.168.2.1', 65001, bgpd.address, { routes: 3 })]);
    await lab.up('192.168.2.1');
    // The killer dials all the time, and is refused until there is a range.
    await startKiller(bgpd, [tunnelEncapsulation(30)]);
    const both = intentOf(clientGroup({ name: 'FIRST', prefixes: [prefix('192.168.2.0/28')] }), narrow());
    await under.engine.apply(both, soon());
    await waitFor(
      'the first one has its route',
      () => lab.statusOf('192.168.2.1'),
      ({ heldRoutes }) => heldRoutes === 1,
    );
    expect(await lab.statusOf('192.168.2.1')).toMatchObject({ establishedCount: 1, dropCount: 0 });
    expect((await under.engine.observe(soon())).rangeNeighbors).toMatchObject({ count: 0 });
    // A wide one beside them: who is a neighbor stays one, and keeps its session.
    await under.engine.apply(
      intentOf(clientGroup({ name: 'FIRST', prefixes: [prefix('192.168.2.0/28')] }), narrow(), wide),
      soon(),
    );
    expect(under.engine.pins()).toHaveLength(16 + 40);
    expect(await lab.statusOf('192.168.2.1')).toMatchObject({ establishedCount: 1, dropCount: 0 });
    expect(await lab.statusOf('killer')).toMatchObject({ establishedCount: 1, dropCount: 0 });
  });

  test('a range that is narrowed resets its clients as before, and all come back as neighbors', async () => {
    const { bgpd, under } = await startSide(intentOf(clientGroup()));
    await lab.startClients([client('192.168.1.1', 65001, bgpd.address, { routes: 3 })]);
    await lab.up('192.168.1.1');
    await under.engine.apply(intentOf(narrow()), soon());
    await lab.up('192.168.1.1');
    await startKiller(bgpd, [tunnelEncapsulation(30)]);
    await waitFor(
      'the other one has its route',
      () => lab.statusOf('192.168.1.1'),
      ({ heldRoutes }) => heldRoutes === 1,
    );
    expect((await under.engine.observe(soon())).rangeNeighbors).toMatchObject({ count: 0 });
    expect(await lab.statusOf('192.168.1.1')).toMatchObject({ establishedCount: 2, dropCount: 1 });
  });

  test('a range that is narrow because another one has gone: who is there keeps its session, and is a neighbor from the next on', async () => {
    const other = clientGroup({ name: 'OTHER', prefixes: [prefix('192.168.128.0/17')] });
    const { bgpd, under } = await startSide(intentOf(narrow(), other));
    expect(await showRunningConfig(bgpd)).not.toContain('neighbor 192.168.1.1 ');
    await lab.startClients([client('192.168.1.1', 65001, bgpd.address), client('192.168.1.2', 65002, bgpd.address)]);
    await lab.up('192.168.1.1');
    await lab.up('192.168.1.2');
    await under.engine.apply(intentOf(narrow()), soon());
    const looks = [];
    for (let look = 0; look < 4; look += 1) looks.push((await under.engine.guard(anyRouterId, soon())).reserved.length);
    expect(looks).toEqual([20, 18, 0, 0]);
    for (const each of ['192.168.1.1', '192.168.1.2'])
      expect(await lab.statusOf(each)).toMatchObject({ establishedCount: 1, dropCount: 0 });
    await lab.ask({ kind: 'stop', addresses: ['192.168.1.2'], how: 'cease' });
    await waitFor(
      'the one that went is a neighbor',
      () => under.engine.guard(anyRouterId, soon()),
      ({ reserved }) => reserved.some((each) => each.address === '192.168.1.2'),
    );
    await startKiller(bgpd, [tunnelEncapsulation(30)]);
    await lab.up('killer');
    expect(await lab.statusOf('192.168.1.1')).toMatchObject({ establishedCount: 1, dropCount: 0 });
    // Another life of bgpd has all of them.
    await under.engine.guard(anyRouterId, soon());
    const file = readFileSync(bgpd.configFile, 'utf8');
    expect(file).toContain('neighbor 192.168.1.1 path-attribute discard 23 25\n');
    expect(file.split('path-attribute discard 23 25').length - 1).toBe(40);
  });

  test('a narrow range that goes takes its neighbors with it', async () => {
    const { bgpd, under } = await startSide(intentOf(narrow()));
    await under.engine.apply(intentOf(narrow({ prefixes: [prefix('192.168.3.0/30')] })), soon());
    const running = await showRunningConfig(bgpd);
    expect(running).not.toContain('192.168.1.');
    expect(running.split('path-attribute discard 23 25').length - 1).toBe(4);
    expect((await under.engine.observe(soon())).outstanding).toEqual([]);
  });
});

function intentOf(...clientGroups: readonly ClientGroupIntent[]): RouteServerIntent {
  return routeServer(1, { meshGroups: [], clientGroups });
}

/** A pod that starts: bgpd with the file of its init container, then the agent. */
async function startSide(
  intent: RouteServerIntent,
): Promise<{ bgpd: Bgpd; under: EngineUnderTest & { intent: RouteServerIntent } }> {
  last += 1;
  const bgpd = await lab.startBgpd(last, supportOf('frr').initialConfiguration(intent));
  const under = { ...engineOf(bgpd), intent };
  sides.push({ bgpd, under });
  await under.engine.apply(intent, soon());
  return { bgpd, under };
}

async function startKiller(bgpd: Bgpd, attributes: readonly PathAttribute[], name = 'killer'): Promise<void> {
  const capabilities = [extendedMessageCapability];
  await lab.startClients([client(killer, 65066, bgpd.address, { name, routes: 1, attributes, capabilities })]);
}

function ipv6Of({ address: at }: Bgpd): string {
  return address(`2001:db8:99::${at.split('.').at(-1) ?? ''}`);
}

import type { RouteServerIntent } from '@meshrs/contract';
import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import type { IpAddress } from '@meshrs/network';
import { prefix } from '@meshrs/network/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { waitFor } from '@meshrs/test-kit/wait';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { supportOf } from '../../src/engines.ts';
import { client } from './client.ts';
import { engineOf, soon, type EngineUnderTest } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';
import { openVty, sendLines, showRunningConfig } from './vty.ts';

/** No session of a client ends by what the agent itself adds or takes away, unless somebody was asked about that client. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const anyRouterId = { routerIds: [] };
const intentOf = (...prefixes: readonly string[]) =>
  routeServer(1, { meshGroups: [], clientGroups: [clientGroup({ prefixes: prefixes.map((each) => prefix(each)) })] });

let lab: Lab;
let last = 0;
let started: { readonly bgpd: Bgpd; readonly under: EngineUnderTest }[] = [];
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});
afterEach(async () => {
  const status = await lab.ask({ kind: 'status' });
  await lab.ask({ kind: 'stop', addresses: Object.keys(status), how: 'silent' });
  for (const { bgpd, under } of started) {
    await under.engine.close();
    await bgpd.kill();
  }
  started = [];
});

describe('a range that was widened and is narrowed again', () => {
  const three = ['192.168.1.0/24', '192.168.2.0/24', '192.168.3.0/24'];
  const ways: Record<string, readonly (readonly string[])[]> = {
    'to the pieces that it had': [three, ['192.168.0.0/16'], ['192.168.1.0/24', '192.168.2.0/24']],
    'in several steps': [three, ['192.168.0.0/18'], ['192.168.0.0/16'], ['192.168.1.0/24', '192.168.2.0/24']],
    'to a range that holds its pieces': [
      ['192.168.1.0/25', '192.168.2.0/24', '10.0.0.0/9'],
      ['192.168.0.0/16'],
      ['192.168.1.0/24', '192.168.2.0/24'],
    ],
    'by a range of the other family that goes': [
      [...three, '2001:db8:100::/64'],
      ['192.168.0.0/16', '2001:db8:100::/48'],
      ['192.168.1.0/24', '192.168.2.0/24'],
    ],
  };
  test.each(Object.entries(ways))(
    '%s: nobody is reset, and who is there is a neighbor from then on',
    async (_, steps) => {
      const [first = [], ...others] = steps;
      const { bgpd, under } = await start(intentOf(...first));
      const names = ['192.168.1.1', '192.168.1.17', '192.168.2.5'];
      await lab.startClients(names.map((at, index) => client(at, 65001 + index, bgpd.address, { routes: 3 })));
      for (const name of names) await lab.up(name);
      await under.engine.guard(anyRouterId, soon());
      for (const step of others) {
        const { asked, waits } = await applyHeld(under, intentOf(...step));
        expect([asked, waits]).toEqual([[], []]);
        await under.engine.guard(anyRouterId, soon());
      }
      await sleep(500);
      for (const name of names) expect(await lab.statusOf(name)).toMatchObject({ establishedCount: 1, dropCount: 0 });
      await lab.ask({ kind: 'stop', addresses: ['192.168.1.17'], how: 'cease' });
      await waitFor(
        'who went is a neighbor',
        async () => {
          await under.engine.guard(anyRouterId, soon());
          return showRunningConfig(bgpd);
        },
        (running) => running.includes('neighbor 192.168.1.17 path-attribute discard 23 25'),
        20_000,
      );
      expect((await under.engine.observe(soon())).outstanding).toEqual([]);
      for (const name of ['192.168.1.1', '192.168.2.5'])
        expect(await lab.statusOf(name)).toMatchObject({ establishedCount: 1, dropCount: 0 });
    },
  );

  test('without a question that could be asked, or with a yes to all: nobody is reset either', async () => {
    const { bgpd, under } = await start(intentOf(...three));
    await lab.startClients([client('192.168.1.1', 65001, bgpd.address)]);
    await lab.up('192.168.1.1');
    await under.engine.apply(intentOf('192.168.0.0/16'), soon());
    await under.engine.apply(intentOf('192.168.1.0/24'), soon());
    await under.engine.apply(intentOf('192.168.0.0/16'), soon());
    const mayEnd = () => true;
    await under.engine.apply(intentOf('192.168.1.0/24'), soon(), undefined, {
      begin: () => undefined,
      mayEnd,
      onDecided: () => undefined,
      onEnd: () => undefined,
    });
    expect(await lab.statusOf('192.168.1.1')).toMatchObject({ establishedCount: 1, dropCount: 0 });
  });

  test('of which a piece goes: its own clients alone are asked about, and alone are reset', async () => {
    const { bgpd, under } = await start(intentOf(...three));
    await lab.startClients([client('192.168.1.1', 65001, bgpd.address), client('192.168.2.5', 65002, bgpd.address)]);
    for (const name of ['192.168.1.1', '192.168.2.5']) await lab.up(name);
    await applyHeld(under, intentOf('192.168.0.0/16'));
    const { asked, waits } = await applyHeld(under, intentOf('192.168.1.0/24'));
    expect(asked).toEqual(['192.168.2.5']);
    expect(waits).toEqual(['range-removed|MESHRR-CLIENTS|192.168.2.0/24']);
    await under.engine.apply(intentOf('192.168.1.0/24'), soon());
    expect(await lab.statusOf('192.168.2.5')).toMatchObject({ dropCount: 1 });
    expect(await lab.statusOf('192.168.1.1')).toMatchObject({ establishedCount: 1, dropCount: 0 });
  });
});

describe('a client that is up as a neighbor of a range that has gone', () => {
  const leaf = declared('leaf', '192.168.9.9', 65009);
  const withLeaf = (prefixes: readonly string[], ...neighbors: readonly (typeof leaf)[]) =>
    routeServer(1, {
      meshGroups: [],
      clientGroups: [clientGroup({ prefixes: prefixes.map((each) => prefix(each)), neighbors })],
    });

  test('is not let in while something else of the settings waits', async () => {
    const { bgpd, under } = await start(withLeaf(['192.168.1.0/27'], leaf));
    await lab.startClients([client('192.168.9.9', 65009, bgpd.address)]);
    await lab.up('192.168.9.9');
    const { asked } = await applyHeld(under, withLeaf(['192.168.2.0/28']));
    expect(asked).toEqual(['192.168.9.9']);
    const running = await showRunningConfig(bgpd);
    expect(running).not.toContain('neighbor 192.168.1.');
    expect(running).toContain('neighbor 192.168.2.1 path-attribute discard 23 25');
    expect(await lab.statusOf('192.168.9.9')).toMatchObject({ dropCount: 0 });
  });

  const next: Record<string, readonly [RouteServerIntent, string]> = {
    'goes with what was left of the range': [withLeaf(['192.168.2.0/28']), 'neighbor-removed'],
    'is declared': [withLeaf(['192.168.2.0/28'], declared('x', '192.168.1.1', 65001)), 'neighbor-changed'],
    'is declared in another group': [
      routeServer(1, {
        meshGroups: [],
        clientGroups: [
          clientGroup({ prefixes: [prefix('192.168.2.0/28')] }),
          clientGroup({ name: 'TWO', prefixes: [], neighbors: [declared('x', '192.168.1.1', 65001)] }),
        ],
      }),
      'neighbor-changed',
    ],
  };
  test.each(Object.entries(next))('%s: not before somebody was asked about it', async (_, [intent, kind]) => {
    const { bgpd, under } = await start(withLeaf(['192.168.1.0/27']));
    await lab.startClients([client('192.168.1.1', 65001, bgpd.address)]);
    await lab.up('192.168.1.1');
    await under.engine.close();
    // Left by an agent that took the range before its neighbors.
    await takeRangeByHand(bgpd);
    const after = engineOf(bgpd);
    started.push({ bgpd, under: after });
    await after.engine.connect(soon());
    const { asked, waits } = await applyHeld(after, intent);
    expect(asked).toEqual(['192.168.1.1']);
    expect(waits).toEqual([expect.stringContaining(kind)]);
    // A look of the guard carries out no more than that.
    const looked = await after.engine.guard(anyRouterId, soon());
    expect(looked.evicted).toEqual([]);
    expect(await lab.statusOf('192.168.1.1')).toMatchObject({ establishedCount: 1, dropCount: 0 });
    const released = await applyHeld(after, intent, () => true);
    expect(released.waits).toEqual([]);
    await waitFor(
      'it is reset',
      () => lab.statusOf('192.168.1.1'),
      ({ dropCount }) => dropCount === 1,
      10_000,
    );
  });

  test('stays a neighbor until its session ends, where a wide range lets it in again', async () => {
    const { bgpd, under } = await start(withLeaf(['192.168.1.0/27']));
    await lab.startClients([client('192.168.1.1', 65001, bgpd.address)]);
    await lab.up('192.168.1.1');
    await under.engine.close();
    await takeRangeByHand(bgpd);
    const after = engineOf(bgpd);
    started.push({ bgpd, under: after });
    await after.engine.connect(soon());
    expect((await applyHeld(after, withLeaf(['192.168.2.0/28']))).asked).toEqual(['192.168.1.1']);
    expect((await applyHeld(after, withLeaf(['192.168.0.0/16']))).asked).toEqual([]);
    expect(await lab.statusOf('192.168.1.1')).toMatchObject({ establishedCount: 1, dropCount: 0 });
    await lab.ask({ kind: 'stop', addresses: ['192.168.1.1'], how: 'cease' });
    await waitFor(
      'it is let go',
      async () => {
        await after.engine.guard(anyRouterId, soon());
        return showRunningConfig(bgpd);
      },
      (running) => !running.includes('neighbor 192.168.1.1 '),
      20_000,
    );
  });
});

test('a declared client that dials all the time is made a client of another group, and of its range', async () => {
  const x = declared('x', '192.168.1.1', 65001);
  const groups = (one: readonly (typeof x)[], two: readonly (typeof x)[]) =>
    routeServer(1, {
      meshGroups: [],
      clientGroups: [
        clientGroup({ prefixes: [prefix('192.168.0.0/16')], neighbors: one }),
        clientGroup({ name: 'TWO', prefixes: [], neighbors: two }),
      ],
    });
  const { bgpd, under } = await start(groups([x], []));
  await lab.startClients([client('192.168.1.1', 65001, bgpd.address, { retryMs: 1 })]);
  await lab.up('192.168.1.1');
  for (let round = 0; round < 10; round += 1)
    for (const intent of [groups([], [x]), groups([], []), groups([x], [])]) await under.engine.apply(intent, soon());
  await lab.up('192.168.1.1');
  expect((await under.engine.observe(soon())).outstanding).toEqual([]);
});

async function start(intent: RouteServerIntent): Promise<{ readonly bgpd: Bgpd; readonly under: EngineUnderTest }> {
  last += 1;
  const bgpd = await lab.startBgpd(last, supportOf('frr').initialConfiguration(intent));
  const side = { bgpd, under: engineOf(bgpd) };
  started.push(side);
  await side.under.engine.apply(intent, soon());
  return side;
}

async function takeRangeByHand(bgpd: Bgpd): Promise<void> {
  const session = await openVty(bgpd);
  const lines = [
    'configure terminal',
    'router bgp 4259840001',
    'no bgp listen range 192.168.1.0/27 peer-group MESHRR-CLIENTS',
    'end',
  ];
  expect(await sendLines(session, lines)).toEqual([]);
  session.close();
}

/** With the answer that a hold gives: whoever is asked about stays, unless something else is said. */
async function applyHeld(under: EngineUnderTest, intent: RouteServerIntent, mayEnd = () => false) {
  const asked = new Set<IpAddress>();
  let waits: readonly string[] = [];
  await under.engine.apply(intent, soon(), undefined, {
    begin: () => undefined,
    mayEnd: ({ clients }) => {
      for (const each of clients) asked.add(each);
      return mayEnd();
    },
    onEnd: () => undefined,
    onDecided: (pending) => {
      waits = pending.map(({ key }) => key);
    },
  });
  return { asked: [...asked], waits };
}

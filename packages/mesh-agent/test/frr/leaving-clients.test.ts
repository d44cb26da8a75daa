import type { RouteServerIntent } from '@meshrs/contract';
import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import { address, asnRange, prefix } from '@meshrs/network/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { waitFor } from '@meshrs/test-kit/wait';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { supportOf } from '../../src/engines.ts';
import { client } from './client.ts';
import { engineOf, soon, type EngineUnderTest } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';

/** Whoever comes while its range, or its neighbor, waits for its removal goes by the settings that made that. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const anyRouterId = { routerIds: [] };
const [x, undeclared, late] = [address('192.168.1.1'), address('192.168.1.2'), address('192.168.1.3')];
const group = (name: string, range: string, asns: string) =>
  clientGroup({ name, prefixes: [prefix(range)], asns: [asnRange(asns)] });
const leaf = declared('leaf', '192.168.1.9', 64998);
const before = routeServer(1, {
  meshGroups: [],
  clientGroups: [{ ...group('ONE', '192.168.0.0/16', '65001-65010'), neighbors: [leaf] }],
});
const wants = (...clientGroups: readonly ReturnType<typeof clientGroup>[]) =>
  routeServer(1, { meshGroups: [], clientGroups });

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
  bgpd = await lab.startBgpd(last, supportOf('frr').initialConfiguration(before));
  under = engineOf(bgpd);
  await under.engine.apply(before, soon());
  await lab.startClients([client(x, 65001, bgpd.address)]);
  await lab.up(x);
});
afterEach(async () => {
  await lab.ask({ kind: 'stop', addresses: [x, undeclared, late, leaf.address], how: 'silent' });
  await under.engine.close();
  await bgpd.kill();
});

describe('a range that goes, and waits', () => {
  test.each([
    ['with nothing in its place', wants()],
    ['to another group', wants(group('TWO', '192.168.0.0/16', '64999'))],
    ['with other addresses in its place', wants(group('ONE', '10.128.0.0/9', '64999'))],
  ])('%s: lets in whom it let in before, and nobody else', async (_, intent) => {
    expect(await applyHeld(intent)).toContain('range-removed|ONE|192.168.0.0/16');
    await lab.startClients([client(undeclared, 64999, bgpd.address), client(late, 65002, bgpd.address)]);
    await lab.up(late);
    await evicted(undeclared);
    for (let round = 0; round < 2; round += 1) {
      await applyHeld(intent);
      expect(await under.engine.guard(anyRouterId, soon())).toMatchObject({ evicted: [], ended: [] });
    }
    expect(under.engine.evictions()).toMatchObject([{ address: undeclared, group: 'ONE', remoteAsn: 64999 }]);
    for (const at of [x, late]) expect(await lab.statusOf(at)).toMatchObject({ isEstablished: true, dropCount: 0 });
    // When it goes, who was evicted from it is so no more.
    await under.engine.apply(wants(), soon());
    await under.engine.guard(anyRouterId, soon());
    expect(under.engine.evictions()).toEqual([]);
  });

  test('is one of unknown rules to another agent, which ends no eviction', async () => {
    await applyHeld(wants());
    await lab.startClients([client(undeclared, 64999, bgpd.address)]);
    await evicted(undeclared);
    const entries = under.engine.guardRecord();
    await under.engine.close();
    under = engineOf(bgpd);
    await under.engine.connect(soon());
    expect(under.engine.restoreGuardRecord(entries)).toBe(true);
    await applyHeld(wants());
    expect(await under.engine.guard(anyRouterId, soon())).toMatchObject({ evicted: [], ended: [] });
    expect(under.engine.evictions()).toMatchObject([{ address: undeclared }]);
    expect(await lab.statusOf(x)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });
});

describe('who waits for its eviction', () => {
  const narrow = group('ONE', '192.168.0.0/16', '65002-65010');

  test.each([
    ['goes', wants()],
    ['comes to a group that lets it in', wants(group('TWO', '192.168.0.0/16', '65001'))],
    ['comes to a group that does not let it in either', wants(group('TWO', '192.168.0.0/16', '64999'))],
  ])('keeps its session where its range %s before anybody has let it go', async (_, intent) => {
    expect(await applyHeld(wants(narrow))).toContain('client-evicted|ONE');
    await applyHeld(intent);
    for (let look = 0; look < 3; look += 1) {
      expect(await under.engine.guard(anyRouterId, soon())).toMatchObject({ evicted: [] });
      await applyHeld(intent);
    }
    expect(await lab.statusOf(x)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });
});

test('a declared client that is taken away, and waits, is not evicted for an AS that bgpd itself holds', async () => {
  await lab.startClients([client(leaf.address, 64998, bgpd.address)]);
  await lab.up(leaf.address);
  expect(await applyHeld(wants(group('ONE', '192.168.0.0/16', '65001-65010')))).toContain(
    `neighbor-removed|ONE|${leaf.address}`,
  );
  await lab.ask({ kind: 'notify', address: leaf.address, code: 6, subcode: 4, data: '' });
  await waitFor(
    'it is back',
    () => lab.statusOf(leaf.address),
    ({ isEstablished, establishedCount }) => isEstablished && establishedCount === 2,
  );
  for (let look = 0; look < 3; look += 1) expect((await under.engine.guard(anyRouterId, soon())).evicted).toEqual([]);
  expect(await lab.statusOf(leaf.address)).toMatchObject({ isEstablished: true, dropCount: 1 });
});

async function evicted(at: string): Promise<void> {
  await waitFor(
    'it is evicted',
    () => under.engine.guard(anyRouterId, soon()),
    (result) => result.evicted.some((each) => each.address === at),
    20_000,
  );
}

/** Everybody who is asked about stays. */
async function applyHeld(intent: RouteServerIntent): Promise<readonly string[]> {
  let waits: readonly string[] = [];
  await under.engine.apply(intent, soon(), undefined, {
    begin: () => undefined,
    mayEnd: () => false,
    onEnd: () => undefined,
    onDecided: (pending) => {
      waits = pending.map(({ key }) => key);
    },
  });
  return waits;
}

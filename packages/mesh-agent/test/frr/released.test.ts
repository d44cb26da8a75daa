import type { RouteServerIntent } from '@meshrs/contract';
import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import type { IpAddress } from '@meshrs/network';
import { address, asnRange } from '@meshrs/network/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { waitFor } from '@meshrs/test-kit/wait';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { supportOf } from '../../src/engines.ts';
import { client } from './client.ts';
import { engineOf, soon, type EngineUnderTest } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';
import { startVtyRelay, type Fault, type VtyRelay } from './vty-relay.ts';

/** What is let go is so for the `apply` that asked: one that fails leaves nothing behind that comes later without a question. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const anyRouterId = { routerIds: [] };
const [x, y] = [address('192.168.1.1'), address('192.168.1.2')];
const letIn = (...ranges: readonly string[]) =>
  routeServer(1, {
    meshGroups: [],
    clientGroups: [clientGroup({ asns: ranges.map((each) => asnRange(each)), neighbors: [] })],
  });
const [wide, narrow] = [letIn('65001-65100'), letIn('65002-65100')];
const faults: readonly Fault[] = ['breaks', 'is silent', 'rejects'];
/** The first of what carries a change out. */
const first = /^router bgp/;

let lab: Lab;
let last = 0;
let bgpd: Bgpd;
let relay: VtyRelay;
let under: EngineUnderTest;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});
beforeEach(async () => {
  last += 1;
  bgpd = await lab.startBgpd(last, supportOf('frr').initialConfiguration(wide));
  relay = await startVtyRelay(bgpd);
  under = engineOf(bgpd, { socketPath: relay.socketPath, commandTimeoutMs: 1000 });
  await under.engine.apply(wide, soon());
  await lab.startClients([client(x, 65001, bgpd.address), client(y, 65002, bgpd.address)]);
  await lab.up(x);
  await lab.up(y);
});
afterEach(async () => {
  await lab.ask({ kind: 'stop', addresses: [x, y], how: 'silent' });
  await under.engine.close();
  await relay.close();
  await bgpd.kill();
});

describe('an eviction that was let go', () => {
  test('comes with the apply, and is told once', async () => {
    expect(await applyHeld(narrow, () => true)).toEqual({ asked: [x], waits: [] });
    expect(under.engine.evictions()).toMatchObject([{ address: x, reason: 'as-not-allowed', count: 1 }]);
    expect((await lab.statusOf(x)).dropCount).toBe(1);
    expect((await under.engine.guard(anyRouterId, soon())).evicted).toMatchObject([{ address: x }]);
    expect((await under.engine.guard(anyRouterId, soon())).evicted).toEqual([]);
    expect((await under.engine.observe(soon())).outstanding).toEqual([]);
  });

  describe.each(faults)('and whose apply fails: bgpd %s', (fault) => {
    test('comes not before somebody was asked again', async () => {
      const hasCome = relay.failNext(first, fault);
      await expect(applyHeld(narrow, () => true)).rejects.toMatchObject({ engine: 'frr' });
      expect(hasCome()).toBe(true);
      expect(under.engine.evictions()).toEqual([]);
      expect(under.engine.guardRecord()).toEqual([]);
      for (let look = 0; look < 3; look += 1)
        expect((await under.engine.guard(anyRouterId, soon())).evicted).toEqual([]);
      await under.engine.clearEvictions(y, soon());
      await under.engine.setDrain(() => ({ isGracefulShutdown: true }), soon());
      await under.engine.setDrain(() => ({ isGracefulShutdown: false }), soon());
      expect(await applyHeld(narrow)).toEqual({ asked: [x], waits: ['client-evicted|MESHRR-CLIENTS'] });
      expect((await under.engine.guard(anyRouterId, soon())).evicted).toEqual([]);
      expect(await lab.statusOf(x)).toMatchObject({ isEstablished: true, dropCount: 0 });

      expect(await applyHeld(narrow, () => true)).toEqual({ asked: [x], waits: [] });
      expect((await under.engine.guard(anyRouterId, soon())).evicted).toMatchObject([{ address: x, count: 1 }]);
      expect(await lab.statusOf(y)).toMatchObject({ isEstablished: true, dropCount: 0 });
    });

    test('and who was cleared by then goes by the settings of now when it comes back', async () => {
      relay.failNext(/neighbor 192\.168\.1\.1 shutdown/, fault);
      await expect(applyHeld(narrow, () => true)).rejects.toMatchObject({ engine: 'frr' });
      await applyHeld(narrow);
      await waitFor(
        'it is evicted',
        () => under.engine.guard(anyRouterId, soon()),
        ({ evicted }) => evicted.some((each) => each.address === x),
        20_000,
      );
      expect(await lab.statusOf(y)).toMatchObject({ isEstablished: true, dropCount: 0 });
    });
  });

  test('and whose apply fails is not known to the agent that comes after', async () => {
    relay.failNext(first, 'breaks');
    await expect(applyHeld(narrow, () => true)).rejects.toMatchObject({ code: 'engine-lost' });
    const entries = under.engine.guardRecord();
    await under.engine.close();
    under = engineOf(bgpd, { socketPath: relay.socketPath });
    await under.engine.connect(soon());
    expect(under.engine.restoreGuardRecord(entries)).toBe(true);
    expect(under.engine.evictions()).toEqual([]);
  });
});

describe.each(faults)('a reset that was let go, and whose apply fails: bgpd %s', (fault) => {
  const leaf = declared('leaf', x, 65001);
  const further = { distance: { kind: 'multihop', ttl: 20 } } as const;
  const group = (more: Parameters<typeof clientGroup>[0]) =>
    routeServer(1, { meshGroups: [], clientGroups: [clientGroup({ asns: [asnRange('65001-65100')], ...more })] });
  const ways: Record<string, RouteServerIntent> = {
    'of all clients of a group': group(further),
    'of a client that is declared': group({ neighbors: [leaf] }),
    'of a range that goes': group({ prefixes: [] }),
  };
  test.each(Object.entries(ways))('%s: the next one asks', async (_, intent) => {
    const hasCome = relay.failNext(first, fault);
    await expect(applyHeld(intent, () => true)).rejects.toMatchObject({ engine: 'frr' });
    expect(hasCome()).toBe(true);
    for (let look = 0; look < 2; look += 1) await under.engine.guard(anyRouterId, soon());
    expect((await applyHeld(intent)).asked).toContain(x);
    await sleep(200);
    expect(await lab.statusOf(x)).toMatchObject({ isEstablished: true, dropCount: 0 });
  });
});

async function applyHeld(intent: RouteServerIntent, mayEnd = () => false) {
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

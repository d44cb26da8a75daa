import { waitFor } from '@meshrs/test-kit/wait';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { get } from '../start-sidecar.ts';
import { extendedMessageCapability } from './bgp-messages.ts';
import { client } from './client.ts';
import { startLab, type Lab } from './lab.ts';
import { tunnelEncapsulation } from './path-attributes.ts';
import { isUp, join, sessionOf, startSides, statusOf, type Side } from './sides.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let lab: Lab;
let sides: readonly Side[] = [];
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.stop();
});
afterEach(async () => {
  const status = await lab.ask({ kind: 'status' });
  await lab.ask({ kind: 'stop', addresses: Object.keys(status), how: 'silent' });
  for (const { agent, bgpd } of sides) {
    await agent.remove();
    await bgpd.kill();
  }
});

const here = '192.168.70.1';

test('an agent whose range is narrowed side after side: 512 addresses are neighbors, and nothing is told of those who never came', async () => {
  sides = await startSides(lab, ['a', 'b'], { untilReady: true });
  const [a, b] = sides;
  if (!a || !b) return expect.unreachable('there are two');
  await join(lab, here, a, b);
  for (const side of sides) {
    const before = side.agent.lines().length;
    await side.agent.pod.writeSettings(side.settings({ prefix: '192.168.70.0/23' }));
    await waitFor(
      `${side.name} runs it`,
      () => statusOf(side),
      ({ engine }) =>
        engine.isApplied && engine.lastApply?.changes.some(({ kind }) => kind === 'range-removed') === true,
      30_000,
    );
    await isUp(side, here);
    const { sessions, pins, readiness, lostClients, engine } = await statusOf(side);
    expect(sessions.kind === 'read' && sessions.list.map((each) => each.address)).toEqual(
      expect.arrayContaining([here]),
    );
    const clients = sessions.kind === 'read' ? sessions.list.filter(({ kind }) => kind !== 'mesh') : [];
    expect(clients.map(({ address, kind, state }) => [address, kind, state])).toEqual([
      [here, 'range-client', 'established'],
    ]);
    expect(pins).toEqual([]);
    expect(lostClients ?? []).toEqual([]);
    expect(readiness.isReady).toBe(true);
    expect(engine.rangeNeighbors).toMatchObject({ count: 0 });
    const { body } = await get(side.agent.address, '/clients');
    expect(body.match(/192\.168\.7[01]\.\d+/g)).toEqual([here]);
    const { body: metrics } = await get(side.agent.address, '/metrics');
    expect(new Set(metrics.match(/192\.168\.7[01]\.\d+/g))).toEqual(new Set([here]));
    expect(side.agent.lines().length - before).toBeLessThan(30);
  }
  // Each side reset it once, while the other one had it.
  for (const side of sides)
    expect(await sessionOf(lab, here, side)).toMatchObject({ isEstablished: true, establishedCount: 2, dropCount: 1 });
  const more = { routes: 1, attributes: [tunnelEncapsulation(30)], capabilities: [extendedMessageCapability] };
  await lab.startClients(
    sides.map(({ name, bgpd }) => client('192.168.71.255', 65066, bgpd.address, { ...more, name: `killer ${name}` })),
  );
  for (const side of sides) {
    await waitFor(
      `${side.name} passed its route on`,
      () => sessionOf(lab, here, side),
      ({ heldRoutes }) => heldRoutes === 1,
      20_000,
    );
    expect(await sessionOf(lab, here, side)).toMatchObject({ isEstablished: true, establishedCount: 2, dropCount: 1 });
    expect(side.agent.events()).not.toContain('engine-lost');
  }
});

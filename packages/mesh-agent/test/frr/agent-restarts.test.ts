import { drainRequestText } from '@meshrs/contract';
import { renderRouteServer } from '@meshrs/router-config';
import { routeServer } from '@meshrs/contract/test-data';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { waitFor } from '@meshrs/test-kit/wait';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { placeAgent, type AgentPlace, type AgentProcess } from './agent-process.ts';
import type { SpeakerStatus } from './bgp-speaker.ts';
import { client } from './client.ts';
import { engineOf } from './engine-under-test.ts';
import { startLab, type Lab } from './lab.ts';
import { settingsText, staticSource } from '../settings-text.ts';
import { get, startTestSidecar } from '../start-sidecar.ts';

/*
 * Agents that are killed, as processes of their own beside a real bgpd with real clients. Whatever is done to the agent:
 * no client's session changes by it, and each drain ends as it would have ended.
 */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let lab: Lab;
const agents: AgentProcess[] = [];
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  for (const agent of agents) await agent.end('SIGKILL');
  await lab.stop();
});

interface World {
  readonly bgpd: Bgpd;
  readonly place: AgentPlace;
  readonly good: string;
  readonly bad: string;
  readonly start: () => AgentProcess;
  readonly ready: () => Promise<number>;
  readonly drain: () => Promise<unknown>;
  readonly statusOf: (address: string) => Promise<SpeakerStatus>;
}

const drainSeconds = { announce: 3, cease: 1 };

/** A route server with a client that stays and one of a forbidden AS, with an agent that has converged. */
async function makeWorld(number: number): Promise<World & { agent: AgentProcess }> {
  const podIp = anyLoopbackAddress();
  const bgpd = await lab.startBgpd(number, renderRouteServer(routeServer(number, { meshGroups: [] }), 'frr'));
  const settings = `asn: "65000"
mode: evpnrs
engine: frr
routerIds: {rs-a-0: 192.0.2.${String(number)}}
drain: {gracefulShutdownSeconds: ${String(drainSeconds.announce)}, ceaseSeconds: ${String(drainSeconds.cease)}}
readiness: {waitsForClients: false}
bgpgroups:
  - name: MESHRR-CLIENTS
    type: subtractive
    prefixes: [192.168.0.0/16]
    asranges: ["65001-65100"]
`;
  const place = placeAgent(bgpd, podIp, settings);
  const [good, bad] = [`192.168.${String(number)}.1`, `192.168.${String(number)}.2`];
  const get = async (path: string) => {
    try {
      const response = await fetch(`http://${podIp}:8179${path}`, { signal: AbortSignal.timeout(2000) });
      return { status: response.status, body: await response.text() };
    } catch {
      // No agent listens now.
      return { status: 0, body: '{}' };
    }
  };
  const world: World = {
    bgpd,
    place,
    good,
    bad,
    start: () => {
      const agent = place.start();
      agents.push(agent);
      return agent;
    },
    ready: async () => (await get('/readyz')).status,
    drain: async () => (JSON.parse((await get('/status')).body) as { drain?: unknown }).drain,
    statusOf: async (address) =>
      (await lab.ask({ kind: 'status', addresses: [address] }))[address] ??
      expect.unreachable(`${address} is a client`),
  };
  const agent = world.start();
  await becomesReady(world);
  await lab.startClients([client(good, 65001, bgpd.address, { routes: 20 }), client(bad, 64999, bgpd.address)]);
  await waitFor('the good one is there', () => world.statusOf(good), isUp, 30_000);
  await waitFor(
    'the bad one is evicted',
    () => readFileSync(bgpd.configFile, 'utf8'),
    shows(`neighbor ${bad} shutdown`),
  );
  return { ...world, agent };
}

const isUp = ({ isEstablished }: SpeakerStatus) => isEstablished;
const shows = (text: string) => (seen: string) => seen.includes(text);
const becomesReady = (world: World) => waitFor('it is ready', world.ready, (status) => status === 200, 30_000, 50);
const untouched = { isEstablished: true, establishedCount: 1, dropCount: 0 };

function ask(
  { place: { paths } }: World,
  request: { readonly cause: 'pre-stop' | 'command'; readonly forced?: true },
): void {
  writeFileSync(`${paths.drainRequest}.new`, drainRequestText({ ...request, by: 'the test' }));
  renameSync(`${paths.drainRequest}.new`, paths.drainRequest);
}

test('an agent that is killed at any moment, again and again, leaves the sessions and what runs as they are', async () => {
  const world = await makeWorld(1);
  await world.agent.end('SIGKILL');
  for (let round = 0; round < 12; round += 1) {
    const agent = world.start();
    await sleep(100 + round * 90);
    await agent.end('SIGKILL');
  }
  world.start();
  await becomesReady(world);
  expect(await world.statusOf(world.good)).toMatchObject(untouched);
  expect(await world.statusOf(world.bad)).toMatchObject({ isEstablished: false });
  expect(readFileSync(world.bgpd.configFile, 'utf8')).toContain(`neighbor ${world.bad} shutdown`);
  expect(await world.drain()).toEqual({ phase: 'serving' });
});

test('commands of an operator end in time beside a bgpd that hangs, say so, and do nothing afterwards', async () => {
  const world = await makeWorld(9);
  const { bgpd, place, bad } = world;
  const archive = `${bgpd.folder}/debug.tar.gz`;
  process.kill(bgpd.pid, 'SIGSTOP');
  const [debug, clear] = await Promise.all([place.run('debug', archive), place.run('evictions', 'clear', bad)]);
  expect(debug).toMatchObject({
    status: 0,
    output: expect.stringContaining('running-config.txt.missing.json') as string,
  });
  expect(debug.output).toContain('log.jsonl');
  expect(clear).toMatchObject({ status: 1, output: expect.stringContaining('has not answered for 5 s') as string });
  const drain = await place.run('drain', '--by', 'alice');
  expect(drain.output).toContain('drain-refused: The drain that alice asked for is refused');
  expect(drain.status).toBe(1);
  process.kill(bgpd.pid, 'SIGCONT');
  expect((await place.run('evictions', 'list')).output).toMatch(new RegExp(`^${bad}: AS 64999 is in none`, 'm'));

  process.kill(bgpd.pid, 'SIGSTOP');
  const forced = await place.run('drain', '--by', 'alice', '--force');
  expect(forced.output).toContain('drain-incomplete: Not drained at ');
  expect(forced.status).toBe(1);
  process.kill(bgpd.pid, 'SIGCONT');
  const undrain = await place.run('undrain');
  expect(undrain).toMatchObject({ status: 0, output: expect.stringContaining('that alice asked for') as string });
});

test('SIGTERM and SIGINT to an agent end it at once, and drain nobody', async () => {
  const world = await makeWorld(2);
  let agent = world.agent;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const started = performance.now();
    expect(await agent.end(signal)).toBe(0);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(agent.output()).toContain('"event":"sidecar-stopped"');
    expect(existsSync(world.place.paths.drainDone)).toBe(false);
    agent = world.start();
    await becomesReady(world);
  }
  expect(await world.statusOf(world.good)).toMatchObject(untouched);
});

test('a drain goes its way while its agents are killed, and takes its time; it is taken back, and asked for again', async () => {
  const world = await makeWorld(3);
  const { paths } = world.place;
  const other = '192.168.3.3';
  await lab.startClients([client(other, 65002, world.bgpd.address)]);
  await waitFor(
    'the other has the routes',
    () => world.statusOf(other),
    ({ heldRoutes }) => heldRoutes === 20,
    30_000,
  );
  const started = performance.now();
  const startedAt = Date.now();
  ask(world, { cause: 'pre-stop' });
  await waitFor(
    'it announces',
    () => world.statusOf(other),
    (seen) => seen.heldWithGracefulShutdown === 20,
  );
  let { agent } = world;
  for (let round = 0; !existsSync(paths.drainDone) && round < 12; round += 1) {
    await sleep(300 + 150 * (round % 4));
    await agent.end('SIGKILL');
    agent = world.start();
    await sleep(700);
  }
  await waitFor('it answers', () => existsSync(paths.drainDone), Boolean, 20_000);
  const seconds = (performance.now() - started) / 1000;
  expect(seconds).toBeGreaterThan(drainSeconds.announce + drainSeconds.cease);
  const closed = await world.statusOf(world.good);
  expect(closed).toMatchObject({ isEstablished: false, establishedCount: 1 });
  expect(closed.notifications).toMatchObject([{ code: 6, subcode: 2 }]);
  const cease = closed.notifications[0] ?? expect.unreachable('it was closed');
  expect(cease.at - startedAt).toBeGreaterThan(drainSeconds.announce * 1000);
  await waitFor('it says so', world.drain, (drain) => JSON.stringify(drain ?? '').includes('"drained"'), 20_000);
  expect(await world.drain()).toMatchObject({ phase: 'drained', cause: 'pre-stop', requestedBy: 'the test' });
  expect(await world.ready()).toBe(503);

  const undrain = await world.place.run('undrain');
  expect(undrain.output).toBe(
    'Took back the drain that the test asked for (it was drained); the route server serves. It is Ready when its clients are back.\n',
  );
  expect(undrain.status).toBe(0);
  await becomesReady(world);
  await waitFor('the client is back', () => world.statusOf(world.good), isUp, 30_000);

  // SIGTERM while a drain is on its way: it is gone on with to its end.
  ask(world, { cause: 'pre-stop' });
  await sleep(500);
  expect(await agent.end('SIGTERM')).toBe(0);
  expect(JSON.parse(readFileSync(paths.drainDone, 'utf8'))).toMatchObject({ phase: 'drained', outcome: 'complete' });
});

test('a bgpd that starts again serves at once, whatever was asked of the one before, with an agent or without', async () => {
  const world = await makeWorld(4);
  let before = 1;
  for (const how of ['agent', 'no agent', 'no agent, and no record']) {
    const isAgentThere = how === 'agent';
    // The clients are here alone.
    ask(world, isAgentThere ? { cause: 'command', forced: true } : { cause: 'pre-stop' });
    // A command waits until everybody has seen that it is not Ready (22 s, docs/decisions/0039).
    await waitFor('it is drained', () => existsSync(world.place.paths.drainDone), Boolean, 60_000);
    const agent = agents.at(-1) ?? expect.unreachable('an agent runs');
    if (!isAgentThere) await agent.end('SIGKILL');
    if (how === 'no agent, and no record') rmSync(world.place.paths.agentState);
    await world.bgpd.kill();
    await world.bgpd.start();
    await waitFor('it serves', () => world.statusOf(world.good), isUp, 30_000);
    if (!isAgentThere) world.start();
    await becomesReady(world);
    expect(existsSync(world.place.paths.drainRequest)).toBe(false);
    before += 1;
    await sleep(1000);
    expect(await world.statusOf(world.good)).toMatchObject({ isEstablished: true, establishedCount: before });
    expect(await world.drain()).toEqual({ phase: 'serving' });
  }
});

test('a bgpd that is silent for 20 s was never away; one that ends is missed at once', async () => {
  const world = await makeWorld(5);
  process.kill(world.bgpd.pid, 'SIGSTOP');
  const until = performance.now() + 20_000;
  while (performance.now() < until) {
    expect(await world.ready()).toBe(200);
    await sleep(500);
  }
  process.kill(world.bgpd.pid, 'SIGCONT');
  await waitFor('it answers', world.drain, (drain) => drain !== undefined);
  expect(await world.statusOf(world.good)).toMatchObject(untouched);
  expect(world.agent.output()).not.toContain('engine-lost');

  await world.bgpd.kill();
  await waitFor('it is missed', world.ready, (status) => status === 503, 3000);
  await world.bgpd.start();
  await becomesReady(world);
  expect(world.agent.output()).toContain('"isRestart":true');
});

test('a bgpd that is silent for longer counts as gone, and is the same when it answers again', async () => {
  const bgpd = await lab.startBgpd(6, renderRouteServer(routeServer(6, { meshGroups: [] }), 'frr'));
  const { engine } = engineOf(bgpd, { commandTimeoutMs: 1000 });
  const settings = settingsText({ source: staticSource('192.0.2.200'), clientPrefix: '192.168.0.0/16' });
  const { sidecar, address, remove, events } = await startTestSidecar({ settings, engine, updateSeconds: 1 });
  const ready = async () => (await get(address, '/readyz')).status;
  await waitFor('it is ready', ready, (status) => status === 200, 30_000);
  await lab.startClients([client('192.168.6.1', 65001, bgpd.address)]);
  const statusOf = async () =>
    (await lab.ask({ kind: 'status', addresses: ['192.168.6.1'] }))['192.168.6.1'] ?? expect.unreachable('a client');
  await waitFor('its client is there', statusOf, isUp, 30_000);

  process.kill(bgpd.pid, 'SIGSTOP');
  await waitFor('it counts as gone', ready, (status) => status === 503, 10_000);
  process.kill(bgpd.pid, 'SIGCONT');
  await waitFor('it is ready again', ready, (status) => status === 200, 5000);

  expect(events().filter((event) => event === 'engine-lost')).toHaveLength(1);
  expect((await sidecar.status()).engine.restartCount).toBe(0);
  expect(await statusOf()).toMatchObject(untouched);
  await remove();
});

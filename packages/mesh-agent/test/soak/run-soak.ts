import { setTimeout as sleep } from 'node:timers/promises';
import { agentPaths, ports } from '@meshrs/contract';
import { waitFor, waitWithin } from '@meshrs/test-kit/wait';
import { addressAfter } from '../scale/crowd-members.ts';
import { monotonicMs } from '../scale/crowd.ts';
import { brokenByRise, riseOf, type MemoryRise, type MemorySample } from './memory-law.ts';
import { planRound, randomOf, sideOfMemory, type Side, type SoakEvent } from './plan.ts';
import { createProbesLaw, type ProbesLaw } from './probes-law.ts';
import { differencesFrom, type Wanted } from './quiet-law.ts';
import { createSessionsLaw, type SessionsLaw } from './sessions-law.ts';
import { bgpAddress, firstHostile, meshOf, settingsWith, sides, startSoakWorld, type SoakWorld } from './world.ts';

export interface SoakOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Kinds of events, and attacks, that do not happen. */
  readonly without?: readonly string[];
  readonly tell?: (line: string) => void;
}

export interface SoakResult {
  readonly seed: number;
  readonly rounds: number;
  readonly events: number;
  /** What broke a law; the soak ends with the round in which it happened. */
  readonly broken: readonly string[];
  /** Everything that was done and seen, with seconds since the start. */
  readonly log: readonly string[];
  /** Of side b's agent, over the last two thirds, with its garbage collected; undefined where it was not seen often enough. */
  readonly memory: MemoryRise | undefined;
  /** Of the probes that both agents were asked. */
  readonly probes: { readonly count: number; readonly slowestMs: number };
}

const clientCount = 60;
/** After this time without an event all is as it should be. */
const quietMs = 10_000;
/** A process that is killed takes its sessions down at once; a bgpd that is started again has none of them yet. */
const excuseMs = 3000;
/** An agent that ended is started again after a while, as the kubelet does, and then answers. */
const agentStartMs = 4000;
const agentEndsMs = 15_000;
/** One that was stopped has to take up what waits for it. */
const agentWakesMs = 1000;
const probeEveryMs = 250;

/** Does what the seed says to two route servers, and holds the laws at each moment. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { seed, seconds, without = [] } = options;
  const log: string[] = [];
  const broken: string[] = [];
  const startedMs = monotonicMs();
  const elapsed = () => (monotonicMs() - startedMs) / 1000;
  const tell = (text: string) => {
    const line = `${elapsed().toFixed(1)} s: ${text}`;
    log.push(line);
    options.tell?.(line);
  };
  const clients = Array.from({ length: clientCount }, (_, index) => addressAfter('192.168.0.1', index));
  const onBroken = (what: string) => {
    tell(`BROKEN: ${what}`);
    broken.push(what);
  };
  const law = createSessionsLaw({ clients, remotes: sides.map((side) => bgpAddress[side]), onBroken });
  const probes = createProbesLaw(onBroken);
  const extras = { hasSpareRange: false, hasSpareAsns: false, hasSpareNeighbor: false, drainSeconds: 1 };
  const state: SoakState = {
    settings: { a: settingsWith('a', extras), b: settingsWith('b', extras) },
    mesh: { a: meshOf(0), b: meshOf(0) },
    hostiles: 0,
  };
  const world = await startSoakWorld({
    clients: clientCount,
    settings: state.settings,
    published: meshOf(0),
    onEvent: (event) => {
      law.hear(event);
    },
  });
  const random = randomOf(seed);
  const memory: MemorySample[] = [];
  let rounds = 0;
  let events = 0;
  try {
    await becomesQuiet(3 * quietMs);
    await watchProbes(world, probes);
    law.begin();
    probes.begin();
    tell(`seed ${String(seed)}: all sessions are up`);
    while (broken.length === 0 && elapsed() < seconds) {
      const round = planRound(rounds, random, { clients: clientCount, without });
      rounds += 1;
      const endings: Promise<void>[] = [];
      for (const { afterMs, event } of round.events) {
        await sleep(afterMs);
        tell(`round ${String(rounds)}: ${JSON.stringify(event)}`);
        events += 1;
        endings.push(carryOut(event, { world, state, sessions: law, probes, onBroken }));
      }
      await Promise.all(endings);
      await world.hostile({ kind: 'stop' });
      await becomesQuiet(quietMs);
      const { live, resident } = await world.memoryOf(sideOfMemory);
      memory.push({ at: elapsed(), live, resident });
      tell(`the agent of side ${sideOfMemory} has ${live.toFixed(2)} MiB alive, ${resident.toFixed(1)} MiB resident`);
    }
  } finally {
    tell('end');
    probes.end();
    await world.remove();
  }
  const rise = riseOf(memory, seconds / 3);
  if (broken.length === 0) broken.push(...brokenByRise(rise));
  return { seed, rounds, events, broken, log, memory: rise, probes: probes.heard() };

  async function becomesQuiet(withinMs: number): Promise<void> {
    const begun = performance.now();
    let last: readonly string[] = [];
    try {
      await waitWithin(
        'all is as it should be',
        async () => (last = await differencesFrom(state, world, law.missing())),
        (differences) => differences.length === 0,
        withinMs,
        250,
      );
      tell(`quiet after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    } catch (thrown) {
      if (!(thrown instanceof Error) || !thrown.message.startsWith('Not within')) throw thrown;
      for (const what of last) {
        tell(`BROKEN: after ${String(withinMs / 1000)} s of quiet, ${what}`);
        broken.push(what);
      }
      for (const side of sides) {
        for (const line of world.agents[side].lines().slice(-15)) tell(`agent ${side}: ${JSON.stringify(line)}`);
      }
    }
  }
}

/** Asks both agents what the kubelet asks, again and again. */
async function watchProbes(world: SoakWorld, probes: ProbesLaw): Promise<void> {
  for (const side of sides) {
    for (const path of [agentPaths.alive, agentPaths.ready]) {
      await world.looker.watch(`http://${bgpAddress[side]}:${String(ports.probes)}${path}`, probeEveryMs, (look) => {
        probes.hear(side, path, look, world.agents[side].waitedMs() + world.looker.waitedMs());
      });
    }
  }
}

interface SoakState extends Wanted {
  settings: Wanted['settings'];
  mesh: Wanted['mesh'];
  hostiles: number;
}

/** What an event may touch. */
interface SoakTools {
  readonly world: SoakWorld;
  readonly state: SoakState;
  readonly sessions: Pick<SessionsLaw, 'excuse'>;
  readonly probes: Pick<ProbesLaw, 'excuse'>;
  readonly onBroken: (what: string) => void;
}

async function carryOut(event: SoakEvent, tools: SoakTools): Promise<void> {
  const { world, state, probes } = tools;
  switch (event.kind) {
    case 'settings':
      state.settings = { ...state.settings, [event.side]: settingsWith(event.side, event.extras) };
      world.writeSettings(event.side, state.settings[event.side].text);
      return;
    case 'broken-settings':
      // What is wrong changes nothing; the right ones come back a little later.
      world.writeSettings(event.side, event.text);
      await sleep(1500);
      world.writeSettings(event.side, state.settings[event.side].text);
      return;
    case 'dns':
    case 'endpoints':
      await publish(event.kind === 'dns' ? 'a' : 'b', event.phantoms, tools);
      return;
    case 'api-silent':
    case 'api-refuses':
      if (event.kind === 'api-silent') world.endpoints.way.hold();
      else world.endpoints.way.refuse();
      await sleep(event.seconds * 1000);
      world.endpoints.way.pass();
      return;
    case 'api-forgets':
      await world.endpoints.compact();
      return;
    case 'dns-silent':
      world.nameServer.kill('SIGSTOP');
      await sleep(event.seconds * 1000);
      world.nameServer.kill('SIGCONT');
      return;
    case 'agent':
      await restartAgent(event.side, event.signal, tools);
      return;
    case 'agent-stopped': {
      const excuseUntil = probes.excuse(event.side, monotonicMs());
      await stopFor(world.agents[event.side].pid(), event.seconds);
      excuseUntil(monotonicMs() + agentWakesMs);
      return;
    }
    case 'engine':
      await restartEngine(event.side, event.signal, tools);
      return;
    case 'drain':
      await drainFor(event.side, event.seconds, tools);
      return;
    case 'engine-stopped':
      await stopFor(world.engines[event.side].pid, event.seconds);
      return;
    case 'clock':
      world.setClock(event.side, event.aheadSeconds);
      return;
    case 'hostile':
      state.hostiles += 1;
      await world.hostile({
        kind: 'attack',
        attack: event.attack,
        from: addressAfter(firstHostile, state.hostiles),
        remote: bgpAddress[event.side],
        victim: world.clients[event.victim] ?? '',
      });
      return;
  }
}

async function publish(side: Side, phantoms: number, { world, state }: SoakTools): Promise<void> {
  state.mesh = { ...state.mesh, [side]: meshOf(phantoms) };
  await world.publish(side, state.mesh[side]);
}

/** One that is stopped ends by SIGTERM only once it goes on. */
async function restartAgent(side: Side, signal: NodeJS.Signals, { world, probes }: SoakTools): Promise<void> {
  const agent = world.agents[side];
  const before = agent.restarts();
  // Ended a moment ago, and not started again yet.
  if (!isAlive(agent.pid())) return;
  const excuseUntil = probes.excuse(side, monotonicMs());
  agent.signal(signal);
  await waitFor('the agent ends', () => agent.restarts() > before, Boolean, agentEndsMs);
  excuseUntil(monotonicMs() + agentStartMs);
}

/** As the kubelet does: another process of the same container. */
async function restartEngine(side: Side, signal: NodeJS.Signals, { world, sessions }: SoakTools): Promise<void> {
  const engine = world.engines[side];
  const now = monotonicMs();
  sessions.excuse(bgpAddress[side], now, now + excuseMs);
  process.kill(engine.pid, signal);
  await waitFor('the engine ends', () => !isAlive(engine.pid), Boolean, excuseMs);
  await engine.kill();
  await engine.start();
}

/** A drain takes its side's sessions down, and nothing else does; taken back, it lets them in again. */
async function drainFor(side: Side, seconds: number, { world, sessions, onBroken }: SoakTools): Promise<void> {
  const begun = monotonicMs();
  sessions.excuse(bgpAddress[side], begun, Infinity);
  world.drain(side);
  await sleep(seconds * 1000);
  const complaint = await world.undrain(side);
  if (complaint !== undefined) onBroken(`the drain of side ${side} was not taken back: ${complaint}`);
  sessions.excuse(bgpAddress[side], begun, monotonicMs());
}

async function stopFor(pid: number, seconds: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGSTOP');
  await sleep(seconds * 1000);
  // It may have been killed meanwhile.
  if (isAlive(pid)) process.kill(pid, 'SIGCONT');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

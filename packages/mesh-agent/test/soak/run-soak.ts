import { setTimeout as sleep } from 'node:timers/promises';
import { agentPaths, ports } from '@meshrs/contract';
import { waitFor } from '@meshrs/test-kit/wait';
import { addressAfter } from '../scale/crowd-members.ts';
import { monotonicMs } from '../scale/crowd.ts';
import { planRound, randomOf, type Side, type SoakEvent } from './plan.ts';
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
  /**
   * MiB that side b's agent had at quiet moments: the most in the middle third, and the median of the last one. What it had
   * once it may have again: the allocator gives pages back, and takes them, by 2 MiB and more.
   */
  readonly memory: { readonly middle: number; readonly last: number };
}

const clientCount = 60;
/** V8 lets a heap grow with its first thousands of events, up to where it stays; from there on growth is a leak. */
const warmUpMs = 20_000;
/** After this time without an event all is as it should be. */
const quietMs = 10_000;
const mostGrowthMiB = 1;
/** A process that is killed takes its sessions down at once; a bgpd that is started again has none of them yet. */
const excuseMs = 3000;

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
  const law = createSessionsLaw({
    clients,
    remotes: sides.map((side) => bgpAddress[side]),
    onBroken: (what) => {
      tell(`BROKEN: ${what}`);
      broken.push(what);
    },
  });
  const first = settingsWith({ hasSpareRange: false, hasSpareAsns: false, hasSpareNeighbor: false, drainSeconds: 1 });
  const state: SoakState = { settings: { a: first, b: first }, mesh: meshOf(0), hostiles: 0 };
  const world = await startSoakWorld({
    clients: clientCount,
    settings: first.text,
    published: state.mesh,
    onEvent: (event) => {
      law.hear(event);
    },
  });
  const random = randomOf(seed);
  const residents: { readonly at: number; readonly mebibytes: number }[] = [];
  let rounds = 0;
  let events = 0;
  try {
    await becomesQuiet(3 * quietMs);
    law.begin();
    tell(`seed ${String(seed)}: all sessions are up`);
    let keepsAgentB = false;
    while (broken.length === 0 && elapsed() < seconds) {
      if (!keepsAgentB && elapsed() > seconds / 3) {
        keepsAgentB = true;
        await warmUp(world, state);
        tell('the agent of side b is warm, and lives on');
      }
      const round = planRound(rounds, random, { clients: clientCount, without, keepsAgentB });
      rounds += 1;
      const endings: Promise<void>[] = [];
      for (const { afterMs, event } of round.events) {
        await sleep(afterMs);
        tell(`round ${String(rounds)}: ${JSON.stringify(event)}`);
        events += 1;
        endings.push(carryOut(event, world, state, law));
      }
      await Promise.all(endings);
      await world.hostile({ kind: 'stop' });
      await becomesQuiet(quietMs);
      residents.push({ at: elapsed(), mebibytes: world.agents.b.residentMiB() });
      tell(`the agent of side b has ${world.agents.b.residentMiB().toFixed(1)} MiB`);
    }
  } finally {
    tell('end');
    await world.remove();
  }
  const memory = {
    middle: Math.max(
      ...residents.flatMap(({ at, mebibytes }) => (at > seconds / 3 && at <= (2 * seconds) / 3 ? [mebibytes] : [])),
    ),
    last: median(residents.filter(({ at }) => at > (2 * seconds) / 3)),
  };
  const growth = memory.last - memory.middle;
  if (broken.length === 0 && !(growth < mostGrowthMiB)) {
    broken.push(`the agent of side b grew by ${growth.toFixed(2)} MiB, from ${memory.middle.toFixed(2)} MiB`);
  }
  return { seed, rounds, events, broken, log, memory };

  async function becomesQuiet(withinMs: number): Promise<void> {
    const begun = performance.now();
    let last: readonly string[] = [];
    try {
      await waitFor(
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

/** Many small events for the agent of side b; after it all is as before. */
async function warmUp(world: SoakWorld, { settings, mesh }: Wanted): Promise<void> {
  const end = performance.now() + warmUpMs;
  const at = `http://${bgpAddress.b}:${String(ports.agent)}`;
  for (let turn = 0; performance.now() < end; turn += 1) {
    for (const page of [agentPaths.status, agentPaths.metrics]) await world.looker.get(`${at}${page}`);
    if (turn % 40 === 0) world.publish(turn % 80 === 0 ? meshOf(3) : mesh);
    // The same settings in other bytes.
    if (turn % 40 === 20) world.writeSettings('b', `${settings.b.text}${'\n'.repeat(turn % 7)}`);
  }
  world.publish(mesh);
  world.writeSettings('b', settings.b.text);
}

interface SoakState extends Wanted {
  settings: Wanted['settings'];
  mesh: Wanted['mesh'];
  hostiles: number;
}

async function carryOut(
  event: SoakEvent,
  world: SoakWorld,
  state: SoakState,
  law: Pick<SessionsLaw, 'excuse'>,
): Promise<void> {
  switch (event.kind) {
    case 'settings':
      state.settings = { ...state.settings, [event.side]: settingsWith(event.extras) };
      world.writeSettings(event.side, state.settings[event.side].text);
      return;
    case 'broken-settings':
      // What is wrong changes nothing; the right ones come back a little later.
      world.writeSettings(event.side, event.text);
      await sleep(1500);
      world.writeSettings(event.side, state.settings[event.side].text);
      return;
    case 'dns':
      state.mesh = meshOf(event.phantoms);
      world.publish(state.mesh);
      return;
    case 'dns-silent':
      world.nameServer.kill('SIGSTOP');
      await sleep(event.seconds * 1000);
      world.nameServer.kill('SIGCONT');
      return;
    case 'agent':
      world.agents[event.side].signal(event.signal);
      return;
    case 'agent-stopped':
      await stopFor(world.agents[event.side].pid(), event.seconds);
      return;
    case 'engine':
      await restartEngine(event.side, event.signal, world, law);
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

/** As the kubelet does: another process of the same container. */
async function restartEngine(
  side: Side,
  signal: NodeJS.Signals,
  world: SoakWorld,
  law: Pick<SessionsLaw, 'excuse'>,
): Promise<void> {
  const engine = world.engines[side];
  const now = monotonicMs();
  law.excuse(bgpAddress[side], now, now + excuseMs);
  process.kill(engine.pid, signal);
  await waitFor('the engine ends', () => !isAlive(engine.pid), Boolean, excuseMs);
  await engine.kill();
  await engine.start();
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

function median(samples: readonly { readonly mebibytes: number }[]): number {
  const sorted = samples.map(({ mebibytes }) => mebibytes).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

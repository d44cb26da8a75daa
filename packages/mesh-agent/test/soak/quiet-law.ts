import { createHash } from 'node:crypto';
import { agentPaths, ports } from '@meshrs/contract';
import { parseAgentStatus, type SeenStatus } from '@meshrs/contract/status';
import { showRunningConfig } from '../frr/vty.ts';
import { sideOfMemory, type Side } from './plan.ts';
import { bgpAddress, isPhantom, sides, type SoakWorld, type WantedOfSettings } from './world.ts';

/** What both sides should run, when nothing has happened for a while. */
export interface Wanted {
  readonly settings: Readonly<Record<Side, WantedOfSettings>>;
  /** What each side's source of the mesh holds. */
  readonly mesh: Readonly<Record<Side, readonly string[]>>;
}

/** What is not as it should be now; nothing when all is. */
export async function differencesFrom(
  wanted: Wanted,
  world: SoakWorld,
  missingSessions: readonly string[],
): Promise<readonly string[]> {
  const ofSides = await Promise.all(
    sides.map(async (side) => (await differencesOf(side, wanted, world)).map((what) => `${side}: ${what}`)),
  );
  const sessions = missingSessions.length === 0 ? [] : [`sessions that are not up: ${firstOf(missingSessions)}`];
  return [...sessions, ...ofSides.flat()];
}

async function differencesOf(side: Side, wanted: Wanted, world: SoakWorld): Promise<readonly string[]> {
  const own = bgpAddress[side];
  const look = await world.looker.get(`http://${own}:${String(ports.agent)}${agentPaths.status}`);
  if (look.status !== 200) return [`/status: ${String(look.status)} ${look.body.slice(0, 200)}`];
  const status = parseAgentStatus(JSON.parse(look.body));
  const running = await showRunningConfig(world.engines[side]);
  const { ranges, neighbors } = wanted.settings[side];
  return [
    ...unexpectedEnds(side, world),
    ...differencesInStatus(status, wanted.settings[side].text, world.clients),
    ...differ(
      'mesh',
      found(running, /^ neighbor (\S+) peer-group MESHRR-CORE$/gm),
      wanted.mesh[side].filter((each) => each !== own),
    ),
    ...differ('listen ranges', found(running, /^ bgp listen range (\S+) peer-group MESHRR-CLIENTS$/gm), ranges),
    ...differ(
      'declared clients',
      found(running, /^ neighbor (192\.168\.2\S+) peer-group MESHRR-CLIENTS$/gm),
      neighbors,
    ),
  ];
}

/** An agent ends when it is told to, and the one whose memory counts never. Before it hears signals, SIGTERM kills it. */
function unexpectedEnds(side: Side, { agents }: SoakWorld): readonly string[] {
  return agents[side]
    .lines()
    .filter(({ event }) => event === 'agent-ended')
    .filter(({ code, signal }) => side === sideOfMemory || (code !== 0 && signal !== 'SIGKILL' && signal !== 'SIGTERM'))
    .map((line) => `its agent ended: ${JSON.stringify(line)}`);
}

function differencesInStatus(status: SeenStatus, settings: string, clients: readonly string[]): string[] {
  const { engine, drain, readiness, evictions } = status;
  const good = new Set(clients);
  const revision = createHash('sha256').update(settings).digest('hex');
  return [
    ...(engine.isConnected ? [] : ['its agent has no engine']),
    ...(engine.isApplied ? [] : ['its engine does not have what it should']),
    ...(status.settings.revision === revision ? [] : ['other settings are in force']),
    ...(drain.phase === 'serving' ? [] : [`it is not serving but ${drain.phase}`]),
    ...(readiness.isReady ? [] : readiness.reasons.filter((reason) => !isOfNobody(reason, good))).map(
      (reason) => `it is not ready: ${JSON.stringify(reason)}`,
    ),
    ...evictions
      .filter(({ address }) => good.has(address))
      .map(({ address, reason }) => `a good client is evicted: ${address}, ${reason}`),
  ];
}

/**
 * A route server whose engine is new waits a while for peers that the name server tells of, and that do not exist; and a
 * hostile client that leaves one side alone is lost like any other.
 */
function isOfNobody(reason: SeenStatus['readiness']['reasons'][number], good: ReadonlySet<string>): boolean {
  if (reason.kind === 'clients-lost') return !(reason.clients ?? []).some((each) => good.has(each));
  return reason.kind === 'mesh-not-converged' && (reason.peers ?? []).every(isPhantom);
}

function found(running: string, pattern: RegExp): readonly string[] {
  return [...running.matchAll(pattern)].map((match) => match[1] ?? '');
}

function differ(what: string, runs: readonly string[], wanted: readonly string[]): readonly string[] {
  const sorted = (list: readonly string[]) => [...list].sort().join(' ');
  return sorted(runs) === sorted(wanted) ? [] : [`${what}: runs ${sorted(runs)}; wanted ${sorted(wanted)}`];
}

function firstOf(list: readonly string[]): string {
  return `${list.slice(0, 3).join(', ')}${list.length > 3 ? ` and ${String(list.length - 3)} more` : ''}`;
}

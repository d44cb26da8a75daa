import type { BgpSession } from '@meshrs/contract';
import { mayBeEstablished, nothingRemembered, type SidesMemory } from '@meshrs/gate';
import type { IpAddress } from '@meshrs/network';
import { createPause, hasAborted } from '../async/pause.ts';
import { processCpuMs } from '../async/clock.ts';
import { createSingleFlight } from '../async/single-flight.ts';
import { startTimer } from '../async/timer.ts';
import type { EngineObservation } from '../engine/mesh-engine.ts';
import type { FleetReader } from '../fleet/fleet-reader.ts';
import type { ClientsLook } from './absent-clients.ts';
import {
  countLost,
  findLost,
  goneClients,
  nobodyHad,
  rememberClients,
  type ClientsRecord,
  type LossRules,
  type LostNow,
  type OwnClients,
} from './lost-clients.ts';

export interface LostClientsWatchOptions {
  /** Whether the route server has been ready, its engine answers and serves, and lost clients are to count. */
  readonly isWatching: () => boolean;
  /** How long it is unready because of them at most. */
  readonly limitMs: () => number;
  /** How long a client is away before it counts as lost. */
  readonly holdMs: number;
  /** The other route servers of the mesh. */
  readonly routeServers: () => readonly IpAddress[];
  /** Undefined while the engine does not answer. */
  readonly look: () => Promise<EngineObservation | undefined>;
  /** Whether the settings in force take a client of an address. */
  readonly takes: () => (address: IpAddress) => boolean;
  /** Called with each record that is another one, before anything is done because of it. */
  readonly onChange: (record: ClientsRecord) => void;
  /** Called after each look. */
  readonly onLook: () => void;
  /** At most one look in this time; ten times as long where nothing is about to happen. */
  readonly everyMs: number;
  readonly now: () => number;
  /** What was computed until now; left out: by this process. */
  readonly cpuMs?: () => number;
  readonly signal: AbortSignal;
  /** Loaded at its first use where it is left out: an agent whose clients are all there does not need it. */
  readonly find?: FindAbsentClients;
}

/** As `findAbsentClients`, whose types alone are here. */
type FindAbsentClients = (options: {
  readonly routeServers: readonly IpAddress[];
  readonly about: readonly IpAddress[];
  readonly ownSessions: () => Promise<readonly BgpSession[] | undefined>;
  readonly memory: SidesMemory;
  readonly agents: FleetReader;
  readonly signal: AbortSignal;
}) => Promise<ClientsLook>;

/** Which of the clients that this route server had are with another one alone. */
export interface LostClientsWatch {
  /** Sessions may have changed: looks soon, beside all other work, and on for as long as somebody is away. */
  request(): void;
  /** What counts at this moment. */
  at(): LostNow;
  /** What an agent before this one knew of this life of the engine. */
  restore(record: ClientsRecord): void;
  /** The engine is another process: it has had nobody. */
  forget(): void;
}

const nobodyLost: LostNow = { clients: [], counted: [], msLeft: 0 };

/**
 * What asking all others for their clients may compute: a hundredth of the time, or a fifth where something is about to
 * happen. Who answers slowly costs nothing, and must not make the next look late.
 */
const restPerWork = { soon: 4, later: 100 };
const longestRestMs = 300_000;

export function createLostClientsWatch(options: LostClientsWatchOptions): LostClientsWatch {
  const { everyMs, now, cpuMs = processCpuMs, signal } = options;
  let record = nobodyHad;
  const others = createOthers(options);
  let life = 0;
  let next: NodeJS.Timeout | undefined;

  const flight = createSingleFlight(async () => {
    clearTimeout(next);
    if (signal.aborted || !options.isWatching()) return;
    const startedMs = cpuMs();
    const pace = await look();
    const workedMs = cpuMs() - startedMs;
    if (hasAborted(signal)) return;
    options.onLook();
    await createPause().wait(everyMs, signal);
    if (pace === 'with-next-change' || hasAborted(signal)) return;
    // One that has just gone begins to count soon; one that is on its way back ends to.
    const isSoon = pace === 'soon' || at().clients.some(({ phase }) => phase === 'moment-ago');
    next = startTimer(flight.request, isSoon ? workedMs * restPerWork.soon : restMs(workedMs, everyMs));
  });
  signal.addEventListener('abort', () => {
    clearTimeout(next);
  });

  return {
    request: flight.request,
    at,
    restore: (before) => {
      record = before;
    },
    forget: () => {
      life += 1;
      others.forget();
      take(nobodyHad);
    },
  };

  function at(): LostNow {
    if (options.limitMs() <= 0) return nobodyLost;
    const { record: counted, now: lost } = countLost(record, { ...rules(), isServing: options.isWatching() });
    take(counted);
    return lost;
  }

  function take(changed: ClientsRecord): void {
    if (changed === record) return;
    record = changed;
    options.onChange(record);
  }

  /** How long until the next look: where nobody is away the next change of a session is soon enough. */
  async function look(): Promise<'soon' | 'later' | 'with-next-change'> {
    const ofLife = life;
    let observation = await options.look();
    if (!observation || ofLife !== life) return 'later';
    const takes = options.takes();
    const first = ownClients(observation, takes);
    const remembered = rememberClients(record, first);
    if (goneClients(remembered, first).length === 0 && remembered.lost.size === 0) {
      others.forget();
      take(remembered);
      return 'with-next-change';
    }
    // About those alone: of all that the others have, any number, no list would be whole.
    const seen = await others.ask([...remembered.had], async () => {
      const latest = await options.look();
      observation = latest ?? observation;
      return latest?.sessions;
    });
    if (seen.kind === 'unknown' || ofLife !== life) return 'later';
    const own = ownClients(observation, takes);
    const sight = { absent: new Set(seen.addresses), isWhole: seen.notKnown.length === 0 && !seen.isCut };
    take(findLost(rememberClients(record, own), own, sight, rules()));
    return [...record.lost.keys()].some((address) => own.mayBeHere.has(address)) ? 'soon' : 'later';
  }

  function rules(): LossRules {
    // Whole: they are kept as text.
    return { nowMs: Math.floor(now()), holdMs: options.holdMs, limitMs: options.limitMs() };
  }
}

/** What the other route servers tell, and what is remembered of it while somebody is away. */
function createOthers({ find, routeServers, signal }: LostClientsWatchOptions) {
  let memory: SidesMemory = nothingRemembered;
  /** It holds what hundreds of agents told. */
  let agents: FleetReader | undefined;

  return {
    ask: async (
      about: readonly IpAddress[],
      ownSessions: () => Promise<readonly BgpSession[] | undefined>,
    ): Promise<ClientsLook> => {
      const findThem = find ?? (await import('./absent-clients.ts')).findAbsentClients;
      agents ??= (await import('../fleet/fleet-reader.ts')).createFleetReader();
      const asked = agents;
      const seen = await findThem({ routeServers: routeServers(), about, ownSessions, memory, agents: asked, signal });
      // Forgotten meanwhile: it is of another life.
      if (seen.kind === 'known' && agents === asked) memory = seen.memory;
      return seen;
    },
    forget: () => {
      memory = nothingRemembered;
      agents = undefined;
    },
  };
}

function restMs(workedMs: number, everyMs: number): number {
  return Math.max(everyMs * 9, Math.min(longestRestMs, workedMs * restPerWork.later));
}

function ownClients({ sessions, passedOver = [] }: EngineObservation, takes: OwnClients['isTaken']): OwnClients {
  const clients = sessions.filter(({ kind }) => kind !== 'mesh');
  const keptOut = new Set(clients.filter(({ kind }) => kind === 'evicted').map(({ address }) => address));
  const mine = clients.filter(({ kind }) => kind !== 'evicted');
  return {
    established: addressesOf(mine.filter(({ state }) => state === 'established')),
    mayBeHere: new Set<string>([
      ...addressesOf(mine.filter(({ state }) => mayBeEstablished(state))),
      ...passedOver
        .filter(({ state }) => state === undefined || mayBeEstablished(state))
        .map(({ neighbor }) => neighbor),
    ]),
    isTaken: (address) => takes(address) && !keptOut.has(address),
  };
}

function addressesOf(sessions: readonly BgpSession[]): readonly IpAddress[] {
  return sessions.map(({ address }) => address);
}

import type { AwayClient } from '@meshrs/contract';
import type { HoldVerdict } from '@meshrs/gate';
import type { IpAddress } from '@meshrs/network';
import type { EngineObservation } from '../engine/mesh-engine.ts';
import type { FleetReader } from '../fleet/fleet-reader.ts';
import type { LookAtOthers } from './look-at-others.ts';
import { partsOf } from './own-share.ts';
import type { SidesKnown } from './side-of.ts';
import type { SaidBefore } from './trusted-answers.ts';
import type { Waiting } from './what-waits.ts';

export interface HoldLookOptions {
  /** How long it waits at most; 0: not at all. */
  readonly holdMs: () => number;
  readonly places: () => SidesKnown;
  /** The other route servers of the mesh. */
  readonly routeServers: () => readonly IpAddress[];
  /** Undefined while the engine does not answer. */
  readonly look: () => Promise<EngineObservation | undefined>;
  /** Whose sessions have ended a short time ago. */
  readonly away: () => readonly AwayClient[];
  /** At most one look in this time, and in a time that grows with the number of route servers. */
  readonly everyMs: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** The last look of the same wait, or of the one before. */
export interface LookBefore {
  readonly waitId: string;
  readonly verdict: HoldVerdict;
}

/** Looks at the other route servers for who waits. */
export interface HoldLook {
  /** Undefined when the signal has aborted. `isMeant`: the clients of the changes that wait, now. */
  readonly look: (
    waiting: Waiting,
    by: { readonly isMeant: (address: IpAddress) => boolean; readonly before: LookBefore | undefined },
  ) => Promise<LookAtOthers | undefined>;
  /** How often one begins, and how long the last one took. */
  readonly times: () => { readonly everyMs: number; readonly tookMs: number };
  /** It holds what hundreds of agents told. */
  readonly forget: () => void;
}

/** As for readiness: to ask one that has nothing new, and to compare it, takes up to a millisecond of CPU. */
const everyMsOfEach = 40;
/** The last moment in which that is so is not missed between two looks. */
const leastLastMomentMs = 5000;
const lastMomentShare = 0.25;

/**
 * No shorter wait listens: a keepalive of the default timers comes every 10 s, and a look or two must follow. Nor does a question:
 * by its answer no session ends, and the wait that does end them follows it.
 */
const shortestListeningMs = 15_000;

function isLongEnough({ parts }: Waiting): boolean {
  return parts.some(({ sinceMs, untilMs }) => untilMs - sinceMs >= shortestListeningMs);
}

/**
 * Whether a wait listens, which is decided once for each: one that began to only when a moment is left would hear from few, and refuse
 * what loses nobody.
 */
export function createListening(): (waiting: Waiting) => boolean {
  let decided: { readonly id: string; readonly isListening: boolean } | undefined;
  return (waiting) => {
    if (waiting.isAsk) return false;
    if (decided?.id !== waiting.id) decided = { id: waiting.id, isListening: isLongEnough(waiting) };
    return decided.isListening;
  };
}

export function createHoldLook(options: HoldLookOptions): HoldLook {
  const { holdMs, routeServers, signal } = options;
  let agents: FleetReader | undefined;
  /** The last look. */
  let tookMs = 0;
  const said: SaidBefore = new Map();
  const silent = new Set<IpAddress>();
  const isListening = createListening();
  const everyMs = () => Math.max(options.everyMs, routeServers().length * everyMsOfEach);

  return {
    look: async (waiting, { isMeant, before }) => {
      // Loaded here: an agent that waits for nobody does not need it.
      const [{ lookAtOthers }, { createFleetReader }, { forgetHeard, nothingRemembered }] = await Promise.all([
        import('./look-at-others.ts'),
        import('../fleet/fleet-reader.ts'),
        import('@meshrs/gate'),
      ]);
      agents ??= createFleetReader();
      const places = options.places();
      const beganMs = options.now();
      const memory = before?.verdict.memory ?? nothingRemembered;
      const seen = await lookAtOthers({
        own: { routerId: places.self, id: waiting.id },
        places,
        routeServers: routeServers(),
        look: options.look,
        away: options.away,
        isMeant: waiting.for.includes('drain') ? () => true : isMeant,
        // What was heard before this wait began says nothing of it.
        memory: before?.waitId === waiting.id ? memory : forgetHeard(memory),
        agents,
        isAsk: waiting.isAsk,
        isForGood: waiting.isForGood,
        // Nobody needs the time of one that asks: it is told at once who goes.
        neededMs: waiting.isAsk ? 0 : holdMs() / partsOf(places),
        nextLookMs: Math.min(holdMs() * lastMomentShare, Math.max(leastLastMomentMs, 2 * (everyMs() + tookMs))),
        sinceMs: waiting.sinceMs,
        isListening: isListening(waiting),
        ...{ said, silent, now: options.now },
        signal,
      });
      tookMs = options.now() - beganMs;
      return seen;
    },
    times: () => ({ everyMs: everyMs(), tookMs }),
    forget: () => {
      agents = undefined;
      said.clear();
      silent.clear();
    },
  };
}

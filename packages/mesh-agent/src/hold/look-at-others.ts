import { columnsOf, evictedOf, type AwayClient } from '@meshrs/contract';
import {
  decideHold,
  columnsIn,
  listeningTo,
  mayBeEstablished,
  type ClientsReading,
  type HoldOf,
  type HoldVerdict,
  type SidesMemory,
} from '@meshrs/gate';
import type { IpAddress } from '@meshrs/network';
import { atMost } from '../async/at-most.ts';
import type { EngineObservation } from '../engine/mesh-engine.ts';
import type { FleetReader } from '../fleet/fleet-reader.ts';
import { staleAfterMs } from '../reconcile/observer.ts';
import { askAll, renewed, seenOf, type AskedAgent } from './ask-all.ts';
import { accepted, inMesh } from './in-mesh.ts';
import { placeOf, podOf, type SidesKnown } from './side-of.ts';
import { agreed, readSince, type SaidBefore, type ToldByOther } from './trusted-answers.ts';
import { isOfSettings } from './what-waits.ts';

/** A command that an engine does not answer is given up after half a minute: a question is over by then. */
const ownPatienceMs = staleAfterMs;

export interface LookAtOthers {
  readonly verdict: HoldVerdict;
  /** Another route server asks or waits, too, and who may go first is not decided yet. */
  readonly isContested: boolean;
  /** The route servers of other sides that are being taken down, by the names that their agents tell. */
  readonly draining: readonly string[];
  /** Those that hold settings that reset sessions of clients. */
  readonly resetting: readonly string[];
  /** Which did not answer, by their addresses. */
  readonly silent: readonly string[];
  /** Whose sessions were looked for. */
  readonly clients: ReadonlySet<IpAddress>;
  /** All of the other sides were heard, and none of them waits: nobody else ends sessions when its own time is over. */
  readonly isAlone: boolean;
  /** Nobody of another side has another copy of fleet.yml, or one that it does not name: the sides may stand in another order there. */
  readonly isOneOrder: boolean;
  /**
   * When those of other sides say that their wait is over, by the own clock, also those whose other word does not count; undefined: it says
   * that it does not wait.
   */
  readonly endsToldMs: ReadonlyMap<IpAddress, number | undefined>;
  /** How many of other sides are known, with those that did not answer. */
  readonly otherCount: number;
  /** The router-ids of those that answered and are in no side of the fleet. */
  readonly unlisted: readonly string[];
}

/**
 * One look at the other route servers, and what follows from it for those of the own clients that `isMeant`. Undefined when
 * `signal` has aborted.
 */
export async function lookAtOthers(options: {
  readonly own: HoldOf;
  readonly places: SidesKnown;
  readonly routeServers: readonly IpAddress[];
  /** Undefined while the engine does not answer. */
  readonly look: () => Promise<EngineObservation | undefined>;
  /** Whose sessions have ended a short time ago: they count as clients where a drain by hand is asked for. */
  readonly away: () => readonly AwayClient[];
  /** Of the moment when it is asked for. */
  readonly isMeant: (address: IpAddress) => boolean;
  readonly memory: SidesMemory;
  readonly agents: FleetReader;
  /**
   * For a drain by hand that was asked for. It lasts until somebody takes it back: nobody who is on the way down already, or holds
   * settings, can wait for its end, so that only those count that ask themselves.
   */
  readonly isAsk: boolean;
  /** For a drain by hand, asked for or on its way. */
  readonly isForGood: boolean;
  readonly neededMs: number;
  readonly nextLookMs: number;
  /** Since when this one waits. */
  readonly sinceMs: number;
  /** Only who was heard from since then keeps a client; `memory` has nothing that was heard before. */
  readonly isListening: boolean;
  /** Of the looks before. */
  readonly said: SaidBefore;
  readonly silent: Set<IpAddress>;
  readonly now: () => number;
  readonly signal: AbortSignal;
}): Promise<LookAtOthers | undefined> {
  const { own, places, routeServers, memory, agents, neededMs, nextLookMs, isAsk, isForGood, now, signal } = options;
  agents.begin(routeServers, columnsIn(memory));
  const asking = { agents, said: options.said, silent: options.silent, listening: listeningTo(memory), now, signal };
  const first = await askAll(routeServers, asking);
  const observed = await atMost(options.look(), ownPatienceMs);
  const answers = await renewed(first, asking);
  if (signal.aborted) return undefined;
  const mesh = inMesh(observed?.sessions ?? []);
  const asked = answers.map((each) => accepted(each, mesh, places));
  const times = { nowMs: now(), sinceMs: options.sinceMs };
  const others = asked.flatMap((each) => seeOther(each, { places, isAsk, times }));
  const meant = observed?.sessions.filter(({ address }) => options.isMeant(address)) ?? [];
  const clients: ClientsReading = observed
    ? {
        kind: 'read',
        isDraining: false,
        ageMs: 0,
        clients: columnsOf(agents.book(), meant, isAsk ? options.away() : []),
        unchangedSeconds: 0,
        passedOver: observed.passedOver ?? [],
        evicted: evictedOf(observed.sessions),
      }
    : { kind: 'unreadable', why: 'the engine does not answer' };
  const allowMissing = typeof places.fleet === 'string' ? [] : (places.fleet.allowMissing ?? []);
  const known = agreed(others);
  const seenAt = new Set<string>(known.map(({ sight }) => sight.name));
  const areHeard = known.every(({ routerId }) => routerId !== undefined) && areAllAmong(places, known);
  return {
    verdict: decideHold({
      ...{ own, clients, others: known, allowMissing, memory, isForGood, neededMs, nextLookMs },
      atSeconds: times.nowMs / 1000,
      listenedSeconds: options.isListening ? (times.nowMs - times.sinceMs) / 1000 : undefined,
      areAwayCounted: isAsk,
    }),
    isContested: known.some(({ hold }) => hold),
    // One that asks alone ends none before it is answered.
    isAlone: known.length > 0 && areHeard && !known.some(({ hold, isAsking }) => hold && !isAsking),
    isOneOrder: asked.every(({ address, answer }) => {
      if (!answer.ok || !seenAt.has(address)) return true;
      const { fleet } = answer.told;
      // One that cannot read its copy goes by its name, whatever the order is.
      const isUnreadable = fleet !== undefined && fleet.revision === undefined;
      return isUnreadable || (places.revision !== undefined && fleet?.revision === places.revision);
    }),
    draining: known.flatMap(({ draining }) => draining ?? []),
    resetting: known.flatMap(({ resetting }) => resetting ?? []),
    silent: known.flatMap(({ routerId, sight }) => (routerId === undefined ? [sight.name] : [])),
    clients: new Set(meant.flatMap(({ address, state }) => (mayBeEstablished(state) ? [address] : []))),
    endsToldMs: new Map(answers.flatMap((each) => endTold(each, places))),
    otherCount: known.length,
    unlisted: asked.flatMap(({ answer }) => {
      if (!answer.ok) return [];
      const { routerId } = answer.told.agent;
      return placeOf({ routerId, isOrderUnknown: true }, places).kind === 'nobody' ? [routerId] : [];
    }),
  };
}

/** Of one of another side, by its own word; one that asks alone ends nothing. */
function endTold(
  { address, answer, askedAtMs }: AskedAgent,
  places: SidesKnown,
): readonly [IpAddress, number | undefined][] {
  if (!answer.ok) return [];
  const { agent, drain, hold } = answer.told;
  const place = placeOf({ routerId: agent.routerId, isOrderUnknown: true }, places);
  if (place.kind !== 'other-side') return [];
  if (!hold || (drain.phase === 'asked' && !isOfSettings(hold))) return [[address, undefined]];
  return [[address, askedAtMs + Date.parse(hold.until) - Date.parse(agent.now)]];
}

/** Whether each route server of another side that fleet.yml names is one of these. */
function areAllAmong(places: SidesKnown, known: readonly ToldByOther[]): boolean {
  const pods = new Set(known.map(({ routerId }) => routerId && podOf(routerId, places)));
  const named = typeof places.fleet === 'string' ? [] : Object.entries(places.fleet.routerIds);
  return named.every(([pod, routerId]) => {
    const place = placeOf({ routerId, isOrderUnknown: true }, places);
    return place.kind !== 'other-side' || pods.has(pod);
  });
}

/** None, where it is of the own side, or nobody's. */
function seeOther(
  asked: AskedAgent,
  by: { readonly places: SidesKnown; readonly isAsk: boolean; readonly times: { nowMs: number; sinceMs: number } },
): readonly ToldByOther[] {
  const { places, isAsk, times } = by;
  const { address, answer } = asked;
  const pod = { name: address, side: 'elsewhere', isTerminating: false, isForeign: false, engine: 'unknown' } as const;
  // The mesh may know another address of it than it does itself, where a load balancer stands between.
  const sight = seenOf({ ...pod, uid: undefined, address: undefined, podName: undefined }, asked, times.nowMs);
  if (!answer.ok)
    return [{ sight, routerId: undefined, isEarlier: false, hold: undefined, isAsking: false, isLeaving: false }];
  const { agent, fleet, drain, hold } = answer.told;
  const isDown = drain.phase !== 'serving' && drain.phase !== 'asked';
  const isResetting = hold !== undefined && isOfSettings(hold);
  const isLeaving = isDown || (hold !== undefined && (isResetting || drain.phase !== 'asked'));
  const isOrderUnknown = fleet !== undefined && fleet.revision === undefined;
  const place = placeOf({ routerId: agent.routerId, isOrderUnknown, revision: fleet?.revision }, places);
  if (place.kind !== 'other-side') return [];
  return [
    {
      // Nobody waits for the end of a drain by hand: what is held here would be done before.
      sight: readSince(isAsk && isLeaving ? { ...sight, isTerminating: true } : sight, times),
      routerId: agent.routerId,
      isEarlier: place.isEarlier,
      isAsking: !isLeaving,
      isLeaving: isDown || hold !== undefined,
      ...(isDown && { draining: agent.pod }),
      ...(isResetting && { resetting: agent.pod }),
      hold:
        isAsk && isLeaving
          ? undefined
          : hold && {
              id: hold.id,
              // Both by its own clock.
              leftMs: Date.parse(hold.until) - Date.parse(agent.now) - (times.nowMs - asked.askedAtMs),
              waitsFor: hold.waitsFor,
            },
    },
  ];
}

import {
  findHeld,
  findOffenders,
  sightOf,
  type GuardedPeer,
  type GuardPolicy,
  type GuardSight,
  type Offender,
  type Pin,
} from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import type { CrowdKeeper } from './crowd-keeper.ts';
import type { DesiredKeeper } from './desired-keeper.ts';
import type { EngineSession } from './engine-connection.ts';
import type { EngineDriver } from './engine-driver.ts';
import { EngineFailure } from './engine-failure.ts';
import type { EvictionKeeper } from './eviction-keeper.ts';
import type { Running } from './eviction-news.ts';
import type { HeldKeeper, HeldSince } from './held-keeper.ts';
import type { Cleared, GuardResult } from './mesh-engine.ts';
import type { PinKeeper, PinLook } from './pin-keeper.ts';
import type { SparedKeeper } from './spared-keeper.ts';

interface Guarding<Session extends EngineSession, Config> {
  readonly driver: EngineDriver<Session, Config>;
  readonly desired: DesiredKeeper<Session, Config>;
  readonly evictions: EvictionKeeper;
  readonly pins: PinKeeper;
  readonly held: HeldKeeper;
  readonly crowd: CrowdKeeper;
  readonly spared: SparedKeeper;
  readonly time: number;
  readonly signal: AbortSignal;
}

/**
 * One look at the sessions: ends evictions that have expired or whose reason is gone, evicts sessions that break the
 * policy, pins range clients that the daemon closes again and again and the addresses of narrow ranges, and ends connections that hold a scarce place and
 * become no session. Then the daemon's file is brought up to date with the clients that it may have to start with.
 */
export async function guardOnce<Session extends EngineSession, Config>(
  session: Session,
  policy: GuardPolicy,
  by: Guarding<Session, Config>,
): Promise<GuardResult> {
  const result = await lookOnce(session, policy, by);
  try {
    await by.driver.saveNowAndThen();
  } catch (thrown) {
    if (!(thrown instanceof EngineFailure)) throw thrown;
    // What was done is told in any case.
    return { ...result, ...failure(result.rejected ?? thrown) };
  }
  return result;
}

async function lookOnce<Session extends EngineSession, Config>(
  session: Session,
  policy: GuardPolicy,
  by: Guarding<Session, Config>,
): Promise<GuardResult> {
  const { driver, desired, evictions, pins, held, crowd, spared, time, signal } = by;
  desired.knowPolicy(policy);
  const intent = desired.asked()?.intent;
  evictions.note(driver.additionsThatRun().evicted);
  const hasExpired = evictions.expire(time);
  const inForce = desired.sight();
  const isGone = inForce !== undefined && evictions.review(inForce, policy);
  // Also when the daemon does not answer the next question: what has ended is then brought by the next look.
  if (hasExpired || isGone) desired.fallBehind();
  const seen = intent && (await driver.guardFacts(session, intent, signal));
  if (!intent || !seen) {
    const rejected = desired.isBehind() ? await desired.bringRest(session, signal, 'asRuns') : undefined;
    return {
      ...nothingDone,
      ...evictions.takeTold(driver.additionsThatRun().evicted),
      ...failure(rejected),
    };
  }
  const facts = { ...seen, intent };
  const sight = desired.sight() ?? sightOf(intent);
  const holding = held.look(sight, seen.peers, time);
  spared.look(seen.peers);
  const allOffenders = findOffenders(facts, policy, sight);
  dropOutdated(evictions, driver.additionsThatRun().evicted, { peers: seen.peers, offenders: allOffenders });
  const offenders = allOffenders.filter(({ address }) => !spared.has(address));
  const { decided, overCapacity } = evictions.evict(offenders, time);
  const sparedForRoom = spared.withoutRoom();
  pins.forgetClosings(decided.map(({ address }) => address));
  const isToBring = desired.isBehind() || decided.length > 0;
  const rejected = isToBring ? await desired.bringRest(session, signal) : undefined;
  // After those that are punished: to watch somebody has time.
  const watched = await watch(session, { sight, peers: seen.peers }, by);
  const range = await crowd.look(seen.range, time, (address) => driver.endUnlessEstablished(session, address, signal));
  return {
    ...evictions.takeTold(driver.additionsThatRun().evicted),
    pinned: watched.pinned,
    reserved: watched.reserved,
    unpinned: watched.unpinned,
    ...holding,
    range,
    overCapacity: [
      ...sparedForRoom.map(({ address, reason }) => ({ address, reason })),
      ...overCapacity,
      ...watched.overCapacity.map((address) => ({ address, reason: 'closed-repeatedly' as const })),
    ],
    hasRoomAgain: evictions.withoutRoom(sparedForRoom).length < sparedForRoom.length,
    ...failure(watched.rejected ?? rejected),
  };
}

/** One that could not be carried out was decided by a session; of a client that has come back since, the session that it has now decides. */
function dropOutdated(
  evictions: EvictionKeeper,
  running: Running,
  { peers, offenders }: { readonly peers: readonly GuardedPeer[]; readonly offenders: readonly Offender[] },
): void {
  const up = new Set(peers.flatMap(({ address, state }) => (state === 'established' ? [address] : [])));
  const offends = new Set(offenders.map(({ address }) => address));
  evictions.drop(running, ({ address }) => !up.has(address) || offends.has(address));
}

function failure(rejected: EngineFailure | undefined): Pick<GuardResult, 'rejected'> {
  return rejected ? { rejected } : {};
}

const nothingDone = {
  pinned: [],
  reserved: [],
  unpinned: [],
  held: [],
  released: [],
  overCapacity: [],
  hasRoomAgain: false,
} as const;

/**
 * Ends the eviction of one or all, lets who is pinned go as soon as that costs no session, and ends the holds of declared
 * clients; a pinned one that is held is let go.
 */
export async function clearOnce<Session extends EngineSession, Config>(
  session: Session,
  { which, wanted }: { readonly which: IpAddress | 'all'; readonly wanted: AbortSignal },
  { driver, desired, evictions, pins, held, time, signal }: Guarding<Session, Config>,
): Promise<Cleared> {
  const intent = desired.asked()?.intent;
  refuseUnwanted();
  const facts = intent && (await driver.guardFacts(session, intent, signal));
  refuseUnwanted();
  evictions.note(driver.additionsThatRun().evicted);
  const cleared = evictions.clear(which);
  const sight = desired.sight();
  const dismissed = pins.dismiss(which, { sight, peers: facts?.peers }, time);
  const rejected = await desired.bringRest(session, signal);
  const { evicted, pinned } = driver.additionsThatRun();
  const stays = new Set([...evicted, ...pinned].map(({ address }) => address));
  if (rejected && [...cleared, ...dismissed.unpinned].some(({ address }) => stays.has(address))) throw rejected;
  // One that came up just then goes when it is down.
  const letGo = dismissed.unpinned.filter(({ address }) => !pins.has(address));
  const unpinned = new Set(letGo.map(({ address }) => address));
  const upAgain = pins.list().filter(({ address }) => dismissed.unpinned.some((pin) => pin.address === address));
  const released = facts && sight ? heldNow(held, sight, facts.peers, time).filter(isMeant) : [];
  for (const { address } of released) await driver.takeAgain(session, address, signal);
  held.forget([...unpinned, ...released.map(({ address }) => address)]);
  return { evictions: cleared, unpinned: letGo, leaving: [...dismissed.leaving, ...upAgain], released };

  /** The engine may have been silent for longer than who asked was there. */
  function refuseUnwanted(): void {
    if (!wanted.aborted) return;
    throw new EngineFailure('Nothing was cleared: nobody waits for it any more.', {
      code: 'aborted',
      engine: driver.engine,
      operation: 'clear evictions',
      retryable: false,
    });
  }

  /** A pinned one is let go instead. */
  function isMeant({ address }: HeldSince): boolean {
    return !unpinned.has(address) && (which === 'all' || which === address);
  }
}

/** Also one that no look has told of yet. */
function heldNow(
  held: HeldKeeper,
  sight: GuardSight,
  peers: readonly GuardedPeer[],
  time: number,
): readonly HeldSince[] {
  const known = new Map(held.list().map((each) => [each.address, each]));
  return findHeld(sight.intent, peers, () => sight).map(
    (each) => known.get(each.address) ?? { ...each, sinceMs: time },
  );
}

async function watch<Session extends EngineSession, Config>(
  session: Session,
  { sight, peers }: { readonly sight: GuardSight; readonly peers: readonly GuardedPeer[] },
  { driver, desired, pins, time, signal }: Guarding<Session, Config>,
): Promise<PinLook & Pick<GuardResult, 'rejected'>> {
  const looked = pins.look(sight, peers, time);
  const added = [...looked.pinned, ...looked.reserved];
  if (added.length === 0 && looked.unpinned.length === 0) return looked;
  const isThere = ({ address }: Pick<Pin, 'address'>) =>
    driver.additionsThatRun().pinned.some((each) => each.address === address);
  let rejected: EngineFailure | undefined;
  try {
    rejected = await desired.bringRest(session, signal);
  } finally {
    pins.settle(isThere);
  }
  // A client that comes back at every try must not stand before what else there is to do.
  if (rejected)
    pins.refuse(
      added.filter((each) => !isThere(each) && pins.has(each.address)),
      time,
    );
  return {
    ...looked,
    pinned: looked.pinned.filter(isThere),
    reserved: looked.reserved.filter(isThere),
    // One that came up just then stays until it is down.
    unpinned: looked.unpinned.filter(({ address }) => !pins.has(address)),
    ...failure(rejected),
  };
}

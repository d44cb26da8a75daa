import type { PassedOverNeighbor } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { FrrFamily } from '@meshrs/router-config/frr';
import type { HeardSession } from './bmp/heard-peers.ts';
import { show } from './carry-out.ts';
import { noDetails, parseNeighborDetails, type NeighborDetails } from './neighbor-details.ts';
import { parseSummary, type Summary, type SummaryPeer } from './summary.ts';
import type { VtySession } from './vty-session.ts';

/**
 * Asks bgpd for sessions with as little work for it and for the agent as possible: the summary each time, which is some
 * 560 bytes a neighbor, and single neighbors of which more is to be known than it and BMP tell, a bounded number a look. Never
 * all neighbors: that is 4 KB each, more than an agent may hold of thousands.
 */
export interface SessionReader {
  /** Every neighbor of the family, in few words. */
  peers(session: VtySession, family: FrrFamily, signal: AbortSignal): Promise<readonly SummaryPeer[]>;
  /** What is known of these neighbors beside that; asks for some of those of which too little is. */
  details(
    session: VtySession,
    family: FrrFamily,
    peers: readonly SummaryPeer[],
    signal: AbortSignal,
  ): Promise<(peer: SummaryPeer) => NeighborDetails | undefined>;
  /** Another session of this neighbor has begun. */
  begin(address: IpAddress): void;
  /** Whether another look soon will tell more: questions are left, or an End-of-RIB may come at any moment. */
  isWaiting(): boolean;
  /** What the last looks met that is not understood, by name. */
  odd(): readonly string[];
  /** The neighbors that the last look at the summary passed over. */
  passedOver(): readonly PassedOverNeighbor[];
  forget(): void;
}

/** One takes bgpd a quarter of a millisecond. */
const questionsALook = 100;
/** Who has not said the end of its routes by then says it late, or never: that is seen with every other look. */
const endOfRibSeconds = 120;

interface Known {
  /** As it was when it was asked for. */
  readonly peer: SummaryPeer;
  readonly details: NeighborDetails;
}

/**
 * @param heard what BMP told of a session that is up
 * @param now of the clock by which it was heard
 */
export function createSessionReader(
  heard: (address: IpAddress) => HeardSession | undefined,
  now: () => number,
): SessionReader {
  const known = new Map<IpAddress, Known>();
  /** Of whom more is to be known, who waits longest first: a neighbor that comes back for ever keeps nobody behind it. */
  const queue = new Set<IpAddress>();
  let odd: Pick<Summary, 'odd' | 'passedOver'> = { odd: [], passedOver: [] };
  const oddDetails = new Map<IpAddress, string>();
  let isWaiting = false;
  /** When the last look had bgpd's answer. */
  let readAtMs = 0;

  return {
    peers: async (session, family, signal) => {
      const text = await show(session, `show bgp ${family} summary json`, signal);
      readAtMs = now();
      const seen = parseSummary(family, text);
      odd = { odd: seen.odd, passedOver: seen.passedOver };
      const addresses = new Set(seen.peers.map(({ address }) => address));
      for (const map of [known, queue, oddDetails]) {
        for (const address of map.keys()) if (!addresses.has(address)) map.delete(address);
      }
      return seen.peers;
    },
    details: async (session, family, peers, signal) => {
      const asked = new Map<IpAddress, SummaryPeer>();
      isWaiting = false;
      for (const peer of peers) {
        const { address } = peer;
        const need = needOf(peer, factsOf(peer), known.get(address));
        if (need === 'none') queue.delete(address);
        else {
          queue.add(address);
          asked.set(address, peer);
        }
        if (need === 'end-of-rib' && (peer.uptimeSeconds ?? 0) < endOfRibSeconds) isWaiting = true;
      }
      await askFor(session, family, asked, signal);
      return (peer) => tell(peer, known.get(peer.address), factsOf(peer));
    },
    begin: (address) => {
      known.delete(address);
    },
    isWaiting: () => isWaiting,
    odd: () => [...odd.odd, ...oddDetails.values()],
    passedOver: () => odd.passedOver,
    forget: () => {
      known.clear();
      queue.clear();
      oddDetails.clear();
    },
  };

  async function askFor(
    session: VtySession,
    family: FrrFamily,
    peers: ReadonlyMap<IpAddress, SummaryPeer>,
    signal: AbortSignal,
  ): Promise<void> {
    let left = questionsALook;
    for (const address of [...queue]) {
      const peer = peers.get(address);
      if (!peer) continue;
      if (left === 0) {
        isWaiting = true;
        return;
      }
      left -= 1;
      queue.delete(address);
      const text = await show(session, `show bgp neighbors ${address} json`, signal);
      const { details = noDetails, odd: oddOne } = parseNeighborDetails(family, address, text);
      known.set(address, { peer, details });
      if (oddOne === undefined) oddDetails.delete(address);
      else oddDetails.set(address, oddOne);
    }
  }

  /** What was heard of this very session. */
  function factsOf(peer: SummaryPeer): HeardSession | undefined {
    const facts = heard(peer.address);
    return facts && hasBegunBy(facts.heardAtMs, peer, readAtMs) ? facts : undefined;
  }
}

function needOf(
  peer: SummaryPeer,
  facts: HeardSession | undefined,
  before: Known | undefined,
): 'none' | 'once' | 'end-of-rib' {
  // A first session has no reason for an end, and without graceful restart bgpd shows no End-of-RIB.
  if (facts?.knowsGracefulRestart === false && peer.droppedCount === 0) return 'none';
  if (!before || !isSameSession(before.peer, peer)) return 'once';
  const { knowsGracefulRestart, endOfRib } = before.details;
  const isAwaited = peer.state === 'established' && knowsGracefulRestart && !(endOfRib.received && endOfRib.sent);
  return isAwaited ? 'end-of-rib' : 'none';
}

/** Whether its session had begun at a moment: one that began after it was heard of is another, which is heard of next. */
function hasBegunBy(heardAtMs: number, { uptimeSeconds }: SummaryPeer, readAtMs: number): boolean {
  // bgpd takes the difference of two moments, each cut off to the second.
  return uptimeSeconds !== undefined && heardAtMs >= readAtMs - (uptimeSeconds + 1) * 1000;
}

/**
 * Of one that is down the state does not count: a neighbor that cannot be reached goes through three of them for ever. One
 * that answers and is refused has new messages each time.
 */
function isSameSession(one: SummaryPeer, other: SummaryPeer): boolean {
  if (one.establishedCount !== other.establishedCount || one.droppedCount !== other.droppedCount) return false;
  if (one.establishedAt === undefined || other.establishedAt === undefined) {
    return one.establishedAt === other.establishedAt && one.receivedMessages === other.receivedMessages;
  }
  return isSameSecond(one.establishedAt, other.establishedAt);
}

/** bgpd makes such a time of two clocks, each cut off to the second: it goes up and down by one. */
function isSameSecond(one: number, other: number): boolean {
  return Math.abs(one - other) <= 1;
}

function tell(
  peer: SummaryPeer,
  known: Known | undefined,
  facts: HeardSession | undefined,
): NeighborDetails | undefined {
  const details = known && isSameSession(known.peer, peer) ? known.details : undefined;
  if (!facts) return details;
  const routerId = details?.remoteRouterId ?? facts.routerId;
  return { ...(details ?? noDetails), ...(routerId !== undefined && { remoteRouterId: routerId }) };
}

import type { IpAddress } from '@meshrs/network';
import type { FrrFamily } from '@meshrs/router-config/frr';
import { show } from './carry-out.ts';
import { parseNeighborDetails, parseSummary, type NeighborDetails, type SummaryPeer } from './sessions.ts';
import type { VtySession } from './vty-session.ts';

/** Asks bgpd for sessions with as little work for it as possible: details once a session, not once a look. */
export interface SessionReader {
  /** Every neighbor of the family, in few words. */
  peers(session: VtySession, family: FrrFamily, signal: AbortSignal): Promise<readonly SummaryPeer[]>;
  /** The details of these neighbors, from before where they cannot have changed. */
  details(
    session: VtySession,
    family: FrrFamily,
    peers: readonly SummaryPeer[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<IpAddress, NeighborDetails>>;
  forget(): void;
}

/** With more neighbors to ask for than this, one question for all costs bgpd less. */
const fewNeighbors = 8;

export function createSessionReader(): SessionReader {
  let known = new Map<IpAddress, { readonly mark: string; readonly details: NeighborDetails }>();

  return {
    peers: async (session, family, signal) => {
      const peers = parseSummary(family, await show(session, `show bgp ${family} summary json`, signal));
      const addresses = new Set(peers.map(({ address }) => address));
      known = new Map([...known].filter(([address]) => addresses.has(address)));
      return peers;
    },
    details: async (session, family, peers, signal) => {
      const stale = peers.filter((peer) => isStale(known.get(peer.address), peer));
      const marks = new Map(peers.map((peer) => [peer.address, markOf(peer)]));
      for (const text of await read(session, stale, signal)) {
        for (const details of parseNeighborDetails(family, text)) {
          known.set(details.address, { mark: marks.get(details.address) ?? '', details });
        }
      }
      return new Map([...known].map(([address, { details }]) => [address, details]));
    },
    forget: () => {
      known = new Map();
    },
  };
}

async function read(
  session: VtySession,
  stale: readonly SummaryPeer[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (stale.length > fewNeighbors) return [await show(session, 'show bgp neighbors json', signal)];
  const texts: string[] = [];
  for (const { address } of stale) texts.push(await show(session, `show bgp neighbors ${address} json`, signal));
  return texts;
}

/** What changes when a session ends or another begins. */
function markOf(peer: SummaryPeer): string {
  return [peer.state, peer.establishedAt, peer.establishedCount, peer.droppedCount].join(' ');
}

function isStale(known: { mark: string; details: NeighborDetails } | undefined, peer: SummaryPeer): boolean {
  if (known?.mark !== markOf(peer)) return true;
  const { endOfRib, knowsGracefulRestart } = known.details;
  return peer.state === 'established' && knowsGracefulRestart && !(endOfRib.received && endOfRib.sent);
}

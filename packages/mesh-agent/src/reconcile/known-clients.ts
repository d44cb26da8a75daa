import type { BgpSession } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import { createRecentClients } from '../engine/recent-clients.ts';

/**
 * Who is a client although no session of it is up at this moment. In a range that holds route servers, too, this alone says
 * that an address which a name server names is no route server's: a client that becomes a mesh neighbor is shut out.
 */
export interface RememberedClients {
  /** Takes the sessions of a look. */
  readonly look: (sessions: readonly BgpSession[]) => void;
  /** It came by a range, and had a session within two hours; or the engine watches it as a neighbor of its group. */
  readonly has: (address: IpAddress) => boolean;
}

/** A source may name thousands, and the engine makes a list of its pins each time. */
const pinsForMs = 1000;

export function createKnownClients(facts: {
  readonly pins: () => readonly { readonly address: IpAddress }[];
  /** An agent of before had it, or a look a moment ago. */
  readonly wasHere: (address: IpAddress) => boolean;
  readonly now: () => number;
}): RememberedClients {
  const { now } = facts;
  const recent = createRecentClients(now);
  let pins: { readonly atMs: number; readonly addresses: ReadonlySet<IpAddress> } | undefined;

  return {
    look: (sessions) => {
      const here = sessions.filter(({ kind, state }) => kind === 'range-client' && state === 'established');
      recent.look(here.map(({ address }) => address));
    },
    has: (address) => recent.has(address) || facts.wasHere(address) || pinned().has(address),
  };

  function pinned(): ReadonlySet<IpAddress> {
    if (!pins || now() - pins.atMs > pinsForMs) {
      pins = { atMs: now(), addresses: new Set(facts.pins().map(({ address }) => address)) };
    }
    return pins.addresses;
  }
}

import type { IpAddress } from '@meshrs/network';
import type { BmpMessage, EndedBy, PeerUp } from './bmp-messages.ts';

export interface HeardEvents {
  readonly onSessionsChanged: () => void;
  readonly onSessionBegan: (address: IpAddress) => void;
  readonly onSessionEnded: (ended: { readonly address: IpAddress; readonly by: EndedBy }) => void;
}

/** What was told of a session that is up. */
export interface HeardSession extends PeerUp {
  /**
   * When it was told, by the agent's clock. The time that bgpd 10.7.1 puts into the message is that of before the session,
   * the boot of the machine for a client of a range: it sets the right one a moment later.
   */
  readonly heardAtMs: number;
}

/** The sessions that are up, by what one connection told. */
export interface HeardPeers {
  readonly hear: (messages: readonly BmpMessage[]) => void;
  readonly of: (address: IpAddress) => HeardSession | undefined;
  /** The connection is gone: of none is anything known. */
  clear(): void;
}

/** Far above what `bgp listen limit` lets in. */
export const mostPeers = 100_000;

export function createHeardPeers(events: HeardEvents, now: () => number): HeardPeers {
  const peers = new Map<IpAddress, HeardSession>();
  return {
    hear: (messages) => {
      let isChange = false;
      for (const message of messages) {
        if (message.kind === 'initiation') continue;
        isChange = true;
        const { address } = message;
        if (message.kind === 'peer-up') {
          if (peers.size < mostPeers) peers.set(address, { ...message, heardAtMs: now() });
          events.onSessionBegan(address);
        } else if (peers.delete(address)) {
          // At the start of a connection bgpd calls each neighbor down that has no session: that is no end of one.
          events.onSessionEnded({ address, by: message.by });
        }
      }
      if (isChange) events.onSessionsChanged();
    },
    of: (address) => peers.get(address),
    clear: () => {
      peers.clear();
    },
  };
}

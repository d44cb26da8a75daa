import type { IpAddress } from '@meshrs/network';
import type { BmpMessage, EndedBy, PeerUp } from './bmp-messages.ts';

export interface HeardEvents {
  readonly onSessionsChanged: () => void;
  readonly onSessionBegan: (address: IpAddress) => void;
  readonly onSessionEnded: (ended: { readonly address: IpAddress; readonly by: EndedBy }) => void;
}

/** The sessions that are up, by what one connection told. */
export interface HeardPeers {
  readonly hear: (messages: readonly BmpMessage[]) => void;
  readonly of: (address: IpAddress) => PeerUp | undefined;
  /** The connection is gone: of none is anything known. */
  clear(): void;
}

/** Far above what `bgp listen limit` lets in. */
export const mostPeers = 100_000;

export function createHeardPeers(events: HeardEvents): HeardPeers {
  const peers = new Map<IpAddress, PeerUp>();
  return {
    hear: (messages) => {
      let isChange = false;
      for (const message of messages) {
        if (message.kind === 'initiation') continue;
        isChange = true;
        const { address } = message;
        if (message.kind === 'peer-up') {
          if (peers.size < mostPeers) peers.set(address, message);
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

import type { Asn } from '@meshrs/network';
import type { VtySession } from '../vty-session.ts';
import { setListener, takeListenerAway, type BmpListener } from './bmp-listener.ts';
import { isPortTaken } from './listening-ports.ts';

export interface RouterToHear {
  readonly asn: Asn;
  /** Its running configuration has the agent's listener. */
  readonly isListening: boolean;
}

/**
 * Has bgpd listen for the agent, and only where it is safe to connect then: bgpd (10.7.1) keeps the socket of a listener that
 * went with its router, and ends when somebody connects to it.
 */
export interface Listening {
  /** Another process of bgpd. */
  startAnew(): void;
  /** Resolves with why nobody is to connect; undefined when bgpd listens. */
  listen(session: VtySession, router: RouterToHear, signal: AbortSignal): Promise<string | undefined>;
  /** Before the router goes. */
  release(session: VtySession, asn: Asn, signal: AbortSignal): Promise<void>;
  /** Not before the next process of bgpd. */
  isGivenUp(): boolean;
}

export function createListening(
  listener: BmpListener,
  { isReachedOverTcp }: { readonly isReachedOverTcp: boolean },
): Listening {
  /** The listener was set, and the agent did not take it away. */
  let wasSet = false;
  let isGivenUp = false;

  return {
    startAnew: () => {
      wasSet = false;
      isGivenUp = false;
    },
    listen: async (session, { asn, isListening }, signal) => {
      if (isListening) {
        wasSet = true;
        return undefined;
      }
      if (wasSet) {
        isGivenUp = true;
        return 'somebody else took its BMP listener away; to connect to one that bgpd has forgotten would end bgpd';
      }
      if (isReachedOverTcp && (await isPortTaken(listener.port))) {
        return `${listener.address}:${String(listener.port)}, where bgpd is to speak BMP, is taken`;
      }
      const rejected = await setListener(session, asn, listener, signal);
      isGivenUp = rejected !== undefined;
      wasSet = rejected === undefined;
      return rejected === undefined
        ? undefined
        : `it was started without its BMP module (-M bmp), and rejects "bmp": ${rejected.slice(0, 200)}`;
    },
    release: async (session, asn, signal) => {
      if (!wasSet) return;
      await takeListenerAway(session, asn, listener, signal);
      wasSet = false;
    },
    isGivenUp: () => isGivenUp,
  };
}

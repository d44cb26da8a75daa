import type { Asn, IpAddress } from '@meshrs/network';
import { connect, type Socket } from 'node:net';
import { EngineFailure } from '../../engine/engine-failure.ts';
import type { VtySession } from '../vty-session.ts';
import { connectBmp, type BmpConnection } from './bmp-connection.ts';
import { isHeardBy, type BmpListener } from './bmp-listener.ts';
import { createHeardPeers, type HeardEvents, type HeardSession } from './heard-peers.ts';
import { createListening, type RouterToHear } from './listening.ts';

export interface HearingOptions extends HeardEvents {
  readonly listener: BmpListener;
  /** How to reach the listener; over TCP when left out. A test's bgpd has a network of its own. */
  readonly dial?: () => Socket;
  /** Milliseconds of a clock that never steps. */
  readonly now: () => number;
}

/**
 * Hears bgpd through BMP (RFC 7854). The agent has bgpd listen and dials it, so that nobody else can tell it anything.
 * Where that cannot be, it says why, and whoever wants to know of sessions has to look.
 *
 * All but `of` and `close` speak with bgpd, and are called between its commands.
 */
export interface Hearing {
  /** Another process of bgpd, or the same one over a new connection. */
  startAnew(life: string): void;
  /** Makes sure that bgpd is heard, unless that was tried in vain a short time ago. Rejects only when bgpd is gone. */
  ensure(session: VtySession, router: RouterToHear | undefined, signal: AbortSignal): Promise<void>;
  /** Before the router goes: see `takeListenerAway`. */
  release(session: VtySession, asn: Asn, signal: AbortSignal): Promise<void>;
  /** What bgpd told of a session that is up; undefined when it told nothing. */
  readonly of: (address: IpAddress) => HeardSession | undefined;
  /** Why bgpd is not heard; undefined while it is. */
  problem(): string | undefined;
  close(): void;
}

const answerMs = 2000;
const firstPauseMs = 1000;
const longestPauseMs = 60_000;

export function createHearing(options: HearingOptions): Hearing {
  const { listener, now } = options;
  const dial = options.dial ?? (() => connect({ host: listener.address, port: listener.port }));
  const listening = createListening(listener, { isReachedOverTcp: options.dial === undefined });
  const peers = createHeardPeers(options, now);
  let connection: BmpConnection | undefined;
  let problem: string | undefined = 'it was not asked yet';
  let life = '';
  let pauseMs = firstPauseMs;
  let nextTryMs = -Infinity;

  return {
    startAnew: (nextLife) => {
      drop();
      nextTryMs = -Infinity;
      pauseMs = firstPauseMs;
      if (nextLife === life) return;
      life = nextLife;
      listening.startAnew();
    },
    ensure: async (session, router, signal) => {
      if (!router) {
        drop();
        problem = 'no router bgp runs';
        return;
      }
      if (connection || listening.isGivenUp() || now() < nextTryMs) return;
      try {
        problem = (await listening.listen(session, router, signal)) ?? (await dialIn(session, signal));
      } catch (failure) {
        if (!(failure instanceof EngineFailure) || failure.code !== 'events-not-available') throw failure;
        problem = failure.message;
      }
      nextTryMs = now() + pauseMs;
      pauseMs = problem === undefined ? firstPauseMs : Math.min(2 * pauseMs, longestPauseMs);
    },
    release: async (session, asn, signal) => {
      drop();
      nextTryMs = -Infinity;
      await listening.release(session, asn, signal);
    },
    of: peers.of,
    problem: () => problem,
    close: drop,
  };

  function drop(): void {
    connection?.close();
    connection = undefined;
    peers.clear();
    problem ??= 'the connection was given up';
  }

  /** Resolves with why what answers at the port is not accepted. */
  async function dialIn(session: VtySession, signal: AbortSignal): Promise<string | undefined> {
    const opened = await connectBmp(dial, answerMs, {
      onMessages: peers.hear,
      onEnd: (why) => {
        connection = undefined;
        peers.clear();
        problem = `the BMP connection ended: ${why}`;
        options.onSessionsChanged();
      },
    });
    const { localPort } = opened;
    if (localPort !== undefined && !(await isHeardBy(session, listener, localPort, signal))) {
      opened.close();
      return `another process than bgpd answers at ${listener.address}:${String(listener.port)}`;
    }
    connection = opened;
    problem = undefined;
    opened.accept();
    return problem;
  }
}

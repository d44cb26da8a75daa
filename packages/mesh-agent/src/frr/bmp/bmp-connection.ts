import type { Socket } from 'node:net';
import { EngineFailure } from '../../engine/engine-failure.ts';
import { createBmpReader, type BmpMessage } from './bmp-messages.ts';
import { mostPeers } from './heard-peers.ts';

/** A connection on which bgpd tells of its sessions. */
export interface BmpConnection {
  /** Undefined where it is no TCP connection. */
  readonly localPort: number | undefined;
  /** From now on what it tells is told, first what it told until now: it is known to be bgpd. */
  accept(): void;
  close(): void;
}

export interface BmpListeners {
  readonly onMessages: (messages: readonly BmpMessage[]) => void;
  /** Once, when a connection that is accepted has ended, with the reason; not after `close`. */
  readonly onEnd: (why: string) => void;
}

/**
 * Resolves when bgpd has begun to speak (its Initiation message, RFC 7854 section 4.3). Rejects with EngineFailure
 * `events-not-available`. What comes on the connection never throws: what is not BMP ends it.
 */
export function connectBmp(
  dial: () => Socket,
  timeoutMs: number,
  { onMessages, onEnd }: BmpListeners,
): Promise<BmpConnection> {
  return new Promise((resolve, reject) => {
    const reader = createBmpReader();
    const socket = dial();
    let state: 'dialling' | 'open' | 'ended' = 'dialling';
    let untold: BmpMessage[] | undefined = [];
    let endedWhy: string | undefined;
    const timer = setTimeout(() => {
      end(`bgpd said nothing within ${String(timeoutMs)} ms`);
    }, timeoutMs);

    socket.on('data', (bytes: Buffer) => {
      if (state === 'ended') return;
      const { messages, fault } = reader.read(bytes);
      if (state === 'dialling' && messages.some(({ kind }) => kind === 'initiation')) open();
      if (!untold) onMessages(messages);
      else if (untold.length < mostPeers) untold.push(...messages);
      if (fault !== undefined) end(`what came is not BMP: ${fault}`);
    });
    let error: Error | undefined;
    socket.on('error', (thrown) => {
      error = thrown;
    });
    socket.on('close', () => {
      end(error === undefined ? 'bgpd closed it' : error.message);
    });

    function open(): void {
      state = 'open';
      clearTimeout(timer);
      resolve({
        localPort: socket.localPort,
        accept: () => {
          const before = untold ?? [];
          untold = undefined;
          onMessages(before);
          if (endedWhy !== undefined) onEnd(endedWhy);
        },
        close: () => {
          state = 'ended';
          socket.destroy();
        },
      });
    }

    function end(why: string): void {
      const before = state;
      state = 'ended';
      clearTimeout(timer);
      socket.destroy();
      if (before === 'open' && untold) endedWhy = why;
      if (before === 'open' && !untold) onEnd(why);
      if (before === 'dialling') reject(notAvailable(why));
    }
  });
}

function notAvailable(why: string): EngineFailure {
  return new EngineFailure(`The connection to bgpd's BMP listener failed: ${why}.`, {
    code: 'events-not-available',
    engine: 'frr',
    operation: 'connect to BMP',
    retryable: true,
  });
}

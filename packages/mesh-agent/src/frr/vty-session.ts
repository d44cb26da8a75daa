import { connect, type Socket } from 'node:net';
import { createTurns } from '../async/turns.ts';
import type { EngineSession } from '../engine/engine-connection.ts';
import { EngineFailure } from '../engine/engine-failure.ts';

/** What bgpd answers to one command. */
export interface VtyAnswer {
  /** Zero: carried out. FRR's CMD_WARNING and others: rejected, and `output` says why. */
  readonly status: number;
  readonly output: string;
}

/**
 * One connection to bgpd's vty socket, as vtysh makes it: `command`, a zero byte; the answer's text, three zero bytes,
 * a status byte. One command is under way at a time; others wait their turn.
 */
export interface VtySession extends EngineSession {
  /**
   * Resolves with the answer, rejected or not. Rejects with an EngineFailure when the connection ends
   * (`engine-lost`), after the deadline (`engine-timeout`) and when `signal` aborts (`aborted`); the connection is then
   * closed, because whose answer comes next is not known.
   */
  command(text: string, signal: AbortSignal): Promise<VtyAnswer>;
}

export interface VtyOptions {
  readonly socketPath: string;
  readonly commandTimeoutMs: number;
}

/** Connects once. Rejects with `engine-unreachable`, or with `aborted`. */
export async function openVtySession(options: VtyOptions, signal: AbortSignal): Promise<VtySession> {
  const socket = await connectSocket(options.socketPath, signal);
  return startSession(socket, options);
}

function connectSocket(socketPath: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(aborted('connect', signal.reason));
      return;
    }
    const socket = connect(socketPath);
    const abort = () => {
      socket.destroy();
      reject(aborted('connect', signal.reason));
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (cause) => {
      signal.removeEventListener('abort', abort);
      reject(
        new EngineFailure(`bgpd does not answer at ${socketPath}: ${cause.message}. Is its container running?`, {
          code: 'engine-unreachable',
          engine: 'frr',
          operation: 'connect',
          retryable: true,
          cause,
        }),
      );
    });
  });
}

interface Waiting {
  readonly text: string;
  readonly resolve: (answer: VtyAnswer) => void;
  readonly reject: (failure: EngineFailure) => void;
}

function startSession(socket: Socket, options: VtyOptions): VtySession {
  let isEnded = false;
  let waiting: Waiting | undefined;
  let received: Buffer = Buffer.alloc(0);
  const turns = createTurns();
  const ended = Promise.withResolvers<EngineFailure>();

  socket.on('data', (bytes: Buffer) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    const answer = takeAnswer(received);
    if (!answer || !waiting) return;
    received = answer.rest;
    const { resolve } = waiting;
    waiting = undefined;
    resolve({ status: answer.status, output: answer.output });
  });
  // What follows an error is always 'close'; this keeps its words.
  let error: Error | undefined;
  socket.on('error', (thrown) => {
    error = thrown;
  });
  socket.on('close', () => {
    finish(closed(waiting?.text, error));
  });

  return {
    command: (text, signal) => turns.take(() => ask(text, signal)),
    ended: ended.promise,
    close: () => {
      socket.destroy();
    },
  };

  function ask(text: string, signal: AbortSignal): Promise<VtyAnswer> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(aborted(text, signal.reason));
        return;
      }
      if (isEnded) {
        void ended.promise.then(reject);
        return;
      }
      const timer = setTimeout(() => {
        finish(timeout(text, options.commandTimeoutMs));
      }, options.commandTimeoutMs);
      const abort = () => {
        finish(aborted(text, signal.reason));
      };
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      };
      signal.addEventListener('abort', abort, { once: true });
      waiting = {
        text,
        resolve: (answer) => {
          settle();
          resolve(answer);
        },
        reject: (failure) => {
          settle();
          reject(failure);
        },
      };
      socket.write(`${text}\0`);
    });
  }

  function finish(failure: EngineFailure): void {
    if (isEnded) return;
    isEnded = true;
    socket.destroy();
    waiting?.reject(failure);
    waiting = undefined;
    ended.resolve(failure);
  }
}

/** The first whole answer in the bytes; undefined while its end has not come. */
export function takeAnswer(
  bytes: Buffer,
): { readonly output: string; readonly status: number; readonly rest: Buffer } | undefined {
  // The text has no zero byte, so the mark can only stand at the end.
  const end = bytes.indexOf('\0\0\0', 0, 'latin1');
  const status = end < 0 ? undefined : bytes[end + 3];
  if (status === undefined) return undefined;
  return { output: bytes.toString('utf8', 0, end), status, rest: bytes.subarray(end + 4) };
}

function closed(command: string | undefined, cause: Error | undefined): EngineFailure {
  return new EngineFailure(`bgpd closed the connection${command === undefined ? '' : ` during "${command}"`}.`, {
    code: 'engine-lost',
    engine: 'frr',
    operation: command ?? 'wait',
    retryable: true,
    cause,
  });
}

function timeout(command: string, milliseconds: number): EngineFailure {
  return new EngineFailure(
    `bgpd has not answered "${command}" within ${String(milliseconds)} ms; the connection was closed.`,
    { code: 'engine-timeout', engine: 'frr', operation: command, retryable: true },
  );
}

function aborted(operation: string, cause: unknown): EngineFailure {
  return new EngineFailure(`"${operation}" was given up because the caller asked for it.`, {
    code: 'aborted',
    engine: 'frr',
    operation,
    retryable: false,
    cause,
  });
}

import { containers } from '@meshrs/contract';
import { connect, type Socket } from 'node:net';
import { createTurns } from '../async/turns.ts';
import type { EngineSession } from '../engine/engine-connection.ts';
import { EngineFailure } from '../engine/engine-failure.ts';
import { systemCode } from '../failure.ts';
import { quoted } from './answers.ts';
import { createAnswerReader, type AnswerReader, type VtyAnswer } from './vty-answer.ts';

export type { VtyAnswer } from './vty-answer.ts';

/**
 * One connection to bgpd's vty socket, as vtysh makes it: `command`, a zero byte; the answer's text, three zero bytes,
 * a status byte. One command is under way at a time; others wait their turn.
 */
export interface VtySession extends EngineSession {
  /**
   * Resolves with the answer, rejected or not. Rejects with an EngineFailure when the connection ends
   * (`engine-lost`), when nothing comes for the time of the deadline (`engine-timeout`), when the answer is longer than the
   * agent can hold (`answer-too-large`) and when `signal` aborts (`aborted`); the connection is then closed, because whose
   * answer comes next is not known. So it is after bytes that nobody asked for (`answer-not-asked-for`).
   */
  command(text: string, signal: AbortSignal): Promise<VtyAnswer>;
}

export interface VtyOptions {
  readonly socketPath: string;
  /** So long may bgpd say nothing while an answer is awaited. One that speaks is busy, however long its answer takes. */
  readonly commandTimeoutMs: number;
  /** Of an answer's text; 16 MiB when left out, of which the agent has to hold three at once. */
  readonly mostAnswerBytes?: number;
}

const defaultMostAnswerBytes = 16 * 1024 * 1024;

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
        new EngineFailure(
          `bgpd's socket ${socketPath}: ${systemCode(cause) || cause.message}; see "kubectl logs POD -c ${containers.engine.frr}".`,
          { code: 'engine-unreachable', engine: 'frr', operation: 'connect', retryable: true, cause },
        ),
      );
    });
  });
}

interface Waiting {
  readonly text: string;
  readonly reader: AnswerReader;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (answer: VtyAnswer) => void;
  readonly reject: (failure: EngineFailure) => void;
}

function startSession(
  socket: Socket,
  { commandTimeoutMs, mostAnswerBytes = defaultMostAnswerBytes }: VtyOptions,
): VtySession {
  let isEnded = false;
  let waiting: Waiting | undefined;
  const turns = createTurns();
  const ended = Promise.withResolvers<EngineFailure>();

  socket.on('data', (bytes: Buffer) => {
    if (isEnded) return;
    if (!waiting) {
      finish(notAskedFor(bytes));
      return;
    }
    const { text, reader, timer, resolve } = waiting;
    timer.refresh();
    const reading = reader.read(bytes);
    if (reading.kind === 'too-large') finish(tooLarge(text, mostAnswerBytes));
    if (reading.kind !== 'whole') return;
    waiting = undefined;
    resolve(reading.answer);
    if (reading.isFollowed) finish(notAskedFor(bytes));
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
        finish(timeout(text, commandTimeoutMs));
      }, commandTimeoutMs);
      const abort = () => {
        finish(aborted(text, signal.reason));
      };
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      };
      signal.addEventListener('abort', abort, { once: true });
      const reader = createAnswerReader(mostAnswerBytes);
      waiting = { text, timer, reader, ...settledBy(settle, resolve, reject) };
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

/** Each ends what was set up for the wait, first. */
function settledBy(
  settle: () => void,
  resolve: Waiting['resolve'],
  reject: Waiting['reject'],
): Pick<Waiting, 'resolve' | 'reject'> {
  return {
    resolve: (answer) => {
      settle();
      resolve(answer);
    },
    reject: (failure) => {
      settle();
      reject(failure);
    },
  };
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
    `bgpd has not answered "${command}", and said nothing for ${String(milliseconds)} ms; the connection was closed.`,
    { code: 'engine-timeout', engine: 'frr', operation: command, retryable: true },
  );
}

function tooLarge(command: string, mostBytes: number): EngineFailure {
  return new EngineFailure(
    `bgpd's answer to "${command}" has more than ${String(mostBytes)} bytes, which is more than the agent can hold; the connection was closed.`,
    { code: 'answer-too-large', engine: 'frr', operation: command, retryable: true },
  );
}

function notAskedFor(bytes: Buffer): EngineFailure {
  return new EngineFailure(
    `bgpd sent what nobody asked for: ${quoted(bytes.toString('latin1', 0, 60))}. The connection was closed, because it could be taken for the next answer.`,
    { code: 'answer-not-asked-for', engine: 'frr', operation: 'wait', retryable: true },
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

import type { Clock } from '../async/clock.ts';
import type { Socket } from 'node:net';
import { answerTo, headOf, textAnswer, type Answer, type LaterAnswer } from './answer.ts';
import type { Standing } from './choose-who-goes.ts';
import type { ListenerLimits, Refusal } from './limits.ts';
import { createHeadReader, type RequestHead } from './request-head.ts';
import type { TurnsBySource } from './turns-by-source.ts';
import { writeAnswer } from './write-answer.ts';

/** One connection with its one request. */
export interface Connection extends Standing {
  readonly deadlineMs: number;
  /** When its reader last took something of a large answer; without end while it is made. */
  readonly progressMs: number;
  /** What it is too late for once the deadline is over. */
  readonly lateFor: Refusal;
  /** Ends it because the agent ends. */
  end(): void;
  /** Ends it at once: nothing of it stays, neither here nor in the kernel. */
  refuse(reason: Refusal): void;
}

export interface ConnectionOptions {
  readonly limits: ListenerLimits;
  readonly turns: TurnsBySource<Connection>;
  readonly clock: Clock;
  readonly answer: (method: string, path: string) => Answer | LaterAnswer;
  readonly onRefused: (reason: Refusal) => void;
  readonly onClosed: (connection: Connection) => void;
}

const complaints: Readonly<Record<400 | 431 | 505, string>> = {
  400: 'This is no HTTP request.\n',
  431: 'The head of the request is too long.\n',
  505: 'Only HTTP/1 is spoken here.\n',
};

/**
 * Serves a connection: one request, one answer, and the end. Everything that it waits for has a deadline.
 *
 * Long: what a connection goes through, in order.
 */
export function openConnection(socket: Socket, source: string, options: ConnectionOptions): Connection {
  const { limits, turns, clock, onRefused } = options;
  const readHead = createHeadReader(limits.headBytes);
  const state = {
    source,
    isServed: false,
    deadlineMs: clock.monotonicMs() + limits.headMs,
    progressMs: Number.POSITIVE_INFINITY,
    lateFor: 'slow-head' as Refusal,
    end: () => socket.destroy(),
    refuse,
  };
  let hasRequest = false;
  let isRefused = false;
  let hasEnded = false;

  socket.on('data', (piece: Buffer) => {
    // Behind the request there is nothing that belongs here.
    const head = hasRequest ? undefined : readHead(piece);
    giveBack(piece);
    if (!head) socket.destroy();
    else if (head.kind !== 'incomplete') takeRequest(head);
  });
  // Half a request is none; behind a whole one the end of sending means nothing.
  socket.on('end', () => {
    if (!hasRequest) socket.destroy();
  });
  // A connection that breaks is closed next; nobody needs to know why.
  socket.on('error', ignore);
  socket.on('close', leave);
  return state;

  function takeRequest(head: Exclude<RequestHead, { readonly kind: 'incomplete' }>): void {
    hasRequest = true;
    // What follows stays in the kernel until the answer has gone: to read on costs more than to send.
    socket.pause();
    socket.on('finish', () => {
      if (isRefused) socket.destroy();
      else socket.resume();
    });
    if (head.kind === 'refused') {
      onRefused(head.status === 431 ? 'long-head' : 'no-http');
      isRefused = true;
      send('GET', textAnswer(head.status, complaints[head.status]));
      return;
    }
    const answer = options.answer(head.method, head.path);
    if ('body' in answer) {
      send(head.method, answer);
      return;
    }
    // Made when its turn comes: an answer that waits would hold a body that is old by then.
    wait(limits.answerMs, 'no-answer');
    turns.enter(state, source, () => {
      state.isServed = true;
      void answer.make().then((made) => {
        send(head.method, answerTo(made, head.ifNoneMatch));
      });
    });
  }

  function refuse(reason: Refusal): void {
    if (hasEnded) return;
    onRefused(reason);
    // A reset, because a polite end would leave the unsent bytes to the kernel.
    socket.resetAndDestroy();
    leave();
  }

  /** At once: who was refused counts no more when the next one comes. */
  function leave(): void {
    if (hasEnded) return;
    hasEnded = true;
    turns.leave(state);
    options.onClosed(state);
  }

  function wait(milliseconds: number, lateFor: Refusal): void {
    state.deadlineMs = clock.monotonicMs() + milliseconds;
    state.lateFor = lateFor;
  }

  function send(method: string, answer: Answer): void {
    if (hasEnded) return;
    writeAnswer(socket, { head: headOf(answer, clock), body: method === 'HEAD' ? undefined : answer.body }, () => {
      state.progressMs = clock.monotonicMs();
      wait(limits.stallMs, 'slow-reader');
    });
  }
}

function ignore(): void {
  // Nothing is to be done.
}

/** Memory of a flood at once: the collector leaves tens of MiB of such pieces before it looks. */
function giveBack({ buffer, length }: Buffer): void {
  if (length > 8192 && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

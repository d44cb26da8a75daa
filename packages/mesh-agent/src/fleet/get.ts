import { ports, shown } from '@meshrs/contract';
import http from 'node:http';
import { startTimer } from '../async/timer.ts';
import { systemCode } from '../failure.ts';

/** An agent answers within milliseconds; one that needs longer does not hold up the look at the others. */
const answerTimeoutMs = 2000;
/**
 * That time is counted in parts, each of which ends no sooner than the process has come to it: one that was held up for two seconds has not
 * waited for anybody in these.
 */
const partMs = 200;
/** Of what somebody else wrote, in a message. */
const longestReason = 200;

export interface StatusRequest {
  readonly address: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly largestBytes: number;
  readonly signal: AbortSignal;
  /** Called with each piece of a body, which it must copy. What it throws ends the request, and is thrown. */
  readonly onPiece: (piece: Buffer) => void;
}

export interface StatusResponse {
  readonly status: 200 | 304 | 404;
  readonly headers: http.IncomingHttpHeaders;
}

/** Each request has a connection of its own, which the agent ends. */
const sockets = new http.Agent({ keepAlive: false });

/** An agent that gave no answer, or none that is read; the message is one line for people. */
export class NoAnswer extends Error {}

/**
 * Asks the agent of a pod. Only what is said with 200 has a body.
 * @throws NoAnswer, and whatever `onPiece` throws
 */
export async function get(request: StatusRequest): Promise<StatusResponse> {
  const { address, path, largestBytes, signal, onPiece } = request;
  // Taken down with the answer: what `AbortSignal.timeout` holds stays for all of its time, of 500 requests 15 MiB.
  const ending = new AbortController();
  const end = () => {
    ending.abort();
  };
  const late = new AbortController();
  const stopTime = afterOwnTime(() => {
    late.abort();
    end();
  });
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  let response: http.IncomingMessage | undefined;
  try {
    response = await begin(request, ending.signal);
    const { statusCode: status, headers } = response;
    if (status === 304 || status === 404) return { status, headers };
    if (status !== 200) throw new NoAnswer(`status ${String(status)}`);
    let length = 0;
    for await (const piece of response as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > largestBytes) throw new NoAnswer(`more than ${String(largestBytes)} bytes`);
      try {
        onPiece(piece);
      } catch (thrown) {
        throw new NotTaken(thrown);
      }
      giveBack(piece);
    }
    return { status, headers };
  } catch (thrown) {
    if (thrown instanceof NotTaken) throw thrown.cause;
    const why = late.signal.aborted ? `no answer within ${String(answerTimeoutMs / 1000)} s` : messageOf(thrown);
    throw new NoAnswer(`GET ${path} of ${address}: ${why}`, { cause: thrown });
  } finally {
    stopTime();
    signal.removeEventListener('abort', end);
    response?.destroy();
  }
}

/** Calls `work` after `answerTimeoutMs` in which this process ran, and has read what had arrived by then. Returns what stops that. */
function afterOwnTime(work: () => void): () => void {
  let partsLeft = answerTimeoutMs / partMs;
  let reading: NodeJS.Immediate | undefined;
  const next = () => {
    partsLeft -= 1;
    if (partsLeft > 0) timer = startTimer(next, partMs);
    // Timers come before sockets in a turn of the loop, and this after them.
    else reading = setImmediate(work);
  };
  let timer = startTimer(next, partMs);
  return () => {
    clearTimeout(timer);
    clearImmediate(reading);
  };
}

/**
 * Memory of an answer at once: the collector leaves tens of MiB of such pieces before it looks. Nothing else of a piece is
 * used: it is the end of what was read from the socket in one go, and that was parsed before it came here.
 */
function giveBack({ buffer, byteOffset, length }: Buffer): void {
  const isLast = byteOffset + length === buffer.byteLength;
  if (isLast && length > 8192 && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

class NotTaken extends Error {
  constructor(cause: unknown) {
    super('not taken', { cause });
  }
}

/** The head of an answer. However a connection ends, and when the signal aborts, this ends, too. */
function begin({ address, path, headers }: StatusRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const end = () => {
      reject(new NoAnswer('the connection ended without an answer'));
    };
    signal.addEventListener('abort', end, { once: true });
    http
      .get({ host: address, port: ports.agent, path, signal, agent: sockets, ...(headers && { headers }) })
      .on('response', resolve)
      .on('upgrade', (_, socket) => {
        socket.destroy();
        end();
      })
      .on('error', reject)
      .on('close', end);
  });
}

function messageOf(thrown: unknown): string {
  return shown(systemCode(thrown) || (thrown instanceof Error ? thrown.message : String(thrown)), longestReason);
}

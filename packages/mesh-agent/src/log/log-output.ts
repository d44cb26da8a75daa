import { constants, openSync, writeSync } from 'node:fs';
import net from 'node:net';
import { systemCode } from '../failure.ts';

/** Where log lines go, which may be full or gone at any time; that never holds up who logs. */
export interface LogOutput {
  readonly write: (line: string) => void;
  /** Lines that nobody will see: they came while the output was full, or gone. */
  readonly droppedCount: () => number;
  /** Is told, when the output takes lines again, how many were dropped since it did. */
  readonly onRecovered: (listener: (dropped: number) => void) => void;
  /** Writes what still waits, for a process that ends; gives up after a moment. */
  readonly flush: () => void;
}

/** What waits for a full output; beyond it lines are dropped. */
const largestWaitingBytes = 2 ** 20;
const retryMs = 100;
const flushMs = 500;

/**
 * Writes lines at once, so that none is lost when the process is killed, and keeps some of those for which there is no room.
 * pino's own output has no such mode: it sleeps while a pipe is full, or writes later, in a thread that then hangs at the end
 * of the process.
 */
export function openLogOutput(fd: number): LogOutput {
  const target = withoutBlocking(fd);
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let droppedSince = 0;
  let tellRecovered: (dropped: number) => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;

  return {
    write: (line) => {
      const bytes = Buffer.from(line);
      if (waitingBytes + bytes.length > largestWaitingBytes) {
        dropped += 1;
        droppedSince += 1;
        return;
      }
      waiting.push(bytes);
      waitingBytes += bytes.length;
      // Who waits already is asked again by the timer; each line would ask the same.
      if (timer === undefined) writeWaiting();
    },
    droppedCount: () => dropped,
    onRecovered: (listener) => {
      tellRecovered = listener;
    },
    flush: () => {
      const pause = new Int32Array(new SharedArrayBuffer(4));
      for (let waitedMs = 0; waiting.length > 0 && waitedMs < flushMs; waitedMs += 10) {
        writeWaiting();
        if (waiting.length > 0) Atomics.wait(pause, 0, 0, 10);
      }
    },
  };

  function writeWaiting(): void {
    clearTimeout(timer);
    timer = undefined;
    try {
      for (let [first] = waiting; first; [first] = waiting) {
        const written = writeSync(target.fd, first);
        waitingBytes -= written;
        if (written < first.length) waiting[0] = first.subarray(written);
        else waiting.shift();
      }
    } catch (thrown) {
      // Its reader has gone: nobody will read what waits.
      if (systemCode(thrown) !== 'EAGAIN') dropWaiting();
      timer = setTimeout(writeWaiting, retryMs).unref();
      return;
    }
    if (droppedSince === 0) return;
    const lost = droppedSince;
    droppedSince = 0;
    tellRecovered(lost);
  }

  function dropWaiting(): void {
    dropped += waiting.length;
    droppedSince += waiting.length;
    waiting = [];
    waitingBytes = 0;
  }
}

/**
 * The same output, which answers EAGAIN where it would block. A pipe is opened anew, as a mode that is set on it would be
 * everybody's who has it; a socket cannot be.
 */
function withoutBlocking(fd: number): { readonly fd: number; readonly socket?: net.Socket } {
  try {
    return {
      fd: openSync(`/proc/self/fd/${String(fd)}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK),
    };
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENXIO') return { fd };
    // It is kept: without it the descriptor would be closed.
    return { fd, socket: new net.Socket({ fd, readable: false, writable: true }) };
  }
}

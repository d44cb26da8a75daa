import type { Socket } from 'node:net';

/** An answer up to this size is given to the kernel whole, which always has room for it in a new connection. */
const smallBytes = 16_384;
/** A larger one goes piece by piece: what the kernel has not taken costs nothing, since all readers share the body. */
const pieceBytes = 65_536;

/**
 * Writes an answer and ends the sending side; the reader closes when it has everything, and until then the answer may be in
 * the kernel. `onProgress` is called whenever something more was given to the kernel.
 */
export function writeAnswer(
  socket: Socket,
  { head, body = Buffer.alloc(0) }: { readonly head: string; readonly body: Buffer | undefined },
  onProgress: () => void,
): void {
  if (body.length <= smallBytes) {
    onProgress();
    socket.end(Buffer.concat([Buffer.from(head), body]));
    return;
  }
  // Otherwise the last piece would wait for the reader's system to acknowledge the one before.
  socket.setNoDelay(true);
  socket.write(head);
  writeFrom(0);

  function writeFrom(from: number): void {
    if (socket.destroyed) return;
    onProgress();
    const to = from + pieceBytes;
    if (to >= body.length) socket.end(body.subarray(from));
    else
      socket.write(body.subarray(from, to), () => {
        writeFrom(to);
      });
  }
}

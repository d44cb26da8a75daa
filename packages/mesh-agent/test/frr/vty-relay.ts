import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

/** How a command ends that does not reach bgpd. */
export type Fault =
  /** The connection breaks. */
  | 'breaks'
  /** It is never answered. */
  | 'is silent'
  | 'rejects';

/** A unix socket that leads to a bgpd's vty, and on the way to which commands fail. */
export interface VtyRelay {
  readonly socketPath: string;
  /** The next command that matches fails; the relay is whole again afterwards. Returns whether it has come. */
  failNext(matching: RegExp, fault: Fault): () => boolean;
  close(): Promise<void>;
}

let count = 0;

export async function startVtyRelay(bgpd: Bgpd): Promise<VtyRelay> {
  count += 1;
  const socketPath = join(bgpd.folder, `relay${String(count)}.vty`);
  let next: { readonly matching: RegExp; readonly fault: Fault } | undefined;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(bgpd.socketPath);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      // What follows an error is always 'close'.
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    far.pipe(near);
    // A session has one command on its way at a time.
    near.on('data', (bytes: Buffer) => {
      const fault = next?.matching.test(bytes.toString()) === true ? next.fault : undefined;
      if (!fault) {
        far.write(bytes);
        return;
      }
      next = undefined;
      if (fault === 'breaks') near.destroy();
      if (fault === 'rejects') near.write(Buffer.from('% no\0\0\0\x01'));
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));

  return {
    socketPath,
    failNext: (matching, fault) => {
      const failing = { matching, fault };
      next = failing;
      return () => next !== failing;
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

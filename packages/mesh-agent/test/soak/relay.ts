import net, { type Socket } from 'node:net';

/** What passes on connections until it is told otherwise. */
export interface Relay {
  /** Holds what comes, on connections old and new. */
  hold(): void;
  /** Ends all connections, and each new one, until `pass`. */
  refuse(): void;
  pass(): void;
  close(): void;
}

/** Leads from a unix socket to a port. */
export async function startRelay(socket: string, to: { readonly host: string; readonly port: number }): Promise<Relay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let mode: 'passes' | 'holds' | 'refuses' = 'passes';
  const each = (what: (one: Socket) => void) => {
    for (const pair of pairs) pair.forEach(what);
  };
  const server = net.createServer((near) => {
    if (mode === 'refuses') {
      near.destroy();
      return;
    }
    const pair = [near, net.connect(to)] as const;
    pairs.add(pair);
    join(...pair);
    near.on('close', () => pairs.delete(pair));
    if (mode === 'holds') pair.forEach((one) => one.pause());
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    hold: () => {
      mode = 'holds';
      each((one) => one.pause());
    },
    refuse: () => {
      mode = 'refuses';
      each((one) => one.destroy());
    },
    pass: () => {
      mode = 'passes';
      each((one) => one.resume());
    },
    close: () => {
      each((one) => one.destroy());
      server.close();
    },
  };
}

/** What comes on one goes to the other, and so does the end. */
export function join(one: Socket, other: Socket): void {
  const lead = (from: Socket, to: Socket) => {
    from.on('data', (piece) => to.write(piece));
    from.on('end', () => to.end());
    // What follows an error is always 'close'.
    from.on('error', () => undefined);
    from.on('close', () => to.destroy());
  };
  lead(one, other);
  lead(other, one);
}

import net from 'node:net';

/*
 * A process that attacks an HTTP port until it is ended: `node attack.ts KIND ADDRESS PORT CONNECTIONS SOURCES`. It keeps so
 * many connections, reopens each that ends, and tells its parent twice a second how many it has and has had.
 */

const fields = Buffer.from('x: y\r\n'.repeat(10_000));
const garbage = Buffer.from('\x16\x03\x01\0\xff'.repeat(10_000));

/** What is done to each connection. */
const kinds: Readonly<Record<string, (socket: net.Socket) => void>> = {
  /** Nothing is ever sent. */
  idle: () => undefined,
  /** An answer is asked for and never read. */
  'slow-reader': (socket) => {
    socket.pause();
    socket.write('GET /status HTTP/1.1\r\nhost: x\r\n\r\n');
  },
  /** An answer is read so slowly that it always goes on. */
  'trickle-reader': (socket) => {
    socket.write('GET /status HTTP/1.1\r\nhost: x\r\n\r\n');
    socket.on('data', () => {
      socket.pause();
      setTimeout(() => socket.resume(), 200);
    });
  },
  /** A head that never ends, a byte now and then. */
  'slow-sender': (socket) => {
    socket.write('GET /healthz HTTP/1.1\r\nx: ');
    every(socket, 2000, 'x');
  },
  /** 4000 requests at once, whose answers are never read. */
  pipelined: (socket) => {
    socket.pause();
    socket.write('GET /status HTTP/1.1\r\n\r\n'.repeat(4000));
  },
  'endless-head': (socket) => {
    socket.write('GET /healthz HTTP/1.1\r\n');
    flood(socket, fields);
  },
  garbage: (socket) => {
    flood(socket, garbage);
  },
  'endless-body': (socket) => {
    socket.write('POST /healthz HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n');
    flood(socket, garbage);
  },
  /** The side that asks has ended, without a request. */
  'half-open': (socket) => {
    socket.end();
  },
  /** Right requests, as fast as they are answered; the connection stays. */
  asking: (socket) => {
    socket.write('GET /readyz HTTP/1.1\r\n\r\n');
  },
  /** A connection that is gone before it is taken. */
  reset: (socket) => {
    socket.resetAndDestroy();
  },
};

function every(socket: net.Socket, milliseconds: number, text: string): void {
  const timer = setInterval(() => socket.writableLength === 0 && socket.write(text), milliseconds);
  socket.on('close', () => {
    clearInterval(timer);
  });
}

function flood(socket: net.Socket, bytes: Buffer): void {
  socket.write(bytes, (error) => {
    if (!error && !socket.destroyed) setImmediate(flood, socket, bytes);
  });
}

const [, , kind = '', address = '', port, connections, sources] = process.argv;
const attack = kinds[kind];
if (!attack) throw new Error(`There is no attack "${kind}"; there is ${Object.keys(kinds).join(', ')}.`);
let opened = 0;
const open = new Set<net.Socket>();

function start(place: number): void {
  const source = Number(sources) === 1 ? 1 : place % Number(sources);
  const socket = net.connect({
    host: address,
    port: Number(port),
    localAddress: `127.250.${String(source >> 8)}.${String(source & 255 || 1)}`,
    allowHalfOpen: true,
  });
  socket.on('connect', () => {
    opened += 1;
    open.add(socket);
    attack?.(socket);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // What the other end does to a connection is expected; Node has raised the limit of files as far as it may.
    if (error.code === 'EMFILE') throw error;
  });
  // Who is sent away politely stays all the same, as long as the other end bears it.
  socket.on('close', () => {
    open.delete(socket);
    // Where the machine has no port left, none is free at once.
    if (socket.connecting) setTimeout(start, 100, place);
    else setImmediate(start, place);
  });
}

for (let place = 0; place < Number(connections); place++) start(place);
setInterval(() => process.send?.({ opened, open: open.size }), 500);
process.on('disconnect', () => process.exit());

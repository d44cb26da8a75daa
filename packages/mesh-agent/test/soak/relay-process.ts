import net from 'node:net';
import { join } from './relay.ts';

/* Listens inside of a network without a way out, and leads to a unix socket: `node relay-process.ts ADDRESS PORT SOCKET`. */

const [, , address = '', port, socket = ''] = process.argv;
net
  .createServer((near) => {
    join(near, net.connect(socket));
  })
  .listen({ host: address, port: Number(port) }, () => process.stdout.write('listens\n'));

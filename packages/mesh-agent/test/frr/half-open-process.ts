import { connect } from 'node:net';

/*
 * Holds TCP connections to a route server, says nothing on them, and makes each again that is ended: one an address, from a
 * first one on. Arguments: route server, first address, count, milliseconds before it comes again.
 */
const [remote = '', first = '', count = '', retryMs = ''] = process.argv.slice(2);
const [a = 0, b = 0, c = 0, d = 0] = first.split('.').map(Number);

process.on('disconnect', () => {
  process.exit(0);
});
for (let index = 0; index < Number(count); index++) {
  const last = c * 256 + d + index;
  hold([a, b, last >> 8, last & 255].join('.'));
}

function hold(localAddress: string): void {
  const socket = connect({ host: remote, port: 179, localAddress });
  // What bgpd says is taken, so that its end is seen.
  socket.resume();
  // What follows an error is always 'close'.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    setTimeout(hold, Number(retryMs), localAddress);
  });
}

import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isPortTaken, listens } from './listening-ports.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1FF5 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 00000000:00B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 0100007F:2000 0100007F:1FF6 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
`;

describe('whether somebody listens at a port', () => {
  it.each([
    [8181, true],
    [179, true],
    [8192, false],
    [8182, false],
    [1, false],
  ])('is read of the kernel: %i, %j', (port, is) => {
    expect(listens(table, port)).toBe(is);
  });

  it('is seen of a real listener without connecting to it', async () => {
    let connections = 0;
    const server = createServer(() => (connections += 1));
    onTestFinished(() => {
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : -1;

    expect(await isPortTaken(port)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortTaken(port)).toBe(false);
    expect(connections).toBe(0);
  });
});

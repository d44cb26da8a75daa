import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { afterEach, describe, expect, it } from 'vitest';
import { machineClock } from '../async/clock.ts';
import { createLog } from '../log/log.ts';
import { startHttpServer, type HttpOptions } from './server.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(change: Partial<HttpOptions> = {}) {
  const address = change.address ?? anyLoopbackAddress();
  const lines: string[] = [];
  const refused: string[] = [];
  const close = await startHttpServer({
    address,
    inside: undefined,
    log: createLog({ write: (line) => lines.push(line), secrets: [], base: {} }),
    clock: machineClock,
    readiness: () => servingStatus.readiness,
    updateReadiness: () => undefined,
    status: () => Promise.resolve(servingStatus),
    away: () => [],
    changes: () => 0,
    metrics: {
      render: () => Promise.resolve('up 1\n'),
      contentType: 'text/plain',
      httpRefused: (listener, reason) => refused.push(`${listener} ${reason}`),
    },
    droppedLogLines: () => 0,
    ...change,
  });
  cleanups.push(close);
  return { address, lines, refused };
}

/** All that comes back for some bytes, until the other end closes. */
function send(address: string, port: number, bytes: string, { isHalfClosed = false } = {}): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect({ host: address, port, allowHalfOpen: true }, () => {
      if (isHalfClosed) socket.end(bytes);
      else socket.write(bytes);
    });
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
    });
    socket.on('end', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(text);
    });
  });
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const firstLine = (text: string) => text.split('\r\n')[0];

describe('the HTTP server', () => {
  it.each([
    [8180, '/healthz', 'HTTP/1.1 200 OK'],
    [8180, '/readyz', 'HTTP/1.1 200 OK'],
    [8180, '/status', 'HTTP/1.1 404 Not Found'],
    [8180, '/metrics', 'HTTP/1.1 404 Not Found'],
    [8179, '/healthz', 'HTTP/1.1 200 OK'],
    [8179, '/readyz', 'HTTP/1.1 200 OK'],
    [8179, '/status', 'HTTP/1.1 200 OK'],
    [8179, '/metrics', 'HTTP/1.1 200 OK'],
    [8180, '/clients', 'HTTP/1.1 404 Not Found'],
    [8179, '/clients', 'HTTP/1.1 200 OK'],
    [8179, '/constructor', 'HTTP/1.1 404 Not Found'],
  ])('answers at port %i %s', async (port, path, line) => {
    const { address } = await start();
    expect(firstLine(await send(address, port, get(path)))).toBe(line);
  });

  it('answers the first request of a connection and no other, and says that it closes', async () => {
    const { address } = await start();
    const text = await send(address, 8179, get('/healthz').repeat(100));
    expect(text.split('HTTP/1.1 ')).toHaveLength(2);
    expect(text).toContain('\r\nconnection: close\r\n');
  });

  it.each([
    ['a request whose sender has ended', get('/healthz'), true, 'HTTP/1.1 200 OK'],
    ['a write', 'POST /status HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc', false, 'HTTP/1.1 405 Method Not Allowed'],
    ['TLS', '\x16\x03\x01', false, 'HTTP/1.1 400 Bad Request'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\n', false, 'HTTP/1.1 505 HTTP Version Not Supported'],
    ['a head that is too long', `GET / HTTP/1.1\r\nx: ${'y'.repeat(9000)}`, false, 'HTTP/1.1 431 '],
    ['half a request', 'GET /healthz HTTP', true, ''],
  ])('answers %s', async (_, bytes, isHalfClosed, line) => {
    const { address } = await start();
    expect(firstLine(await send(address, 8179, bytes, { isHalfClosed }))).toContain(line);
  });

  it('says by HEAD how much there is, and gives nothing of it', async () => {
    const { address } = await start();
    expect(await send(address, 8179, 'HEAD /healthz HTTP/1.1\r\n\r\n')).toMatch(/content-length: 3\r\n[^]*\r\n\r\n$/);
  });

  it('makes /status once for all who ask in a second, however large it is', async () => {
    let made = 0;
    let nowMs = 0;
    const sessions = Array.from({ length: 5000 }, () => ({ note: 'x'.repeat(400) }));
    const { address } = await start({
      // No second passes by itself, however long a busy machine takes for 60 MB, and no reader is late.
      clock: { ...machineClock, monotonicMs: () => nowMs },
      status: () => {
        made += 1;
        return Promise.resolve({ ...servingStatus, sessions } as never);
      },
    });
    const answers = await Promise.all(Array.from({ length: 30 }, () => send(address, 8179, get('/status'))));
    expect(made).toBe(1);
    for (const answer of answers) {
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      expect(head).toContain(`content-length: ${String(body.length)}`);
      expect(body.length).toBeGreaterThan(2e6);
    }
    nowMs += 999;
    await send(address, 8179, get('/status'));
    expect(made).toBe(1);
    nowMs += 1;
    await send(address, 8179, get('/status'));
    expect(made).toBe(2);
  });

  it('says that an answer could not be made, and why in the log', async () => {
    const { address, lines } = await start({ status: () => Promise.reject(new Error('no sessions')) });
    expect(firstLine(await send(address, 8179, get('/status')))).toBe('HTTP/1.1 500 Internal Server Error');
    expect(lines.join('')).toContain('no sessions');
    expect(firstLine(await send(address, 8180, get('/healthz')))).toBe('HTTP/1.1 200 OK');
  });

  it('is not ended by readiness that cannot be told', async () => {
    const { address } = await start({
      readiness: () => {
        throw new Error('unknown');
      },
    });
    expect(firstLine(await send(address, 8180, get('/readyz')))).toBe('HTTP/1.1 500 Internal Server Error');
  });

  it('shows at /readyz no more of a list than a reader takes in', async () => {
    const clients = Array.from({ length: 5000 }, (_, index) => `10.0.${String(index >> 8)}.${String(index & 255)}`);
    const { address } = await start({
      readiness: () => ({
        isReady: false,
        since: servingStatus.agent.now,
        reasons: [{ kind: 'clients-not-back', clients }],
      }),
    });
    const [head, body = ''] = (await send(address, 8180, get('/readyz'))).split('\r\n\r\n');
    expect(head).toContain('503 Service Unavailable');
    expect(JSON.parse(body)).toMatchObject({ reasons: [{ kind: 'clients-not-back', clients: clients.slice(0, 20) }] });
  });

  it('ends who sends no request in time, and tells of it once', async () => {
    const { address, lines, refused } = await start();
    await Promise.all(Array.from({ length: 5 }, () => send(address, 8180, 'GET /')));
    expect(refused).toEqual(Array.from({ length: 5 }, () => 'probes slow-head'));
    expect(lines.filter((line) => line.includes('"http-refused"'))).toHaveLength(1);
  });

  it('answers a probe whose request comes late, as on a node that has no CPU for kubelet', async () => {
    const { address } = await start();
    const socket = net.connect({ host: address, port: 8180 });
    await sleep(2500);
    socket.write(get('/healthz'));
    expect(firstLine((await socket.take(1).toArray()).join(''))).toBe('HTTP/1.1 200 OK');
  });

  it.each([
    [8179, 'agent'],
    [8180, 'probes'],
  ])('fails where port %i is taken, and leaves the other one', async (port, name) => {
    const address = anyLoopbackAddress();
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen({ host: address, port, reusePort: true }, resolve));
    await expect(start({ address })).rejects.toThrow(
      `The agent cannot listen on ${address} port ${String(port)} (EADDRINUSE), its port "${name}". POD_IP must be an address of this pod, and no other process may have the port; in the host's network (exposure: hostNetwork) that means no other process of the node.`,
    );
    await new Promise((resolve) => other.close(resolve));
    await start({ address });
  });

  it('does not share its ports with a second agent', async () => {
    const { address } = await start();
    await expect(start({ address })).rejects.toMatchObject({ code: 'address-not-available' });
  });

  it('also listens inside the pod, where a port-forward arrives, and there for no probes', async () => {
    const inside = anyLoopbackAddress();
    await start({ inside });
    expect(firstLine(await send(inside, 8179, get('/status')))).toBe('HTTP/1.1 200 OK');
    expect(await send(inside, 8180, get('/healthz'))).toBe('');
  });

  it('does all else where another process has the place inside, and says so', async () => {
    const inside = anyLoopbackAddress();
    const first = await start({ inside });
    const second = await start({ inside });
    expect(firstLine(await send(second.address, 8179, get('/status')))).toBe('HTTP/1.1 200 OK');
    expect(first.lines.filter((line) => line.includes('http-not-inside'))).toEqual([]);
    expect(second.lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({
        ...{ event: 'http-not-inside', level: 'warn', address: inside, port: 8179 },
        failure: expect.objectContaining({ code: 'address-not-available' }) as object,
      }),
    ]);
  });
});

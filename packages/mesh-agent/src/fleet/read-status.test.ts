import { createClientBook, ports, type AgentStatus } from '@meshrs/contract';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import fc from 'fast-check';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStatus } from './read-status.ts';

const address = anyLoopbackAddress();
const sockets = new Set<Socket>();
let behave: (socket: Socket) => void = (socket) => socket.destroy();
const server = createServer((socket) => {
  sockets.add(socket);
  // A reader that has had enough resets the connection.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
  socket.once('data', () => {
    behave(socket);
  });
});
beforeAll(() => new Promise<void>((resolve) => server.listen(ports.agent, address, resolve)));
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(resolve));
});

const book = createClientBook();
const ask = () => readStatus(address, book, new AbortController().signal);
const response = (body: string | Buffer, { status = '200 OK', headers = '' } = {}) =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status}\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\n${headers}\r\n`),
    Buffer.from(body),
  ]);

async function reasonOf(behaviour: (socket: Socket) => void): Promise<string> {
  behave = behaviour;
  const answer = await ask();
  if (answer.ok) throw new Error('it was taken for a status');
  expect(answer.why.length).toBeLessThanOrEqual(300);
  // One line, and nothing that moves a cursor.
  expect(answer.why).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  return answer.why;
}

describe('an answer', () => {
  it('is a status, with the time that it took', async () => {
    behave = (socket) => socket.end(response(JSON.stringify(servingStatus)));
    const answer = await ask();
    expect(answer).toMatchObject({ ok: true, told: { agent: servingStatus.agent, settings: servingStatus.settings } });
    expect(answer.ok && answer.tookMs > 0 && answer.tookMs < 2000).toBe(true);
  });

  it('with more sessions than a route server has is not read, nor one that no book has room for', async () => {
    const session = {
      ...{ kind: 'range-client', state: 'idle', receivedPrefixes: 0, sentPrefixes: 0 },
      endOfRib: { received: false, sent: false },
    };
    const list = Array.from({ length: 20_001 }, (_, at) => ({
      ...session,
      address: `10.0.${String(at >> 8)}.${String(at & 255)}`,
    }));
    const told = (entries: readonly object[]) =>
      response(
        JSON.stringify({ ...servingStatus, sessions: { kind: 'read', ageMs: 1, list: entries, passedOver: [] } }),
      );
    expect(await reasonOf((socket) => socket.end(told(list)))).toContain('it tells of more than 20000 sessions');
    behave = (socket) => socket.end(told(list.slice(1)));
    expect(await ask()).toMatchObject({ ok: true, told: { clients: { columns: { count: 20_000 } } } });

    const full = createClientBook();
    for (let number = 0; number < 2 ** 19; number++) full.addresses.rowOfIpv4(number);
    behave = (socket) => socket.end(told(list.slice(0, 1)));
    expect(await readStatus(address, full, new AbortController().signal)).toMatchObject({
      ok: false,
      why: expect.stringContaining('together with others') as string,
    });
  });

  it('with a text which is no address where an address is shown is read', async () => {
    const group: AgentStatus['groups'][number] = {
      name: 'MESHRR-CORE',
      source: {
        kind: 'dns',
        description: 'dns core',
        isHealthy: false,
        doubt: { kind: 'many-leaving', leaving: [], since: '2026-11-22T00:00:00.000Z' },
      },
      published: ['eth0'],
      desired: ['none'],
      leftOut: [{ address: '', reason: 'own-address' }],
      observed: ['::1.2.3.4%eth0'],
    };
    behave = (socket) => socket.end(response(JSON.stringify({ ...servingStatus, groups: [group] })));
    expect(await ask()).toMatchObject({ ok: true, told: { clients: { kind: 'read' } } });
  });

  it.each([
    ['agent', { agent: { ...servingStatus.agent, address: 'eth0' } }, 'agent.address: "eth0" is not an address.'],
    ['eviction', { evictions: [{ address: 'x' }] }, 'evictions.0.address: "x" is not an address.'],
  ])('with a text which is no address in place of that of an %s is none', async (_, change, words) => {
    const body = JSON.stringify({ ...servingStatus, ...change });
    expect(await reasonOf((socket) => socket.end(response(body)))).toBe(
      `GET /status of ${address} is not understood: ${words}`,
    );
  });

  it.each<[string, (socket: Socket) => void, string]>([
    [
      'a redirect',
      (s) => s.end(response('', { status: '301 Moved', headers: 'location: http://127.0.0.1/\r\n' })),
      'status 301',
    ],
    ['no content', (s) => s.end('HTTP/1.1 204 No Content\r\n\r\n'), 'status 204'],
    ['a fault', (s) => s.end(response('x', { status: '500 Oops' })), 'status 500'],
    [
      'another protocol',
      (s) => s.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nhello'),
      'the connection ended without an answer',
    ],
    ['BGP', (s) => s.end(Buffer.alloc(29, 0xff)), 'HPE_INVALID_CONSTANT'],
    ['nothing', (s) => s.end(), 'ECONNRESET'],
    ['a reset', (s) => s.resetAndDestroy(), 'ECONNRESET'],
    ['a header without an end', (s) => s.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}`), 'HPE_HEADER_OVERFLOW'],
    [
      'a thousand headers',
      (s) => s.end(`HTTP/1.1 200 OK\r\n${'x: yyyyyyyyyyyyyyyy\r\n'.repeat(5000)}\r\n`),
      'HPE_HEADER_OVERFLOW',
    ],
    [
      'chunks that are none',
      (s) => s.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n'),
      'ECONNRESET',
    ],
    ['fewer bytes than said', (s) => s.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{'), 'ECONNRESET'],
    ['an empty body', (s) => s.end(response('')), 'is not understood: it is no JSON'],
    ['lists in lists', (s) => s.end(response('['.repeat(2_000_000))), 'is not understood: it is no JSON'],
    [
      'lists in lists, with an end',
      (s) => s.end(response(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)),
      'is not understood: : ',
    ],
    ['bytes of no text', (s) => s.end(response(Buffer.from([0x22, 0xff, 0xfe, 0x22]))), 'is not understood: : '],
    [
      'a version that is a novel',
      (s) => s.end(response(JSON.stringify({ formatVersion: `\u001b[2J\n${'x'.repeat(100_000)}` }))),
      'formatVersion: this program reads 1 and 2, and not \uFFFD[2J\uFFFDx',
    ],
    ['a key that is a novel', (s) => s.end(response(JSON.stringify({ ['k'.repeat(100_000)]: 1 }))), 'formatVersion: '],
  ])('of %s is none', async (_, behaviour, words) => {
    expect(await reasonOf(behaviour)).toContain(words);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['never begins', () => undefined],
    ['comes byte by byte', dripping({ text: 'HTTP/1.1 200 OK\r\n' })],
    [
      'has a body without an end, drop by drop',
      dripping({ beginning: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', piece: '1\r\n \r\n' }),
    ],
    ['is announced again and again', dripping({ piece: 'HTTP/1.1 103 Early Hints\r\n\r\n' })],
  ])('that %s is none after two seconds', async (_, behaviour) => {
    const began = performance.now();
    expect(await reasonOf(behaviour)).toBe(`GET /status of ${address}: no answer within 2 s`);
    expect(performance.now() - began).toBeLessThan(4000);
  });

  it('that goes on and on is none after 16 MiB', async () => {
    const flood = (socket: Socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(1024 * 1024, 0x20)));
      };
      socket.on('drain', more);
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      more();
    };
    expect(await reasonOf(flood)).toMatch(/more than 16777216 bytes|no answer within 2 s/);
  });

  it('is not waited for any longer when who asks has ended', async () => {
    behave = () => undefined;
    const ending = new AbortController();
    const asked = readStatus(address, book, ending.signal);
    ending.abort();
    expect(await asked).toMatchObject({ ok: false });
    expect(await readStatus(address, book, AbortSignal.abort())).toMatchObject({ ok: false });
  });

  it.each(['', 'eth0', '127.0.0.1/32', 'a b', '\r\n', '[::1', '999.0.0.1'])(
    'of what is no address is none: %j',
    async (text) => {
      const answer = await readStatus(text, book, new AbortController().signal);
      expect(answer.ok).toBe(false);
    },
  );
});

describe('whatever comes', () => {
  const never = async (bytes: Uint8Array | string) => {
    await reasonOf((socket) => socket.end(bytes));
  };

  it('as bytes is no status', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), never), { numRuns: 100 });
  });

  it('as the body of an answer is no status', async () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(body, async (value) => {
        await never(response(value));
      }),
      { numRuns: 150 },
    );
  });

  it('in place of a part of a status is that status or none, and never sessions that it does not have', async () => {
    const keys = Object.keys(servingStatus);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), fc.jsonValue(), async (key, value) => {
        behave = (socket) => socket.end(response(JSON.stringify({ ...servingStatus, [key]: value })));
        const answer = await ask();
        if (!answer.ok) expect(answer.why.length).toBeLessThanOrEqual(300);
        else if (key === 'sessions') expect(answer.told.clients).toEqual({ kind: 'unknown' });
        else expect(answer.told.clients).toMatchObject({ kind: 'read', ageMs: 0, columns: { count: 0 } });
      }),
      { numRuns: 150 },
    );
  });
});

/** Writes a beginning, and then the same piece (or the next byte of a text) ten times a second. */
function dripping({ beginning = '', text = '', piece }: { beginning?: string; text?: string; piece?: string }) {
  return (socket: Socket): void => {
    if (beginning !== '') socket.write(beginning);
    let index = 0;
    const timer = setInterval(() => {
      if (socket.destroyed) clearInterval(timer);
      else socket.write(piece ?? text.charAt(index++ % text.length));
    }, 100);
    socket.on('close', () => {
      clearInterval(timer);
    });
  };
}

import { areDiscarded, ports, writeClients, type BgpSession } from '@meshrs/contract';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { compareSides, nothingRemembered, seeRouteServer, type AgentAnswer } from '@meshrs/gate';
import { address as at } from '@meshrs/network/test-data';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import fc from 'fast-check';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFleetReader, type FleetReader } from './fleet-reader.ts';

const address = anyLoopbackAddress();
const sockets = new Set<Socket>();
let requests: string[] = [];
let behave: (socket: Socket, head: string) => void = (socket) => socket.destroy();
const server = createServer((socket) => {
  sockets.add(socket);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
  socket.once('data', (head) => {
    requests.push(head.toString('latin1'));
    behave(socket, head.toString('latin1'));
  });
});
beforeAll(() => new Promise<void>((resolve) => server.listen(ports.agent, address, resolve)));
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(resolve));
});

const session = (host: number): BgpSession => ({
  ...{ address: at(`192.0.2.${String(host)}`), kind: 'range-client', state: 'established', uptimeSeconds: 60 },
  ...{ establishedCount: 1, droppedCount: 0, receivedMessages: 3, receivedPrefixes: 1, sentPrefixes: 1 },
  endOfRib: { received: true, sent: true },
});
const told = (...list: readonly BgpSession[]) =>
  ({ ...servingStatus, sessions: { kind: 'read', ageMs: 40, list, passedOver: [] } }) as const;
const body = (...list: readonly BgpSession[]) => writeClients(told(...list), () => 7).text;
const response = (text: string, fields: Readonly<Record<string, string>> = {}, status = '200 OK') =>
  [
    `HTTP/1.1 ${status}`,
    ...(status.startsWith('304') ? [] : [`content-length: ${String(Buffer.byteLength(text))}`]),
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
    '',
    text,
  ].join('\r\n');
const tag = 'W/"one"';
const fieldsAt = (atMs: number, ageMs = 40, now = '2026-11-22T00:00:00.000Z') => ({
  ...{ etag: tag, 'meshrs-age-ms': String(ageMs), 'meshrs-now': now, 'meshrs-at-ms': String(atMs) },
});
const whole = response(body(session(1), session(2)), fieldsAt(11_000));

function answering(...answers: readonly string[]) {
  const left = [...answers];
  requests = [];
  behave = (socket) => socket.end((left.length > 1 ? left.shift() : left[0]) ?? '');
}
async function ask(reader: FleetReader, isWhole = false): Promise<AgentAnswer> {
  const answer = await reader.ask(address, { isWhole, signal: new AbortController().signal });
  if (!answer.ok) {
    expect(answer.why.length).toBeLessThanOrEqual(400);
    expect(answer.why).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  }
  return answer;
}
async function twice(...answers: readonly string[]) {
  const reader = createFleetReader();
  answering(...answers);
  reader.begin([address]);
  const first = await ask(reader);
  reader.begin([address]);
  return { first, second: await ask(reader), reader };
}

describe('an agent that is asked for its clients', () => {
  it('tells them, and is asked the next time whether they are the same', async () => {
    const { first, second } = await twice(
      whole,
      response('', fieldsAt(13_540, 540, '2026-11-22T00:00:02.540Z'), '304 Not Modified'),
    );
    expect(first).toMatchObject({
      ok: true,
      told: { clients: { kind: 'read', ageMs: 40, unchangedSeconds: 0, columns: { count: 2 } } },
    });
    expect(requests[0]).not.toContain('if-none-match');
    expect(requests[1]).toContain(`\r\nif-none-match: ${tag}\r\n`);
    expect(second).toMatchObject({
      ok: true,
      told: {
        agent: { pod: servingStatus.agent.pod, now: '2026-11-22T00:00:02.540Z' },
        // The engine was asked at 10 960, and now at 13 000.
        clients: { kind: 'read', ageMs: 540, unchangedSeconds: 2.04 },
      },
    });
    const columns = [first, second].map(
      (each) => each.ok && each.told.clients.kind === 'read' && each.told.clients.columns,
    );
    expect(columns[1]).toBe(columns[0]);
  });

  it.each([10_999, 10_000])('tells the same reading again, whose age it rounds otherwise (%i)', async (atMs) => {
    const { second } = await twice(whole, response('', fieldsAt(atMs), '304 Not Modified'));
    expect(second).toMatchObject({ ok: true, told: { clients: { kind: 'read', ageMs: 40, unchangedSeconds: 0 } } });
  });

  it('is not asked so where its messages are to be counted, or another answer was read since', async () => {
    const { reader } = await twice(whole);
    await ask(reader, true);
    expect(requests.map((head) => head.includes('if-none-match'))).toEqual([false, true, false]);
    answering('garbage', whole);
    expect((await ask(reader)).ok).toBe(false);
    await ask(reader);
    expect(requests.map((head) => head.includes('if-none-match'))).toEqual([true, false]);
  });

  it('is not asked so after a look at others alone', async () => {
    const reader = createFleetReader();
    answering(whole);
    reader.begin([address]);
    await ask(reader);
    reader.begin(['127.0.0.9']);
    reader.begin([address]);
    await ask(reader);
    expect(requests.some((head) => head.includes('if-none-match'))).toBe(false);
  });

  it('of before is asked for its status', async () => {
    const reader = createFleetReader();
    requests = [];
    behave = (socket, head) =>
      socket.end(
        head.startsWith('GET /status ')
          ? response(JSON.stringify(told(session(1))))
          : response('There is nothing at this path.\n', {}, '404 Not Found'),
      );
    expect(await ask(reader)).toMatchObject({ ok: true, told: { clients: { kind: 'read', columns: { count: 1 } } } });
    expect(requests.map((head) => head.split(' ')[1])).toEqual(['/clients', '/status']);
  });

  it('of later, whose format is not known, is asked for its status', async () => {
    behave = (socket, head) =>
      socket.end(
        head.startsWith('GET /status ')
          ? response(JSON.stringify(told(session(1))))
          : response(body(session(1), session(2)).replace('"formatVersion":1', '"formatVersion":2')),
      );
    expect(await ask(createFleetReader())).toMatchObject({ ok: true, told: { clients: { columns: { count: 1 } } } });
  });

  it('that has neither gives no answer', async () => {
    answering(response('', {}, '404 Not Found'));
    expect(await ask(createFleetReader())).toEqual({ ok: false, why: `GET /status of ${address}: status 404` });
  });

  it('without a tag is asked anew each time', async () => {
    const { second } = await twice(response(body(session(1))));
    expect(second.ok).toBe(true);
    expect(requests.some((head) => head.includes('if-none-match'))).toBe(false);
  });
});

describe('columns of the look before', () => {
  const columnsOf = (answer: AgentAnswer) =>
    answer.ok && answer.told.clients.kind === 'read' ? answer.told.clients.columns : expect.unreachable('it was read');

  it('are discarded when the next look begins, and those of now are not', async () => {
    const { first, second, reader } = await twice(whole, response(body(session(1)), fieldsAt(14_000)));
    expect(areDiscarded(columnsOf(first))).toBe(false);
    reader.begin([address]);
    expect([first, second].map((each) => areDiscarded(columnsOf(each)))).toEqual([true, false]);
  });

  it('stay as long as a comparison goes by them, and no longer', async () => {
    const { first, reader } = await twice(whole, response(body(session(1)), fieldsAt(14_000)));
    for (let failedLooks = 0; failedLooks < 3; failedLooks++) {
      reader.begin([address], new Set([columnsOf(first)]));
      expect(areDiscarded(columnsOf(first))).toBe(false);
      await ask(reader, true);
    }
    reader.begin([address]);
    expect(areDiscarded(columnsOf(first))).toBe(true);
  });
});

describe('a 304', () => {
  const without = (name: string) => {
    const fields = { ...fieldsAt(13_000) };
    Reflect.deleteProperty(fields, name);
    return response('', fields, '304 Not Modified');
  };

  it.each([
    ['without an age', without('meshrs-age-ms'), 'and not when it looked'],
    ['without a moment', without('meshrs-now'), 'and not when it looked'],
    ['without its clock', without('meshrs-at-ms'), 'and not when it looked'],
    ['without a tag', without('etag'), 'of what it has not told'],
    [
      'of another tag',
      response('', { ...fieldsAt(13_000), etag: 'W/"two"' }, '304 Not Modified'),
      'of what it has not told',
    ],
    ['of a clock that has gone back', response('', fieldsAt(9_999), '304 Not Modified'), 'its clock has gone back'],
    [
      'of a negative age',
      response('', { ...fieldsAt(13_000), 'meshrs-age-ms': '-1' }, '304 Not Modified'),
      'not when it looked',
    ],
    [
      'of an age that is a novel',
      response('', { ...fieldsAt(13_000), 'meshrs-age-ms': '9'.repeat(99) }, '304 Not Modified'),
      'not when it looked',
    ],
    ['of a moment that is none', response('', fieldsAt(13_000, 40, 'soon'), '304 Not Modified'), 'not when it looked'],
  ])('%s tells nothing, and the next answer is a whole one', async (_, same, words) => {
    const { second, reader } = await twice(whole, same, whole);
    expect(second).toEqual({ ok: false, why: expect.stringContaining(words) as string });
    await ask(reader);
    expect(requests.at(-1)).not.toContain('if-none-match');
  });

  it('that nobody asked for tells nothing', async () => {
    answering(response('', fieldsAt(13_000), '304 Not Modified'));
    expect(await ask(createFleetReader())).toMatchObject({ ok: false });
  });

  it('of a reading that is old is one of an old reading', async () => {
    const { second } = await twice(whole, response('', fieldsAt(26_000, 15_000), '304 Not Modified'));
    const pod = {
      name: 'a',
      side: 'a',
      uid: undefined,
      podName: undefined,
      isTerminating: false,
      isForeign: false,
    } as const;
    const { reading } = seeRouteServer({ ...pod, address: undefined, engine: 'unknown' }, second);
    expect(reading.kind).toBe('stale');
  });
});

describe('whatever comes', () => {
  it.each<[string, string]>([
    ['bytes of no HTTP', '\xff'.repeat(40)],
    ['a fault', response('x', {}, '500 Oops')],
    ['a redirect', response('', { location: 'http://127.0.0.1/' }, '301 Moved')],
    ['another text', response('hello')],
    ['an answer cut short', response(body(session(1)).slice(0, -8))],
    ['lists in lists', response('['.repeat(500_000))],
    ['a session more than announced', response(body(session(1)).replace('"count":1', '"count":0'))],
    ['a client twice', response(body(session(1), session(2)).replace('192.0.2.2', '192.0.2.1'))],
    ['no address', response(body(session(1)).replace('192.0.2.1', 'eth0'))],
  ])('as %s is no answer', async (_, bytes) => {
    behave = (socket) => socket.end(Buffer.from(bytes, 'latin1'));
    expect((await ask(createFleetReader())).ok).toBe(false);
  });

  it('and goes on and on is none after 4 MiB', async () => {
    behave = (socket) => {
      const line = Buffer.from('192.0.2.1 ue 1 1 1 -\n'.repeat(40_000));
      const more = () => {
        while (!socket.destroyed && socket.write(line));
      };
      socket.on('drain', more);
      socket.write(`HTTP/1.1 200 OK\r\n\r\n${body().split('\n')[0]?.replace('"count":0', '"count":20000') ?? ''}\n`);
      more();
    };
    const answer = await ask(createFleetReader());
    expect(answer.ok ? '' : answer.why).toMatch(
      /more sessions than it announces|more than 4194304 bytes|no answer within/,
    );
  });

  it('as bytes never makes a client that is not there one that is kept', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        behave = (socket) => socket.end(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), bytes]));
        expect((await ask(createFleetReader())).ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('of many agents together is bounded', async () => {
    const reader = createFleetReader();
    const many = Array.from({ length: 20_000 }, (_, index) => ({
      ...session(1),
      address: at(`10.${String(index >> 16)}.${String((index >> 8) & 255)}.${String(index & 255)}`),
    }));
    answering(response(body(...many), fieldsAt(11_000)));
    const answers: boolean[] = [];
    for (let count = 0; count < 51; count++) answers.push((await ask(reader, true)).ok);
    expect(answers.slice(0, 50)).not.toContain(false);
    expect(await ask(reader, true)).toMatchObject({
      why: expect.stringContaining('more than 1000000 sessions') as string,
    });
    reader.begin([address]);
    expect((await ask(reader)).ok).toBe(true);
  });

  it('begins a new book once the old one is full of addresses that have gone', async () => {
    const reader = createFleetReader();
    const before = reader.book();
    for (let number = 0; number < 2 ** 19; number++) before.addresses.rowOfIpv4(number);
    answering(whole);
    expect(await ask(reader)).toMatchObject({ why: expect.stringContaining('together with others') as string });
    reader.begin([address]);
    const answer = await ask(reader);
    expect(reader.book()).not.toBe(before);
    const pod = {
      name: 'b-0',
      side: 'b',
      uid: undefined,
      podName: undefined,
      isTerminating: false,
      isForeign: false,
    } as const;
    const sight = seeRouteServer({ ...pod, address: undefined, engine: 'unknown' }, answer);
    const { clientCount } = compareSides([sight], { next: 'b', allowMissing: [], memory: nothingRemembered });
    expect(clientCount).toBe(2);
  });
});

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpsIdentity } from '../../../test/https-identity.ts';
import type { ApiAccess, ApiCredentials } from './access.ts';
import { text } from 'node:stream/consumers';
import {
  createApiClient,
  refusalOf,
  type ApiClient,
  type DatedApiClient,
  type ExchangingApiClient,
} from './api-client.ts';

const list = { metadata: { resourceVersion: '1' }, items: [] };
const path = '/apis/discovery.k8s.io/v1/namespaces/meshrr/endpointslices?labelSelector=a%3Db';

let server: https.Server;
let api: ApiAccess;
let client: ApiClient & DatedApiClient & ExchangingApiClient;
let requests: IncomingMessage[];
let answer: (response: ServerResponse) => unknown;
let credentials: ApiCredentials;
beforeEach(async () => {
  requests = [];
  answer = (response) => response.end(JSON.stringify(list));
  credentials = { ca: httpsIdentity.certificate, token: 'token-1' };
  const { certificate: cert, key } = httpsIdentity;
  server = https.createServer({ cert, key }, (request, response) => {
    requests.push(request);
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  api = { server: new URL(`https://127.0.0.1:${String(port)}`), credentials: () => Promise.resolve(credentials) };
  client = createApiClient(api);
});
afterEach(async () => {
  client.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const get = () => client.get(path, new AbortController().signal);
const watch = async (signal = new AbortController().signal) => {
  const lines: unknown[] = [];
  await client.watch(path, (line) => lines.push(line), signal);
  return lines;
};

describe('a read of the Kubernetes API', () => {
  it('asks for JSON at the path, with the token', async () => {
    expect(await get()).toEqual(list);
    expect(requests[0]).toMatchObject({
      method: 'GET',
      url: path,
      headers: { accept: 'application/json', authorization: 'Bearer token-1' },
    });
  });

  it.each([
    ['Thu, 26 Nov 2026 23:00:07 GMT', Date.parse('2026-11-26T23:00:07Z')],
    ['soon', undefined],
    [undefined, undefined],
  ])('tells what time it was there, by the date of the answer: %s', async (date, dateMs) => {
    answer = (response) => {
      response.sendDate = false;
      if (date !== undefined) response.setHeader('date', date);
      response.end(JSON.stringify(list));
    };
    expect(await client.getDated(path, new AbortController().signal)).toEqual({ value: list, dateMs });
  });

  it.each([
    ['a token with a line break', { token: 'token-1\nX-Odd: 1' }],
    ['a CA that is none', { ca: 'nobody' }],
    ['a CA that is broken', { ca: httpsIdentity.certificate.replace('A', '!') }],
    ['a client certificate that is none', { clientCertificate: { certificate: 'nobody', key: 'nobody' } }],
  ])('is a failure of ours with credentials that cannot be used: %s', async (_what, odd) => {
    credentials = { ...credentials, ...odd };
    await expect(get()).rejects.toMatchObject({ name: 'AgentFailure', code: 'api-unreachable' });
    await expect(watch()).rejects.toMatchObject({ name: 'AgentFailure', code: 'api-unreachable' });
  });

  it('shows no token where there is none', async () => {
    credentials = { ca: httpsIdentity.certificate };
    await get();
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  it('takes the credentials anew for each request, over the connection that is there', async () => {
    await get();
    credentials = { ...credentials, token: 'token-2' };
    await get();
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(requests[1]?.socket).toBe(requests[0]?.socket);
  });

  it('uses no connection any more that was made with another CA', async () => {
    await get();
    credentials = { ...credentials, ca: `${httpsIdentity.certificate}\n` };
    await get();
    expect(requests[1]?.socket).not.toBe(requests[0]?.socket);
  });

  // Whoever can send an answer that is no plain 200 must not be able to name the peers, or to say that nothing is there.
  it.each([
    [201, 'api-refused'],
    [202, 'api-refused'],
    [203, 'api-refused'],
    [206, 'api-refused'],
    [300, 'api-refused'],
    [301, 'api-refused'],
    [302, 'api-refused'],
    [303, 'api-refused'],
    [307, 'api-refused'],
    [308, 'api-refused'],
    [400, 'api-refused'],
    [401, 'api-unauthorized'],
    [403, 'api-forbidden'],
    [404, 'api-not-found'],
    [409, 'api-refused'],
    [410, 'api-gone'],
    [429, 'api-refused'],
    [500, 'api-refused'],
    [503, 'api-refused'],
  ])('takes a good answer with status %d for no answer: %s', async (status, code) => {
    answer = (response) => response.writeHead(status, { location: '/elsewhere' }).end(JSON.stringify(list));
    const refused = { code, retryable: true, operation: `GET ${path}` };
    await expect(get()).rejects.toMatchObject(refused);
    await expect(watch()).rejects.toMatchObject(refused);
    // Nor is anything asked elsewhere, with the token.
    expect(requests.map(({ url }) => url)).toEqual([path, path]);
  });

  it.each([204, 304])('takes status %d, which has no body, for no answer', async (status) => {
    answer = (response) => response.writeHead(status).end();
    await expect(get()).rejects.toMatchObject({ code: 'api-refused' });
  });

  it("repeats a Status object's message, and says what to do", async () => {
    answer = (response) =>
      response.writeHead(403).end(JSON.stringify({ kind: 'Status', message: 'endpointslices is forbidden' }));
    await expect(get()).rejects.toThrow(
      'The Kubernetes API answered 403: endpointslices is forbidden. Whoever asks needs a Role with verbs list and watch on endpointslices of discovery.k8s.io.',
    );
  });

  it.each([
    ['<html>Bad gateway</html>', '502: "<html>Bad gateway</html>" It is tried again.'],
    ['null', '502: "null" It is tried again.'],
    ['x'.repeat(200_000), `502: "${'x'.repeat(120)}" It is tried again.`],
  ])('shows the beginning of a refusal that is no Status', async (body, words) => {
    answer = (response) => response.writeHead(502).end(body);
    await expect(get()).rejects.toThrow(words);
  });

  it.each(['', '{"metadata":', '<html></html>'])('does not understand "%s"', async (body) => {
    answer = (response) => response.end(body);
    await expect(get()).rejects.toMatchObject({ code: 'api-answer-not-understood', operation: `GET ${path}` });
  });

  it('takes the beginning of an answer for none, even when it is JSON', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write(JSON.stringify(list), () => response.destroy());
    };
    await expect(get()).rejects.toMatchObject({ code: 'api-unreachable' });
  });

  it('cannot reach an API where nobody listens, or whose certificate it does not trust', async () => {
    credentials = {};
    await expect(get()).rejects.toMatchObject({ code: 'api-unreachable', retryable: true });
    expect(requests).toEqual([]);
    credentials = { ca: httpsIdentity.certificate };
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    await expect(get()).rejects.toThrow('ECONNREFUSED');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  it.each([1, 15])('reads an answer of %d MiB', async (mebibytes) => {
    const text = 'x'.repeat(mebibytes * 2 ** 20);
    answer = (response) => response.end(JSON.stringify({ text }));
    expect(((await get()) as { text: string }).text).toHaveLength(text.length);
  });

  it('refuses an answer that has no end, and ends its connection', async () => {
    const ended = Promise.withResolvers<undefined>();
    answer = (response) => {
      const piece = Buffer.alloc(2 ** 20, ' ');
      const more = (): void => {
        if (!response.destroyed) response.write(piece, more);
      };
      response.on('close', () => {
        ended.resolve(undefined);
      });
      more();
    };
    await expect(get()).rejects.toMatchObject({ code: 'api-answer-too-large', retryable: true });
    await ended.promise;
  });

  it('waits for a whole answer for a time, however steadily it trickles', async () => {
    answer = (response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(' ', () => setTimeout(more, 20));
      };
      more();
    };
    const hurried = createApiClient(api, { wholeAnswerMs: 300 });
    await expect(hurried.get(path, new AbortController().signal)).rejects.toMatchObject({
      code: 'api-timeout',
      operation: `GET ${path}`,
    });
    hurried.close();
  });

  it('shows the beginning of a refusal that has no end', async () => {
    answer = (response) => {
      response.writeHead(503);
      const more = (): void => {
        if (!response.destroyed) response.write('y'.repeat(1000), () => setImmediate(more));
      };
      more();
    };
    await expect(get()).rejects.toThrow(`503: "${'y'.repeat(120)}" It is tried again.`);
  });

  it("repeats no more than the beginning of a Status object's message", async () => {
    answer = (response) => response.writeHead(500).end(JSON.stringify({ message: 'm'.repeat(5000) }));
    await expect(get()).rejects.toThrow(`answered 500: ${'m'.repeat(300)}. It is tried again.`);
  });

  it('ends when it is aborted', async () => {
    const stop = new AbortController();
    answer = () => {
      stop.abort();
    };
    await expect(client.get(path, stop.signal)).rejects.toThrow('ABORT_ERR');
  });
});

describe('an exchange with the Kubernetes API', () => {
  const forbidden = { kind: 'Status', message: 'the turn is closed', code: 403 };

  it('sends a body of its kind, and gives a refusal as it came', async () => {
    const bodies: Promise<string>[] = [];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      requests.push(request);
      bodies.push(text(request));
      response.writeHead(403, { date: 'Thu, 26 Nov 2026 23:00:07 GMT' }).end(JSON.stringify(forbidden));
    });
    const signal = new AbortController().signal;
    const body = { spec: { reason: 'größer' } };
    const patched = { method: 'PATCH', path: '/x', body } as const;
    const answer = await client.exchange(patched, signal);
    expect(answer).toEqual({ status: 403, value: forbidden, dateMs: Date.parse('2026-11-26T23:00:07Z') });
    await client.exchange({ method: 'POST', path: '/y', body }, signal);
    await client.exchange({ method: 'GET', path: '/z' }, signal);
    expect(requests.map(({ method, url, headers }) => [method, url, headers['content-type']])).toEqual([
      ['PATCH', '/x', 'application/merge-patch+json'],
      ['POST', '/y', 'application/json'],
      ['GET', '/z', undefined],
    ]);
    expect(await Promise.all(bodies)).toEqual([JSON.stringify(body), JSON.stringify(body), '']);
    expect(refusalOf(patched, answer, 'verb patch on turns')).toMatchObject({
      code: 'api-forbidden',
      operation: 'PATCH /x',
      message:
        'The Kubernetes API answered 403: the turn is closed. Whoever asks needs a Role with verb patch on turns.',
    });
  });

  it('takes the certificate of the identity that it wants, and no other', async () => {
    const { port } = server.address() as AddressInfo;
    const askAs = async (identity: string) => {
      // Every address of 127.0.0.0/8 is this machine's; the certificate names 127.0.0.1 alone.
      const other = createApiClient({ ...api, server: new URL(`https://localhost:${String(port)}`), identity });
      try {
        return await other.get(path, new AbortController().signal);
      } finally {
        other.close();
      }
    };
    expect(await askAs('127.0.0.1')).toEqual(list);
    await expect(askAs('127.0.0.2')).rejects.toThrow('ERR_TLS_CERT_ALTNAME_INVALID');
    await expect(askAs('kubernetes.default.svc')).rejects.toThrow('ERR_TLS_CERT_ALTNAME_INVALID');
  });
});

describe('a watch of the Kubernetes API', () => {
  it('gives each line, wherever the network cuts them', async () => {
    const events = [{ message: 'größer' }, { message: '日本' }, { type: 'BOOKMARK' }];
    const bytes = Buffer.from(`${events.map((event) => JSON.stringify(event)).join('\n\n')}\n`);
    answer = (response) => {
      const writeFrom = (at: number): void => {
        if (at >= bytes.length) response.end();
        else response.write(bytes.subarray(at, at + 1), () => setImmediate(writeFrom, at + 1));
      };
      writeFrom(0);
    };
    expect(await watch()).toEqual(events);
  });

  it('refuses a line that has no end', async () => {
    answer = (response) => {
      response.write('{"a":1}\n{"b":"');
      const more = (): void => {
        if (!response.destroyed) response.write('z'.repeat(2 ** 16), () => setImmediate(more));
      };
      more();
    };
    await expect(watch()).rejects.toMatchObject({ code: 'api-answer-too-large' });
  });

  it('does not take half a line for an event', async () => {
    answer = (response) => response.end('{"a":1}\n{"a":12}');
    expect(await watch()).toEqual([{ a: 1 }]);
  });

  it('ends with a line that is no JSON', async () => {
    answer = (response) => response.end('{"a":1}\nnonsense\n{"a":2}\n');
    await expect(watch()).rejects.toMatchObject({ code: 'api-answer-not-understood' });
  });

  it('fails when the connection breaks, and when it is aborted', async () => {
    answer = (response) => {
      response.write('{"a":1}\n', () => response.destroy());
    };
    await expect(watch()).rejects.toMatchObject({ code: 'api-unreachable' });
    const stop = new AbortController();
    answer = (response) => {
      response.write('{"a":1}\n', () => {
        stop.abort();
      });
    };
    await expect(watch(stop.signal)).rejects.toThrow();
  });
});

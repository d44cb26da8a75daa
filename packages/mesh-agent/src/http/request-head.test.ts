import { describe, expect, it } from 'vitest';
import { createHeadReader } from './request-head.ts';

function read(...pieces: readonly string[]) {
  const take = createHeadReader(200);
  return pieces.map((piece) => take(Buffer.from(piece, 'latin1'))).at(-1);
}

const probe =
  'GET /healthz HTTP/1.1\r\nHost: 10.0.0.1:8180\r\nUser-Agent: kube-probe/1.36\r\nConnection: close\r\n\r\n';

describe('createHeadReader', () => {
  it.each([
    ['a probe', [probe], 'GET', '/healthz'],
    ['a probe, byte by byte', Array.from(probe), 'GET', '/healthz'],
    ['the first of many requests in a row', [probe.repeat(3).slice(0, 150)], 'GET', '/healthz'],
    ['HTTP/1.0 by hand, with a query', ['HEAD /status?x=1 HTTP/1.0\n\n'], 'HEAD', '/status'],
    ['what a proxy writes', ['GET http://10.0.0.1:8179/metrics HTTP/1.1\r\n\r\n'], 'GET', '/metrics'],
    ['no path', ['GET http://10.0.0.1 HTTP/1.1\r\n\r\n'], 'GET', '/'],
    ['a request with a body', ['POST /drain HTTP/1.1\r\ncontent-length: 1\r\n\r\nx'], 'POST', '/drain'],
  ])('reads %s', (_, pieces, method, path) => {
    expect(read(...pieces)).toEqual({ kind: 'complete', method, path, ifNoneMatch: undefined });
  });

  it.each([
    ['in any case', 'If-None-Match: W/"abc"\r\n', 'W/"abc"'],
    ['with spaces around', 'if-none-match: \t "x" \t\r\n', '"x"'],
    ['behind other fields', 'host: x\r\nif-none-match:"x"\r\n', '"x"'],
    ['of several', 'if-none-match: "x", "y"\r\n', undefined],
    ['that is empty', 'if-none-match:\r\n', undefined],
    ['that is a novel', `if-none-match: "${'x'.repeat(140)}"\r\n`, undefined],
    ['of the request behind this one', '\r\nGET / HTTP/1.1\r\nif-none-match: "x"\r\n', undefined],
  ])('reads the tag that the reader has, %s', (_, fields, ifNoneMatch) => {
    expect(read(`GET / HTTP/1.1\r\n${fields}\r\n`)).toMatchObject({ kind: 'complete', ifNoneMatch });
  });

  it.each([
    ['TLS', ['\x16\x03\x01\x02\0'], 400],
    ['a request line that is none', ['GET\r\n\r\n'], 400],
    ['a method in small letters', ['get / HTTP/1.1\r\n\r\n'], 400],
    ['HTTP/2 without asking', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], 505],
    ['more than it takes, in one piece', ['GET / HTTP/1.1\r\n' + 'x: y\r\n'.repeat(50)], 431],
    ['more than it takes, in many', ['GET / HTTP/1.1\r\n', ...Array.from({ length: 50 }, () => 'x: y\r\n')], 431],
  ])('refuses %s', (_, pieces, status) => {
    expect(read(...pieces)).toEqual({ kind: 'refused', status });
  });

  it('waits for the end', () => {
    expect(read(probe.slice(0, -1))).toEqual({ kind: 'incomplete' });
  });
});

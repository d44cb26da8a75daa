import type { BgpSession, SeenSessions } from '@meshrs/contract';
import { parseAgentStatus } from '@meshrs/contract/status';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { nothingRemembered, type StatusAnswer } from '@meshrs/gate';
import { address, asn } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { findAbsentClients } from './absent-clients.ts';

const client = (host: number, change: Partial<BgpSession> = {}): BgpSession => ({
  address: address(`198.51.100.${String(host)}`),
  group: 'MESHRR-CLIENTS',
  kind: 'range-client',
  state: 'established',
  remoteAsn: asn(65000 + host),
  remoteRouterId: address(`192.168.255.${String(host)}`),
  uptimeSeconds: 60,
  establishedCount: 1,
  droppedCount: 0,
  receivedMessages: 10,
  receivedPrefixes: 1,
  sentPrefixes: 1,
  endOfRib: { received: true, sent: true },
  ...change,
});
const answerOf = (...sessions: readonly BgpSession[]): StatusAnswer => ({
  ok: true,
  tookMs: 5,
  status: parseAgentStatus({
    ...servingStatus,
    sessions: { kind: 'read', ageMs: 0, list: sessions, passedOver: [] },
  }),
});
const failure = { code: 'x', operation: 'read', message: 'bgpd is busy', retryable: true, causes: [] };
const others = (count: number) => Array.from({ length: count }, (_, host) => address(`10.0.0.${String(host + 1)}`));

async function addressesOf(options: Partial<Parameters<typeof findAbsentClients>[0]>) {
  const seen = await find(options);
  if (seen.kind !== 'known') throw new Error('it is not known');
  return seen.addresses;
}

function find(options: Partial<Parameters<typeof findAbsentClients>[0]>) {
  return findAbsentClients({
    routeServers: others(1),
    ownSessions: () => Promise.resolve([]),
    memory: nothingRemembered,
    signal: new AbortController().signal,
    ask: () => Promise.resolve(answerOf(client(1), client(2))),
    ...options,
  });
}

describe('findAbsentClients', () => {
  it('names the clients that another route server has, and this one has not, or without their routes', async () => {
    const seen = await addressesOf({
      ownSessions: () =>
        Promise.resolve([client(1), client(2, { endOfRib: { received: false, sent: true }, receivedPrefixes: 0 })]),
    });
    expect(seen).toEqual(['198.51.100.2']);
  });

  it('names each once, whoever has it, and none that nobody has', async () => {
    const answers = [answerOf(client(1)), answerOf(client(1), client(2)), answerOf()];
    const seen = await addressesOf({
      routeServers: others(3),
      ask: (asked) => Promise.resolve(answers[Number(asked.split('.')[3]) - 1] ?? answerOf()),
      ownSessions: () => Promise.resolve([client(3)]),
    });
    expect(seen).toEqual(['198.51.100.1', '198.51.100.2']);
  });

  it('does not wait for what a route server has that cannot be asked', async () => {
    expect(await addressesOf({ ask: () => Promise.resolve({ ok: false, why: 'ECONNREFUSED' }) })).toEqual([]);
    expect(await addressesOf({ routeServers: [] })).toEqual([]);
  });

  it.each<SeenSessions>([
    { kind: 'unreadable', failure },
    { kind: 'stale', ageMs: 6000, list: [client(1)], passedOver: [], failure },
    { kind: 'read', ageMs: 60_000, list: [client(1)], passedOver: [] },
    { kind: 'unknown' },
  ])(
    'decides that one whose clients are not known has none, and waits for those of the others: %j',
    async (sessions) => {
      const answers = [{ ok: true, tookMs: 5, status: { ...servingStatus, sessions } } as const, answerOf(client(2))];
      const ask: Parameters<typeof findAbsentClients>[0]['ask'] = (asked) =>
        Promise.resolve(answers[Number(asked.split('.')[3]) - 1] ?? answerOf());
      expect(await addressesOf({ routeServers: others(2), ask })).toEqual(['198.51.100.2']);
    },
  );

  it('names the route servers whose clients are not known, or not all of them: who is not there may be with them', async () => {
    const odd = { neighbor: 'eth0', why: 'it is no address' };
    const sessions = { kind: 'read', ageMs: 0, list: [client(1)], passedOver: [odd] } as const;
    const answers: readonly StatusAnswer[] = [
      answerOf(client(1)),
      { ok: false, why: 'ECONNREFUSED' },
      { ok: true, tookMs: 5, status: { ...servingStatus, sessions: { kind: 'unreadable', failure } } },
      { ok: true, tookMs: 5, status: { ...servingStatus, sessions } },
      answerOf(),
    ];
    const seen = await find({
      routeServers: others(5),
      ask: (asked) => Promise.resolve(answers[Number(asked.split('.')[3]) - 1] ?? answerOf()),
    });
    expect(seen).toMatchObject({
      addresses: ['198.51.100.1'],
      notKnown: ['10.0.0.2', '10.0.0.3', '10.0.0.4'],
    });
    expect(await find({ routeServers: [] })).toMatchObject({ addresses: [], notKnown: [] });
  });

  it('tells nothing while its own engine does not say what it has, nor once it is stopped', async () => {
    expect(await find({ ownSessions: () => Promise.resolve(undefined) })).toEqual({ kind: 'unknown' });
    expect(await find({ signal: AbortSignal.abort() })).toEqual({ kind: 'unknown' });
  });

  it('asks several at a time, because each may take seconds, and not all at once, because each answer is large', async () => {
    const asked: (() => void)[] = [];
    let most = 0;
    let answered = 0;
    const finding = addressesOf({
      routeServers: others(100),
      ask: () =>
        new Promise((resolve) => {
          asked.push(() => {
            answered += 1;
            resolve(answerOf(client(1)));
          });
          most = Math.max(most, asked.length - answered);
        }),
    });
    // What is asked for waits until nobody else is asked any more.
    let before = -1;
    for (let index = 0; index < 100; index++) {
      while (before !== asked.length) {
        before = asked.length;
        await new Promise((resolve) => setImmediate(resolve));
      }
      asked[index]?.();
      before = -1;
    }
    expect(await finding).toEqual(['198.51.100.1']);
    expect(asked).toHaveLength(100);
    expect(most).toBeGreaterThanOrEqual(8);
    expect(most).toBeLessThanOrEqual(32);
  });
});

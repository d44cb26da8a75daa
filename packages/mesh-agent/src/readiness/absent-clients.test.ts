import {
  createClientBook,
  type BgpSession,
  type ClientBook,
  type SeenSessions,
  type SeenStatus,
} from '@meshrs/contract';
import { toldByStatus } from '@meshrs/contract/clients';
import { parseAgentStatus } from '@meshrs/contract/status';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { nothingRemembered, type AgentAnswer } from '@meshrs/gate';
import { address, asn } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import type { FleetReader } from '../fleet/fleet-reader.ts';
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
type Answer = (book: ClientBook) => AgentAnswer;
const answering =
  (status: SeenStatus): Answer =>
  (book) => ({ ok: true, tookMs: 5, told: toldByStatus(book, status) });
const answerOf = (...list: readonly BgpSession[]) =>
  answering(parseAgentStatus({ ...servingStatus, sessions: { kind: 'read', ageMs: 0, list, passedOver: [] } }));
/** Agents of the fleet that answer as `ask` says. */
function agentsThat(ask: (address: string) => Promise<Answer>): FleetReader {
  const book = createClientBook();
  return { begin: () => undefined, book: () => book, ask: async (address) => (await ask(address))(book) };
}
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
    about: 'all',
    ownSessions: () => Promise.resolve([]),
    memory: nothingRemembered,
    signal: new AbortController().signal,
    agents: agentsThat(() => Promise.resolve(answerOf(client(1), client(2)))),
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
      agents: agentsThat((asked) => Promise.resolve(answers[Number(asked.split('.')[3]) - 1] ?? answerOf())),
      ownSessions: () => Promise.resolve([client(3)]),
    });
    expect(seen).toEqual(['198.51.100.1', '198.51.100.2']);
  });

  it.each([990, 1000, 1005, 4000])(
    'finds whom it is asked about, whatever %i others there are before',
    async (count) => {
      const before = Array.from({ length: count }, (_, host) =>
        client(1, { address: address(`10.7.${String(host >> 8)}.${String(host & 255)}`) }),
      );
      const agents = agentsThat(() => Promise.resolve(answerOf(...before, client(1), client(2))));
      const about = [client(2).address, client(3).address];
      expect(await find({ agents, about })).toMatchObject({ addresses: ['198.51.100.2'], isCut: false });
      expect(await find({ agents, about, ownSessions: () => Promise.resolve([client(2)]) })).toMatchObject({
        addresses: [],
        isCut: false,
      });
      // Of all the first ones, and it says that it does not list the others.
      const all = await find({ agents });
      expect(all).toMatchObject({ isCut: count + 2 > 1000 });
    },
  );

  it('does not wait for what a route server has that cannot be asked', async () => {
    expect(
      await addressesOf({ agents: agentsThat(() => Promise.resolve(() => ({ ok: false, why: 'ECONNREFUSED' }))) }),
    ).toEqual([]);
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
      const answers = [answering({ ...servingStatus, sessions }), answerOf(client(2))];
      const agents = agentsThat((asked) => Promise.resolve(answers[Number(asked.split('.')[3]) - 1] ?? answerOf()));
      expect(await addressesOf({ routeServers: others(2), agents })).toEqual(['198.51.100.2']);
    },
  );

  it('names the route servers whose clients are not known, or not all of them: who is not there may be with them', async () => {
    const odd = { neighbor: 'eth0', why: 'it is no address' };
    const sessions = { kind: 'read', ageMs: 0, list: [client(1)], passedOver: [odd] } as const;
    const answers: readonly Answer[] = [
      answerOf(client(1)),
      () => ({ ok: false, why: 'ECONNREFUSED' }),
      answering({ ...servingStatus, sessions: { kind: 'unreadable', failure } }),
      answering({ ...servingStatus, sessions }),
      answerOf(),
    ];
    const seen = await find({
      routeServers: others(5),
      agents: agentsThat((asked) => Promise.resolve(answers[Number(asked.split('.')[3]) - 1] ?? answerOf())),
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

  it('asks several at a time, because each may take seconds, and not all at once', async () => {
    const asked: (() => void)[] = [];
    let most = 0;
    let answered = 0;
    const finding = addressesOf({
      routeServers: others(100),
      agents: agentsThat(
        () =>
          new Promise((resolve) => {
            asked.push(() => {
              answered += 1;
              resolve(answerOf(client(1)));
            });
            most = Math.max(most, asked.length - answered);
          }),
      ),
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

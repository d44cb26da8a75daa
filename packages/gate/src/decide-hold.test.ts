import { columnsOf } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideHold, type HoldFacts, type OtherRouteServer, type ToldHold } from './decide-hold.ts';
import { nothingRemembered } from './keepers.ts';
import type { ClientsReading } from './route-server-sight.ts';
import { book, read, routeServer, session, unnamed } from './sides.test-data.ts';

const [x, y] = ['192.168.1.1', '192.168.1.2'];
const me = { routerId: address('192.0.2.1'), id: 'mine' };
const neededMs = 60_000;

function other(
  name: string,
  reading: ClientsReading,
  { isEarlier = false, hold, isAsking = false }: { isEarlier?: boolean; hold?: ToldHold; isAsking?: boolean } = {},
): OtherRouteServer {
  const sight = routeServer(name, []);
  return {
    sight: { ...sight, reading },
    routerId: address(`192.0.2.${name === 'b' ? '2' : '3'}`),
    isEarlier,
    hold,
    isAsking,
  };
}

function decide(clients: readonly string[], others: readonly OtherRouteServer[], changes: Partial<HoldFacts> = {}) {
  return decideHold({
    own: me,
    clients: read(clients.map((at) => session(at))),
    others,
    allowMissing: [],
    memory: nothingRemembered,
    atSeconds: 0,
    listenedSeconds: undefined,
    areAwayCounted: false,
    isForGood: false,
    neededMs,
    nextLookMs: 5000,
    ...changes,
  });
}

const has = (...clients: readonly string[]) => read(clients.map((at) => session(at)));
const drains = (...clients: readonly string[]) => ({ ...has(...clients), isDraining: true });
const waits = (leftMs = 100_000, waitsFor: ToldHold['waitsFor'] = []): ToldHold => ({ id: 'theirs', leftMs, waitsFor });
const letsUs = (leftMs = 100_000) => waits(leftMs, [me]);

describe('decideHold', () => {
  it.each([
    ['has settings that wait', false, 'wait'],
    ['only asks', true, 'go'],
  ])(
    'counts for one that goes for good only if it lets us and waits for an answer alone: it %s',
    (_, isAsking, kind) => {
      const others = [other('b', has(x), { hold: letsUs(), isAsking })];
      expect(decide([x], others, { isForGood: true }).kind).toBe(kind);
      expect(decide([x], others).kind).toBe('go');
      const last = [other('b', has(x), { hold: letsUs(64_999), isAsking })];
      expect(decide([x, y], last, { isForGood: true }).kind).toBe(isAsking ? 'give-up' : 'wait');
    },
  );

  it.each([
    ['where a person asks', true, 'wait', 1],
    ['where sessions are kept', false, 'go', 0],
  ])('counts who has just gone only %s', (_, areAwayCounted, kind, clientCount) => {
    const gone = columnsOf(book, [], [{ address: address(x), sinceMs: 0, forMs: 2000 }]);
    const facts = { clients: read([], { clients: gone }), areAwayCounted };
    expect(decide([], [other('b', has())], facts)).toMatchObject({ kind, clientCount });
    expect(decide([], [other('b', has(x))], facts)).toMatchObject({ kind: 'go', clientCount });
    // Nor by what a look before has seen.
    const { memory } = decide([x], [other('b', has())], { areAwayCounted });
    expect(decide([], [other('b', has())], { areAwayCounted, memory, atSeconds: 3 })).toMatchObject({
      kind,
      clientCount,
    });
  });

  it.each<[string, readonly string[], readonly OtherRouteServer[], string]>([
    ['all its clients are on the other side', [x, y], [other('b', has(x, y))], 'go'],
    ['it has no client', [], [], 'go'],
    ['it has no client, and an earlier side waits', [], [other('b', has(), { isEarlier: true, hold: waits() })], 'go'],
    ['its clients are on two other sides', [x, y], [other('b', has(x)), other('c', has(y))], 'go'],
    ['there is nobody else', [x], [], 'wait'],
    ['one client is here alone', [x, y], [other('b', has(x))], 'wait'],
    ['the other side cannot be read', [x], [other('b', { kind: 'unreadable', why: 'no answer' })], 'wait'],
    ['what is known of the other side is old', [x], [other('b', { kind: 'stale', why: 'busy' })], 'wait'],
    ['the engine of the other side is gone', [x], [other('b', { kind: 'engine-down', why: 'stopped' })], 'wait'],
    [
      'one that cannot be read is not needed',
      [x],
      [other('b', { kind: 'unreadable', why: '' }), other('c', has(x))],
      'go',
    ],
    ['the other side drains', [x], [other('b', drains(x))], 'wait'],
    ['the other side waits, and has not seen us', [x], [other('b', has(x), { hold: waits() })], 'wait'],
    ['the other side drains, waits, and lets us go first', [x], [other('b', drains(x), { hold: letsUs() })], 'go'],
    ['the other side has settings that wait, and lets us', [x], [other('b', has(x), { hold: letsUs() })], 'go'],
    ['the other side lets us, and has no time for it', [x], [other('b', drains(x), { hold: letsUs(59_999) })], 'wait'],
    [
      'the other side lets us go with a wait of before',
      [x],
      [other('b', drains(x), { hold: waits(100_000, [{ ...me, id: 'before' }]) })],
      'wait',
    ],
    [
      'the other side lets somebody else go',
      [x],
      [other('b', drains(x), { hold: waits(100_000, [{ ...me, routerId: address('192.0.2.9') }]) })],
      'wait',
    ],
    ['an earlier side waits', [x], [other('b', has(x), { isEarlier: true, hold: waits() })], 'wait'],
    [
      'an earlier side waits that says it lets us',
      [x],
      [other('b', has(x), { isEarlier: true, hold: letsUs() })],
      'wait',
    ],
    [
      'an earlier side says that it waits beyond its time, and a third has all',
      [x],
      [other('b', has(x), { isEarlier: true, hold: waits(0) }), other('c', has(x))],
      'go',
    ],
    [
      'an earlier side says that it waits beyond its time',
      [x],
      [other('b', has(x), { isEarlier: true, hold: waits(-1) })],
      'wait',
    ],
    [
      'an earlier side waits, and a third has all',
      [x],
      [other('b', has(), { isEarlier: true, hold: waits() }), other('c', has(x))],
      'wait',
    ],
    [
      'an earlier side has gone, and a third has all',
      [x],
      [other('b', drains(), { isEarlier: true }), other('c', has(x))],
      'go',
    ],
    [
      'the other side lets us, and lacks one, with time',
      [x, y],
      [other('b', drains(x), { hold: letsUs(65_000) })],
      'wait',
    ],
    [
      'the other side lets us, and lacks one, in the last moment',
      [x, y],
      [other('b', drains(x), { hold: letsUs(64_999) })],
      'give-up',
    ],
    ['the last moment was missed', [x, y], [other('b', drains(x), { hold: letsUs(59_000) })], 'wait'],
    [
      'of two that let us one is in its last moment',
      [x, y],
      [other('b', drains(x), { hold: letsUs(61_000) }), other('c', drains(x), { hold: letsUs() })],
      'give-up',
    ],
    [
      'it is the last moment, and an earlier side waits',
      [x],
      [other('b', drains(), { isEarlier: true, hold: waits() }), other('c', drains(x), { hold: letsUs(61_000) })],
      'wait',
    ],
  ])('when %s', (_, clients, others, kind) => {
    expect(decide(clients, others).kind).toBe(kind);
  });

  it('does not wait for who may be missing by declaration', () => {
    expect(decide([x, y], [other('b', has(x))], { allowMissing: [address(y)] }).kind).toBe('go');
    expect(decide([x, y], [other('b', has(x))], { allowMissing: [address(x)] }).kind).toBe('wait');
  });

  it.each<[string, ClientsReading]>([
    ['could not be read', { kind: 'unreadable', why: 'busy' }],
    ['are of some time ago', { kind: 'stale', why: 'busy' }],
    ['are not all known', read([], { passedOver: [{ neighbor: 'swp1', why: 'it has no address' }] })],
  ])('does not take clients that %s for none', (_, clients) => {
    const { kind, unreadable } = decide([], [other('b', has(x))], { clients });
    expect(kind).toBe('wait');
    expect(unreadable).toHaveLength(1);
  });

  it.each([
    ['stays silent', [800, 800, 800], ['wait', 'wait', 'wait']],
    ['is heard from in the second look', [800, 801, 801], ['wait', 'go', 'go']],
    ['is heard from in the last look', [800, 800, 801], ['wait', 'wait', 'go']],
  ])('counts a session elsewhere by its messages since it waits: one that %s', (_, counts, kinds) => {
    let memory = nothingRemembered;
    const seen = counts.map((receivedMessages, index) => {
      const there = read([session(x, { uptimeSeconds: 3600 + index * 5, receivedMessages })]);
      const verdict = decide([x], [other('b', there)], { memory, listenedSeconds: 1 + index * 5 });
      ({ memory } = verdict);
      return verdict.kind;
    });
    expect(seen).toEqual(kinds);
  });

  it('goes by whichever side is heard from', () => {
    const at = (receivedMessages: number) => read([session(x, { uptimeSeconds: 3600, receivedMessages })]);
    const first = decide([x], [other('b', at(800)), other('c', at(50))], { listenedSeconds: 1 });
    expect(first.missing).toMatchObject([{ reason: { kind: 'not-heard', routeServer: 'routeserver-b-0' } }]);
    const next = { memory: first.memory, listenedSeconds: 2 };
    expect(decide([x], [other('b', at(800)), other('c', at(51))], next).kind).toBe('go');
  });

  it('wants the routes of a client, too', () => {
    const without = read([{ ...unnamed(x), receivedPrefixes: 3, endOfRib: { received: false, sent: true } }]);
    expect(decide([x], [other('b', without)]).missing).toMatchObject([
      { address: x, reason: { kind: 'without-routes' } },
    ]);
  });

  it('names the clients that are missing, and why, and whom it lets go first', () => {
    const verdict = decide(
      [x, y],
      [other('b', drains(x), { isEarlier: true, hold: waits() }), other('c', { kind: 'unreadable', why: 'no answer' })],
    );
    expect(verdict).toMatchObject({
      kind: 'wait',
      clientCount: 2,
      waitsFor: [{ routerId: '192.0.2.2', id: 'theirs' }],
      missing: [
        { address: x, reason: { kind: 'leaving' } },
        { address: y, reason: { kind: 'not-readable' } },
      ],
    });
  });
});

/** One route server of each side, in order; each look takes what the others told up to a second ago. */
interface Play {
  readonly starts: readonly (number | undefined)[];
  readonly returnSeconds: number;
  /** Which sides each client has at first. */
  readonly clients: readonly (readonly boolean[])[];
  readonly ages: readonly number[];
  /** Sides whose agent answers nobody in these seconds. */
  readonly silent: readonly (readonly [side: number, from: number, to: number])[];
}

interface Told {
  readonly phase: 'serving' | 'holding' | 'closed';
  readonly clients: readonly boolean[];
  readonly hold: ToldHold | undefined;
}

const holdSeconds = 120;
const end = 340;

/**
 * Plays it second by second: whoever is asked at its start waits, looks every second, closes, and is back with its clients
 * after `returnSeconds`. Returns how each side and client was at each second.
 */
function play({ starts, returnSeconds, clients, ages, silent }: Play) {
  const sides = starts.map((_, index) => index);
  const history: Told[][] = [];
  const closedAt: (number | undefined)[] = sides.map(() => undefined);
  const waitsFor: ToldHold['waitsFor'][] = sides.map(() => []);
  const isUp = (side: number, second: number) => {
    const closed = closedAt[side];
    return closed === undefined || second < closed || second >= closed + returnSeconds;
  };
  const id = (side: number) => address(`192.0.2.${String(side + 1)}`);
  const seen: boolean[][] = [];
  for (let second = 0; second < end; second++) {
    const told = sides.map((side): Told => {
      const [start, closed] = [starts[side], closedAt[side]];
      const isBack = closed !== undefined && second >= closed + returnSeconds;
      const isHolding = start !== undefined && second >= start && closed === undefined;
      return {
        phase: isHolding ? 'holding' : closed === undefined || isBack ? 'serving' : 'closed',
        // Who was there comes back; who never was does not.
        clients: clients.map((on) => on[side] === true && isUp(side, second)),
        hold: isHolding
          ? {
              id: `since ${String(start)}`,
              leftMs: (start + holdSeconds - second) * 1000,
              waitsFor: waitsFor[side] ?? [],
            }
          : undefined,
      };
    });
    history.push(told);
    seen.push(clients.map((on) => on.some((has, side) => has && isUp(side, second))));
    for (const side of sides) {
      const start = starts[side];
      // A look that counts has begun a second after the wait was told.
      if (start === undefined || second < start + 2 || closedAt[side] !== undefined) continue;
      const others = sides
        .filter((each) => each !== side)
        .map((each): OtherRouteServer => {
          const age = ages[(second * 7 + each * 3 + side) % ages.length] ?? 0;
          const then = history[Math.max(0, second - age)]?.[each] ?? expect.unreachable();
          const isSilent = silent.some(([who, from, to]) => who === each && second >= from && second < to);
          const name = String(each);
          const sight = routeServer(name, []);
          if (isSilent) {
            const reading = { kind: 'unreadable', why: 'no answer' } as const;
            return {
              sight: { ...sight, reading },
              routerId: undefined,
              isEarlier: each < side,
              hold: undefined,
              isAsking: false,
            };
          }
          const there = clients.flatMap((__, index) =>
            then.clients[index] ? [unnamed(`10.0.0.${String(index)}`)] : [],
          );
          const reading = read(there, { isDraining: then.phase !== 'serving', clients: columnsOf(book, there) });
          return {
            sight: { ...sight, reading },
            routerId: id(each),
            isEarlier: each < side,
            hold: then.hold,
            isAsking: false,
          };
        });
      const own = clients.flatMap((on, index) => (on[side] === true ? [unnamed(`10.0.0.${String(index)}`)] : []));
      const verdict = decideHold({
        own: { routerId: id(side), id: `since ${String(start)}` },
        clients: read(own, { clients: columnsOf(book, own) }),
        others,
        allowMissing: [],
        memory: nothingRemembered,
        ...{ atSeconds: 0, areAwayCounted: false, listenedSeconds: undefined },
        isForGood: false,
        neededMs: (holdSeconds / 2) * 1000,
        nextLookMs: 5000,
      });
      waitsFor[side] = verdict.waitsFor;
      if (verdict.kind !== 'wait' || second >= start + holdSeconds) closedAt[side] = second + 1;
    }
  }
  return { seen, closedAt };
}

const sides = 3;
const plays = fc.record({
  starts: fc.array(fc.option(fc.integer({ min: 0, max: 150 }), { nil: undefined, freq: 5 }), {
    minLength: 2,
    maxLength: sides,
  }),
  returnSeconds: fc.integer({ min: 5, max: 45 }),
  clients: fc.array(fc.array(fc.boolean(), { minLength: sides, maxLength: sides }), { minLength: 1, maxLength: 3 }),
  ages: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 20, size: 'max' }),
  silent: fc.constant<Play['silent']>([]),
});

const silences = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: sides - 1 }), fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 300 }))
    .map(([side, from, seconds]) => [side, from, from + seconds] as const),
  { maxLength: 3 },
);

describe('whoever is asked to go, and whenever', () => {
  it('each goes, at the end of its time at the latest', () => {
    fc.assert(
      fc.property(plays, silences, (all, silent) => {
        const each = { ...all, silent };
        const { closedAt } = play(each);
        for (const [side, start] of each.starts.entries()) {
          if (start !== undefined) expect((closedAt[side] ?? Infinity) - start).toBeLessThanOrEqual(holdSeconds + 2);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('a client of all sides always has one', () => {
    fc.assert(
      fc.property(plays, (each) => {
        const count = each.starts.length;
        const clients = [...each.clients, Array.from({ length: count }, () => true)];
        const { seen } = play({ ...each, clients });
        expect(seen.every((second) => second.at(-1) === true)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

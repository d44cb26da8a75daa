import { columnsOf, createClientBook, type ClientBook } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareByObjects,
  oracleRemembersNothing,
  type OracleMemory,
  type SightOfSessions,
} from './compare-by-objects.test-data.ts';
import { compareSides } from './compare-sides.ts';
import { nothingRemembered, type SidesMemory } from './keepers.ts';
import type { ClientsSight } from './route-server-sight.ts';
import { anyRouteServersWithNames, inColumns, read, routeServer, session } from './sides.test-data.ts';

const oftenTrue = fc.constantFrom(true, true, true, true, false);

/** Looks one after the other: a change of a side is seen before it has taken effect. */
const anyLooks = fc.array(
  fc.record({
    routeServers: anyRouteServersWithNames,
    elapsedSeconds: fc.integer({ min: 0, max: 130 }),
    changedAgo: fc.dictionary(fc.constantFrom('a', 'c'), fc.integer({ min: 0, max: 9 }), { maxKeys: 2 }),
  }),
  { minLength: 1, maxLength: 4 },
);
/** The same few clients again and again, whose counters move, whose sessions come up anew, and whose names are moved. */
const anyLife = fc.array(
  fc.record({
    routeServers: fc.tuple(...(['a', 'a', 'b', 'b', 'c'] as const).map((side, index) => anyFewClients(side, index))),
    elapsedSeconds: fc.integer({ min: 0, max: 20 }),
    changedAgo: fc.dictionary(fc.constantFrom('a', 'c'), fc.integer({ min: 0, max: 9 }), { maxKeys: 1 }),
  }),
  { minLength: 2, maxLength: 5 },
);

function anyFewClients(side: string, index: number): fc.Arbitrary<SightOfSessions> {
  const clients = ['192.0.2.1', '2001:db8::1', '192.0.2.2'].map((at, which) =>
    fc.record({
      isThere: oftenTrue,
      state: fc.constantFrom('established', 'established', 'established', 'established', 'active', 'unknown'),
      name: fc.constantFrom('leaf1', 'leaf1', 'leaf1', which === 2 ? 'leaf2' : 'leaf1', undefined),
      receivedPrefixes: fc.integer({ min: 2, max: 3 }),
      uptimeSeconds: fc.constantFrom(5, 60, 300),
      receivedMessages: fc.integer({ min: 1, max: 3 }),
      isEndOfRib: fc.constantFrom(false, false, false, true),
      at: fc.constant(at),
    }),
  );
  return fc
    .record({ sessions: fc.tuple(...clients), isTerminating: oftenTrue.map((isTrue) => !isTrue) })
    .map(({ sessions, isTerminating }): SightOfSessions => ({
      ...{ name: `routeserver-${side}-${String(index)}`, side, identity: 'pod', isTerminating, isForeign: false },
      reading: {
        ...{ kind: 'read', isDraining: false, ageMs: 0, passedOver: [] },
        sessions: sessions.flatMap(({ isThere, at, name, isEndOfRib, ...told }) =>
          isThere
            ? [
                {
                  ...told,
                  ...(name !== undefined && { name }),
                  ...{ address: address(at), kind: 'declared-client', sentPrefixes: 1 },
                  endOfRib: { received: isEndOfRib, sent: true },
                },
              ]
            : [],
        ),
      },
    }));
}

const anyAllowed = fc.array(
  fc.integer({ min: 1, max: 12 }).map((host) => address(`192.0.2.${String(host)}`)),
  { maxLength: 3 },
);

describe('sides compared by columns', () => {
  it.each([
    ['anything', anyLooks],
    ['the life of a few clients', anyLife],
  ])('are decided as they are by objects, look after look: %s', (_, any) => {
    fc.assert(
      fc.property(any, anyAllowed, fc.option(fc.constant(0), { nil: undefined }), (looks, allowMissing, listens) => {
        let listenedSeconds = listens;
        let memory: SidesMemory = nothingRemembered;
        let oracleMemory: OracleMemory = oracleRemembersNothing;
        let secondsSinceChange: ReadonlyMap<string, number> = new Map();
        for (const { routeServers, elapsedSeconds, changedAgo } of looks) {
          const older = [...secondsSinceChange].map(([side, seconds]) => [side, seconds + elapsedSeconds] as const);
          secondsSinceChange = new Map([...older, ...Object.entries(changedAgo)]);
          const common = { next: 'b', allowMissing, secondsSinceChange, listenedSeconds };
          const { memory: next, more, ...decided } = compareSides(inColumns(routeServers), { ...common, memory });
          const { memory: oracleNext, ...expected } = compareByObjects(routeServers, {
            ...common,
            memory: oracleMemory,
          });
          expect(decided).toEqual(expected);
          expect(more.size).toBe(0);
          if (listenedSeconds !== undefined) listenedSeconds += elapsedSeconds;
          memory = next;
          oracleMemory = oracleNext;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an answer that tells that nothing has changed', () => {
  const silent = { uptimeSeconds: 5000, receivedMessages: 70 };
  const sessions = [session('192.0.2.1', silent)];
  const client = routeServer('b', [session('192.0.2.1')]);
  const columns = read(sessions).clients;
  const look = (seconds: number | undefined, unchangedSeconds: number, memory = nothingRemembered) =>
    compareSides([client, routeServer('a', read([], { clients: columns, unchangedSeconds }))], {
      ...{ next: 'b', allowMissing: [], memory },
      ...(seconds !== undefined && { secondsSinceChange: new Map([['a', seconds]]) }),
    });
  const kinds = ({ missing }: ReturnType<typeof look>) => missing.map(({ reason }) => reason.kind);

  it('counts as whole where a side has not changed', () => {
    expect(kinds(look(undefined, 30))).toEqual([]);
    expect(kinds(look(251, 30))).toEqual([]);
  });

  it('counts no message: those that were counted before a change may have come before it', () => {
    const first = look(12, 30);
    expect(kinds(first)).toEqual(['not-heard']);
    const more = read([session('192.0.2.1', { ...silent, uptimeSeconds: 5033, receivedMessages: 71 })]);
    const second = compareSides([client, routeServer('a', more)], {
      ...{ next: 'b', allowMissing: [], memory: first.memory, secondsSinceChange: new Map([['a', 15]]) },
    });
    // The first count that is known to be after the change.
    expect(kinds(second)).toEqual(['not-heard']);
    const later = read([session('192.0.2.1', { ...silent, uptimeSeconds: 5036, receivedMessages: 72 })]);
    const third = compareSides([client, routeServer('a', later)], {
      ...{ next: 'b', allowMissing: [], memory: second.memory, secondsSinceChange: new Map([['a', 18]]) },
    });
    expect(kinds(third)).toEqual([]);
  });

  it('takes nothing back that was heard', () => {
    const first = look(12, 0);
    const more = read([session('192.0.2.1', { uptimeSeconds: 5004, receivedMessages: 71 })]);
    const at = (seconds: number, unchangedSeconds: number, memory: SidesMemory) =>
      compareSides([client, routeServer('a', { ...more, unchangedSeconds })], {
        ...{ next: 'b', allowMissing: [], memory, secondsSinceChange: new Map([['a', seconds]]) },
      });
    const second = at(16, 0, first.memory);
    expect(kinds(second)).toEqual([]);
    expect(kinds(at(19, 3, second.memory))).toEqual([]);
  });

  it('lets uptimes grow: a session that came up after the change is still one of after it', () => {
    const young = read([session('192.0.2.1', { uptimeSeconds: 3, receivedMessages: 4 })]);
    const at = (seconds: number, unchangedSeconds: number) =>
      compareSides([client, routeServer('a', { ...young, unchangedSeconds })], {
        ...{ next: 'b', allowMissing: [], memory: nothingRemembered, secondsSinceChange: new Map([['a', seconds]]) },
      });
    expect(kinds(at(20, 6))).toEqual([]);
    expect(kinds(at(20, 7))).toEqual(['not-heard']);
  });
});

describe('what was heard', () => {
  const old = (uptimeSeconds: number, receivedMessages: number) => [
    routeServer('b', [session('192.0.2.1')]),
    routeServer('a', [session('192.0.2.1', { uptimeSeconds, receivedMessages })]),
  ];
  const look = (routeServers: readonly ClientsSight[], seconds: number | undefined, memory: SidesMemory) =>
    compareSides(routeServers, {
      ...{ next: 'b', allowMissing: [], memory },
      ...(seconds !== undefined && { secondsSinceChange: new Map([['a', seconds]]) }),
    });

  it.each([
    ['before the first change that is seen', undefined],
    ['long after the change before', 300],
    ['after the change before', 40],
  ])('%s is nothing after another one, however late that is seen', (_, secondsBefore) => {
    const first = look(old(5000, 70), secondsBefore, nothingRemembered);
    const second = look(old(5030, 71), secondsBefore === undefined ? undefined : secondsBefore + 30, first.memory);
    expect(second.missing).toEqual([]);
    expect(look(old(5060, 72), 15, second.memory).missing).toMatchObject([{ reason: { kind: 'not-heard' } }]);
  });
});

describe('many', () => {
  it('missing clients are counted, and not all listed', () => {
    const many = Array.from({ length: 1500 }, (_, index) =>
      session(`10.0.${String(index >> 8)}.${String(index & 255)}`),
    );
    const { missing, more, clientCount } = compareSides([routeServer('b', many)], {
      ...{ next: 'b', allowMissing: [], memory: nothingRemembered },
    });
    expect(clientCount).toBe(1500);
    expect(missing).toHaveLength(1000);
    expect(missing.at(-1)?.address).toBe('10.0.3.231');
    expect(more).toEqual(new Map([['no-session', 500]]));
  });

  it('looks into several books remember nothing of each other', () => {
    const options = { next: 'b', allowMissing: [] };
    const sightsIn = (book: ClientBook, receivedPrefixes: number, ...before: readonly string[]) => {
      for (const each of before) book.addresses.rowOf(address(each));
      const told = (prefixes: number) =>
        columnsOf(book, [
          session('192.0.2.1', { receivedPrefixes: prefixes, endOfRib: { received: false, sent: true } }),
        ]);
      return [
        routeServer('b', read([], { clients: told(20) })),
        routeServer('a', read([], { clients: told(receivedPrefixes) })),
      ];
    };
    const one = createClientBook();
    const first = compareSides(sightsIn(one, 20), { ...options, memory: nothingRemembered });
    expect(compareSides(sightsIn(one, 19), { ...options, memory: first.memory }).missing).toEqual([]);
    const other = sightsIn(createClientBook(), 19, '192.0.2.7', '192.0.2.8');
    expect(compareSides(other, { ...options, memory: first.memory }).missing).toHaveLength(1);
  });

  it('books are refused: a row of one is another address in the other', () => {
    const elsewhere = read([], { clients: columnsOf(createClientBook(), []) });
    expect(() =>
      compareSides([routeServer('b', []), routeServer('a', elsewhere)], {
        ...{ next: 'b', allowMissing: [], memory: nothingRemembered },
      }),
    ).toThrow('several books');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeenSession } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import { compareSides } from './compare-sides.ts';
import { nothingRemembered } from './keepers.ts';
import { listedAtMost } from './missing-clients.ts';
import { clientSessions, type ClientsSight, type StatusReading } from './route-server-sight.ts';
import { anyRouteServers, anySessions, inColumns, read, routeServer, session, unnamed } from './sides.test-data.ts';

const nobody = { next: 'b', allowMissing: [], memory: nothingRemembered };
const missingOf = (routeServers: readonly ClientsSight[], options = nobody) =>
  compareSides(routeServers, options).missing.map(({ address, reason }) => [address, reason.kind]);

describe('a client of the next side', () => {
  const withEnd = session('192.0.2.1');
  const withoutEnd = session('192.0.2.1', { endOfRib: { received: false, sent: true } });

  it.each([
    ['with a session and its End-of-RIB on another side is not missing', [withEnd], [withEnd], []],
    ['without any session is missing', [withEnd], [], [['192.0.2.1', 'no-session']]],
    [
      'whose other session is not up is missing',
      [withEnd],
      [{ ...withEnd, state: 'active' as const }],
      [['192.0.2.1', 'no-session']],
    ],
    [
      'whose End-of-RIB is still to come is missing',
      [withEnd],
      [{ ...withoutEnd, receivedPrefixes: 30 }],
      [['192.0.2.1', 'without-routes']],
    ],
    ['that knows no End-of-RIB is not missing with as many prefixes', [withoutEnd], [withoutEnd], []],
    [
      'that knows no End-of-RIB is missing with fewer',
      [withoutEnd],
      [{ ...withoutEnd, receivedPrefixes: 19 }],
      [['192.0.2.1', 'without-routes']],
    ],
    [
      'that is evicted on the other side is missing',
      [withEnd],
      [{ ...withEnd, kind: 'evicted' as const }],
      [['192.0.2.1', 'no-session']],
    ],
    [
      'is not known from another address by AS and router-id, which anybody may say',
      [unnamed('192.0.2.1')],
      [{ ...unnamed('192.0.2.9'), remoteRouterId: address('192.0.2.1') }],
      [['192.0.2.1', 'no-session']],
    ],
  ])('%s', (_, ofNext, ofOther, missing) => {
    expect(missingOf([routeServer('b', ofNext), routeServer('a', ofOther)])).toEqual(missing);
  });

  it('is not one that has no session there, is evicted or is of the mesh', () => {
    const others = [
      session('192.0.2.1', { state: 'active' }),
      session('192.0.2.2', { kind: 'evicted' }),
      session('192.0.2.3', { kind: 'mesh' }),
    ];
    expect(compareSides([routeServer('b', others)], nobody)).toMatchObject({ clientCount: 0, missing: [] });
  });

  it.each([
    ['drains', routeServer('a', read([withEnd], { isDraining: true }))],
    ['terminates', routeServer('a', [withEnd], { isTerminating: true })],
  ])('is missing when the route server with its other session %s', (_, leaving) => {
    expect(missingOf([routeServer('b', [withEnd]), leaving])).toEqual([['192.0.2.1', 'leaving']]);
    const staying = routeServer('a', [withEnd], { name: 'routeserver-a-1' });
    expect(missingOf([routeServer('b', [withEnd]), leaving, staying])).toEqual([]);
  });

  it('is missing with who asked for the drain that takes it', () => {
    const drain = { cause: 'command', requestedBy: 'alice', requestedAt: '2026-11-22T13:15:13.000Z' };
    const draining = routeServer('a', read([withEnd], { isDraining: true, drain }));
    const { missing } = compareSides([routeServer('b', [withEnd]), draining], nobody);
    expect(missing.map(({ reason }) => reason)).toEqual([{ kind: 'leaving', routeServer: 'routeserver-a-0', drain }]);
  });

  it('with a session in a state that is not known is a client on the next side, and is kept by none elsewhere', () => {
    const odd = session('192.0.2.1', { state: 'unknown' });

    expect(compareSides([routeServer('b', [odd]), routeServer('a', [])], nobody)).toMatchObject({
      clientCount: 1,
      missing: [{ address: '192.0.2.1', reason: { kind: 'no-session' } }],
    });
    expect(missingOf([routeServer('b', [odd]), routeServer('a', [withEnd])])).toEqual([]);
    expect(missingOf([routeServer('b', [withEnd]), routeServer('a', [odd])])).toEqual([['192.0.2.1', 'no-session']]);
  });

  it('with two sessions on the next side counts by the one with more routes', () => {
    const few = { ...withoutEnd, receivedPrefixes: 5 };
    const some = { ...withoutEnd, receivedPrefixes: 10 };
    const ofNext = [
      routeServer('b', [few]),
      routeServer('b', [withoutEnd], { name: 'routeserver-b-1' }),
      routeServer('b', [few], { name: 'routeserver-b-2' }),
    ];

    for (const order of [ofNext, [...ofNext].reverse()]) {
      expect(compareSides([...order, routeServer('a', [some])], nobody).missing).toMatchObject([
        {
          routeServer: 'routeserver-b-1',
          reason: { kind: 'without-routes', receivedPrefixes: 10, expectedPrefixes: 20 },
        },
      ]);
    }
  });

  it('with two sessions on the next side counts by the one with End-of-RIB, whatever the numbers', () => {
    const ofNext = [
      routeServer('b', [withoutEnd]),
      routeServer('b', [{ ...withEnd, receivedPrefixes: 1 }], { name: 'routeserver-b-1' }),
    ];
    const { missing } = compareSides([...ofNext, routeServer('a', [withoutEnd])], nobody);

    expect(missing.map(({ routeServer, reason }) => [routeServer, reason])).toEqual([
      ['routeserver-b-1', { kind: 'without-routes', routeServer: 'routeserver-a-0', receivedPrefixes: 20 }],
    ]);
  });

  it('is missing with the reason that a route server of another side cannot be read', () => {
    const broken = routeServer('a', { kind: 'unreadable', why: 'ECONNREFUSED' });
    expect(compareSides([routeServer('b', [withEnd]), broken], nobody).missing).toMatchObject([
      { reason: { kind: 'not-readable', routeServer: 'routeserver-a-0', why: 'ECONNREFUSED' } },
    ]);
  });

  it('has its name from any side that declares it', () => {
    const halfway = session('192.0.2.1', { endOfRib: { received: false, sent: true }, name: 'dc1-leaf1' });
    expect(
      compareSides([routeServer('b', [unnamed('192.0.2.1')]), routeServer('a', [halfway])], nobody).missing,
    ).toMatchObject([{ name: 'dc1-leaf1' }]);
  });

  it('stays complete while its session lasts, although its prefixes come and go', () => {
    const ofNext = routeServer('b', [withoutEnd]);
    const { memory } = compareSides([ofNext, routeServer('a', [withoutEnd])], nobody);
    const fewer = { ...withoutEnd, receivedPrefixes: 19, uptimeSeconds: 101 };
    const later = compareSides([ofNext, routeServer('a', [fewer])], { ...nobody, memory });
    expect(later.missing).toEqual([]);
    const another = { ...fewer, uptimeSeconds: 1 };
    expect(missingOf([ofNext, routeServer('a', [another])], { ...nobody, memory: later.memory })).toEqual([
      ['192.0.2.1', 'without-routes'],
    ]);
  });

  it('may be allowed to be missing; who is on the list and is not missing is told', () => {
    const other = session('192.0.2.2');
    const compared = compareSides([routeServer('b', [withEnd, other]), routeServer('a', [other])], {
      ...nobody,
      allowMissing: [address('192.0.2.1'), address('192.0.2.2'), address('192.0.2.3')],
    });
    expect(compared).toMatchObject({
      missing: [],
      allowMissing: [{ address: '192.0.2.1', name: 'client-192.0.2.1', reason: { kind: 'no-session' } }],
      needlesslyAllowed: ['192.0.2.2'],
    });
  });
});

describe('what is told of a missing client', () => {
  const ofNext = (changes: Parameters<typeof session>[1] = {}) => routeServer('b', [session('192.0.2.1', changes)]);

  it('is its name, where the settings give it one, and no more than is known', () => {
    expect(compareSides([ofNext()], nobody).missing).toEqual([
      {
        address: '192.0.2.1',
        name: 'client-192.0.2.1',
        routeServer: 'routeserver-b-0',
        reason: { kind: 'no-session' },
      },
    ]);
    const [missing] = compareSides([routeServer('b', [unnamed('192.0.2.1')])], nobody).missing;
    expect(Object.keys(missing ?? {})).toEqual(['address', 'routeServer', 'reason']);
  });

  it('is the route server of another side that has most of its routes', () => {
    const half = (receivedPrefixes: number) =>
      session('192.0.2.1', { receivedPrefixes, endOfRib: { received: false, sent: true } });
    const routeServers = [5, 9, 7].map((count, index) =>
      routeServer('a', [half(count)], { name: `routeserver-a-${String(index)}` }),
    );
    for (const order of [routeServers, [...routeServers].reverse()]) {
      expect(compareSides([ofNext(), ...order], nobody).missing).toMatchObject([
        { reason: { kind: 'without-routes', routeServer: 'routeserver-a-1', receivedPrefixes: 9 } },
      ]);
    }
  });

  it('is the first route server by name, whichever answered first', () => {
    const leaving = [1, 0].map((index) =>
      routeServer('a', [session('192.0.2.1')], { name: `routeserver-a-${String(index)}`, isTerminating: true }),
    );
    const twice = [1, 0].map((index) =>
      routeServer('b', [session('192.0.2.1')], { name: `routeserver-b-${String(index)}` }),
    );
    for (const order of [[...leaving, ...twice], [...leaving, ...twice].reverse()]) {
      expect(compareSides(order, nobody).missing).toMatchObject([
        { routeServer: 'routeserver-b-0', reason: { kind: 'leaving', routeServer: 'routeserver-a-0' } },
      ]);
    }
  });

  it('is not that it was settled, when its session is another one, or was never settled', () => {
    const few = (uptimeSeconds: number | undefined) => {
      const seen = session('192.0.2.1', { receivedPrefixes: 1, endOfRib: { received: false, sent: true } });
      if (uptimeSeconds === undefined) Reflect.deleteProperty(seen, 'uptimeSeconds');
      return routeServer('a', [uptimeSeconds === undefined ? seen : { ...seen, uptimeSeconds }]);
    };
    const client = ofNext({ endOfRib: { received: false, sent: true } });
    const settled = (uptimeSeconds: number) => {
      const whole = session('192.0.2.1', { endOfRib: { received: false, sent: true }, uptimeSeconds });
      return compareSides([client, routeServer('a', [whole])], nobody).memory;
    };
    const missing = (uptimeNow: number | undefined, memory = nothingRemembered) =>
      compareSides([client, few(uptimeNow)], { ...nobody, memory }).missing.length;
    expect(missing(100)).toBe(1);
    expect(missing(100, settled(100))).toBe(0);
    expect(missing(101, settled(100))).toBe(0);
    expect(missing(99, settled(100))).toBe(1);
    expect(missing(undefined, settled(0))).toBe(1);
  });
});

describe('another address', () => {
  /** Whoever is let in by a range says which AS and router-id it has. */
  const from = (at: string, changes: Partial<SeenSession> = {}): SeenSession => ({
    ...unnamed(at),
    remoteRouterId: address('10.0.0.1'),
    ...changes,
  });
  const down = { state: 'active' } as const;
  const leaf = { kind: 'declared-client', name: 'leaf' } as const;
  const [v4, v6] = ['192.0.2.2', '2001:db8::2'];

  it.each<[string, readonly SeenSession[], readonly SeenSession[]]>([
    ['with the same AS and router-id, each unique on its side', [from(v4)], [from('192.0.2.1')]],
    ['of the other family with the same AS and router-id', [from(v4)], [from(v6)]],
    ['of a declared client whose AS and router-id a range client says', [from(v4, leaf)], [from(v6)]],
    ['of a range client that says AS and router-id of a declared one', [from(v4)], [from(v6, leaf), from(v4, down)]],
    ['of a pair with one router-id', [from(v4), from('192.0.2.1', down)], [from('192.0.2.1'), from(v4, down)]],
    ['of the same name, which the next side gives to this address alone', [from(v4, leaf)], [from(v6, leaf)]],
    [
      'of the same name, which has moved: the side that stays gives this address another one',
      [from(v4, leaf), from(v6, { ...leaf, ...down })],
      [from(v6, leaf), from(v4, { ...leaf, ...down, name: 'other' })],
    ],
    [
      'of the same name, where the side that stays keeps this address out',
      [from(v4, leaf), from(v6, { ...leaf, ...down })],
      [from(v6, leaf), from(v4, { ...leaf, kind: 'evicted', state: 'shutdown' })],
    ],
    [
      'of the same name and family: one name of two clients',
      [from(v4, leaf), from('192.0.2.1', { ...leaf, ...down })],
      [from('192.0.2.1', leaf), from(v4, { ...leaf, ...down })],
    ],
  ])('%s is no sign of a client', (_, ofNext, ofOther) => {
    expect(missingOf([routeServer('b', ofNext), routeServer('a', ofOther)])).toContainEqual([v4, 'no-session']);
  });

  it('of the same name is no sign where two route servers of a side give it two names', () => {
    const both = [from(v4, { ...leaf, ...down }), from(v6, leaf)];
    const older = routeServer('a', [from(v4, { ...leaf, ...down, name: 'other' })], { name: 'routeserver-a-1' });
    const ofNext = routeServer('b', [from(v4, leaf), from(v6, { ...leaf, ...down })]);
    expect(missingOf([ofNext, routeServer('a', both)])).toEqual([]);
    expect(missingOf([ofNext, routeServer('a', both), older])).toEqual([[v4, 'no-session']]);
  });

  it('of a declared client that dials each VIP from its address of that family is its own', () => {
    const ofNext = [from(v4, leaf), from(v6, { ...leaf, ...down })];
    const ofOther = [from(v6, leaf), from(v4, { ...leaf, ...down })];
    expect(missingOf([routeServer('b', ofNext), routeServer('a', ofOther)])).toEqual([]);
    // Two route servers of one side have it.
    const second = routeServer('b', ofNext, { name: 'routeserver-b-1' });
    expect(missingOf([routeServer('b', ofNext), second, routeServer('a', ofOther)])).toEqual([]);
    const withoutRoutes = from(v6, { ...leaf, receivedPrefixes: 1, endOfRib: { received: false, sent: true } });
    expect(missingOf([routeServer('b', ofNext), routeServer('a', [withoutRoutes, ...ofOther.slice(1)])])).toEqual([
      [v4, 'without-routes'],
    ]);
  });

  it('and an attacker on side a who says what a client of b alone says keep the gate shut', () => {
    fc.assert(
      fc.property(anySessions, anySessions, (ofNext, ofOther) => {
        const missing = missingOf([routeServer('b', ofNext), routeServer('a', ofOther)]).map(([at]) => at);
        const copies = ofNext
          .filter((each) => !ofOther.some(({ address: at }) => at === each.address))
          .map((each, index): SeenSession => {
            const { remoteAsn, remoteRouterId } = each;
            return {
              ...unnamed(`198.51.100.${String(index)}`),
              ...(remoteAsn && { remoteAsn }),
              ...(remoteRouterId && { remoteRouterId }),
            };
          });
        const attacked = missingOf([routeServer('b', ofNext), routeServer('a', [...ofOther, ...copies])]);
        expect(attacked.map(([at]) => at)).toEqual(missing);
      }),
    );
  });
});

describe('whose session it is', () => {
  const few = (identity: string, uptimeSeconds: number) =>
    routeServer(
      'a',
      [session('192.0.2.1', { receivedPrefixes: 1, endOfRib: { received: false, sent: true }, uptimeSeconds })],
      {
        identity,
      },
    );
  const client = routeServer('b', [session('192.0.2.1', { endOfRib: { received: false, sent: true } })]);

  it('is another one with another pod of the same name, whatever it says of its uptime', () => {
    const whole = session('192.0.2.1', { endOfRib: { received: false, sent: true } });
    const { memory } = compareSides([client, routeServer('a', [whole], { identity: 'first' })], nobody);
    const missing = (identity: string) => missingOf([client, few(identity, 200)], { ...nobody, memory });
    expect(missing('first')).toEqual([]);
    expect(missing('second')).toEqual([['192.0.2.1', 'without-routes']]);
  });

  it('was not heard from by another pod of the same name', () => {
    const old = (identity: string, receivedMessages: number) => [
      client,
      routeServer('a', [session('192.0.2.1', { uptimeSeconds: 5000, receivedMessages })], { identity }),
    ];
    const options = { ...nobody, secondsSinceChange: new Map([['a', 20]]) };
    const { memory } = compareSides(old('first', 70), options);
    expect(missingOf(old('first', 71), { ...options, memory })).toEqual([]);
    expect(missingOf(old('second', 71), { ...options, memory })).toEqual([['192.0.2.1', 'not-heard']]);
  });

  it('is in danger with a pod of the next side that no StatefulSet made, and is kept by none of another side', () => {
    const foreign = (side: string) => routeServer(side, [session('192.0.2.1')], { name: 'debug', isForeign: true });
    expect(missingOf([routeServer('b', [session('192.0.2.1')]), foreign('a')])).toEqual([['192.0.2.1', 'no-session']]);
    expect(missingOf([foreign('b'), routeServer('a', [])])).toEqual([['192.0.2.1', 'no-session']]);
    expect(missingOf([foreign('b'), routeServer('a', [session('192.0.2.1')])])).toEqual([]);
  });
});

describe('route servers of the next side', () => {
  it('whose clients are known in part, or were known, are told', () => {
    const partly = (state?: SeenSession['state']) =>
      read([], { passedOver: [{ neighbor: 'eth0', why: 'it has no address', ...(state && { state }) }] });
    const unknown = (reading: StatusReading) => compareSides([routeServer('b', reading)], nobody).unreadable;
    const why = 'its neighbor eth0: it has no address';
    const expected = [{ routeServer: 'routeserver-b-0', kind: 'partial', why }];
    expect(unknown(partly())).toEqual(expected);
    expect(unknown(partly('established'))).toEqual(expected);
    expect(unknown(partly('unknown'))).toEqual(expected);
    // No session, and so no client.
    expect(unknown(partly('idle'))).toEqual([]);
    expect(unknown({ kind: 'stale', why: 'a minute ago' })).toEqual([
      { routeServer: 'routeserver-b-0', kind: 'stale', why: 'a minute ago' },
    ]);
    expect(unknown(read([]))).toEqual([]);
  });

  it('whose engine does not run have no clients; those that cannot be read are told', () => {
    const down = routeServer('b', { kind: 'engine-down', why: 'CrashLoopBackOff' });
    const unreadable = routeServer('b', { kind: 'unreadable', why: 'no answer' }, { name: 'routeserver-b-1' });
    expect(compareSides([down, unreadable], nobody)).toMatchObject({
      clientCount: 0,
      unreadable: [{ routeServer: 'routeserver-b-1', why: 'no answer' }],
    });
  });
});

describe('laws', () => {
  it('two sides with the same staying sessions miss nobody', () => {
    fc.assert(
      fc.property(anySessions, (all) => {
        const sessions = all.filter(({ state }) => state !== 'unknown');
        expect(missingOf([routeServer('a', sessions), routeServer('b', sessions)])).toEqual([]);
      }),
    );
  });

  it('the order in which route servers are given does not matter', () => {
    fc.assert(
      fc.property(anyRouteServers, (any) => {
        const routeServers = inColumns(any);
        const [one, other] = [routeServers, [...routeServers].reverse()].map((list) => compareSides(list, nobody));
        expect(other).toMatchObject({ missing: one?.missing, clientCount: one?.clientCount });
      }),
    );
  });

  it('a session less on another side never makes fewer clients missing', () => {
    fc.assert(
      fc.property(anyRouteServers, fc.nat(20), (routeServers, which) => {
        let left = which;
        const fewer = routeServers.map((each) => {
          if (each.side === 'b' || each.reading.kind !== 'read') return each;
          const sessions = each.reading.sessions.filter(() => left-- !== 0);
          return { ...each, reading: { ...each.reading, sessions } };
        });
        const before = missingOf(inColumns(routeServers)).map(([address]) => address);
        expect(missingOf(inColumns(fewer)).map(([address]) => address)).toEqual(expect.arrayContaining(before));
      }),
    );
  });

  it('who is not missing has, on a route server of another side that stays, an established session', () => {
    fc.assert(
      fc.property(anyRouteServers, (any) => {
        const routeServers = inColumns(any);
        const missing = new Set(missingOf(routeServers).map(([address]) => address));
        const kept = clientSessions(
          routeServers.filter(
            ({ side, isTerminating, isForeign, reading }) =>
              side !== 'b' && !isTerminating && !isForeign && reading.kind === 'read' && !reading.isDraining,
          ),
        );
        for (const client of clientSessions(routeServers.filter(({ side }) => side === 'b'))) {
          if (missing.has(client.address)) continue;
          expect(kept.map(({ address }) => address)).toContain(client.address);
        }
      }),
    );
  });

  it('letting through moves clients from one list to the other and changes nothing else', () => {
    fc.assert(
      fc.property(anyRouteServers, fc.integer({ min: 1, max: 12 }), (any, host) => {
        const routeServers = inColumns(any);
        const allowMissing = [address(`192.0.2.${String(host)}`)];
        const strict = compareSides(routeServers, nobody);
        const lenient = compareSides(routeServers, { ...nobody, allowMissing });
        expect(lenient.missing).toEqual(strict.missing.filter(({ address }) => address !== allowMissing[0]));
        expect(lenient.allowMissing).toEqual(strict.missing.filter(({ address }) => address === allowMissing[0]));
      }),
    );
  });

  it('asked about some clients it tells of those what it tells of them among all', () => {
    fc.assert(
      fc.property(anyRouteServers, fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 5 }), (any, hosts) => {
        const routeServers = inColumns(any);
        const about = hosts.map((host) => address(`192.0.2.${String(host)}`));
        const [all, some] = [{}, { about }].map((asked) => compareSides(routeServers, { ...nobody, ...asked }));
        expect(some?.missing).toEqual(all?.missing.filter((each) => about.includes(each.address)));
        expect(some?.clientCount).toBe(all?.clientCount);
      }),
    );
  });
});

describe('of very many missing clients', () => {
  const many = Array.from({ length: listedAtMost + 500 }, (_, host) =>
    session(`10.0.${String(host >> 8)}.${String(host & 255)}`),
  );
  const last = address(`10.0.${String((many.length - 1) >> 8)}.${String((many.length - 1) & 255)}`);
  const routeServers = [routeServer('b', many), routeServer('a', [])];

  it('the first are listed, and it says how many more there are', () => {
    const { missing, more } = compareSides(routeServers, nobody);
    expect([missing.length, ...more]).toEqual([listedAtMost, ['no-session', 500]]);
    expect(missing.map((each) => each.address)).not.toContain(last);
  });

  it('each is listed that is asked about, however many come before it, and none twice', () => {
    for (const about of [[last], [last, last], [address('198.51.100.7'), last]]) {
      const { missing, more } = compareSides(routeServers, { ...nobody, about });
      expect([missing.map((each) => each.address), more.size]).toEqual([[last], 0]);
    }
    const all = compareSides(routeServers, { ...nobody, about: many.map((each) => address(each.address)) });
    expect([all.missing.length, all.more.size]).toEqual([many.length, 0]);
  });
});

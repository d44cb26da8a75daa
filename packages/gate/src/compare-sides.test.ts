import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address } from '@meshrs/network/test-data';
import { compareSides, nothingRemembered } from './compare-sides.ts';
import { clientSessions, type RouteServerSight } from './route-server-sight.ts';
import { anyRouteServers, anySessions, read, session, unnamed, routeServer } from './sides.test-data.ts';

const nobody = { next: 'b', allowMissing: [], memory: nothingRemembered };
const missingOf = (routeServers: readonly RouteServerSight[], options = nobody) =>
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
      'from another address is known by AS and router-id',
      [withEnd],
      [session('192.0.2.9', { remoteRouterId: address('192.0.2.1') })],
      [],
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
  const unknown = { ...unnamed('192.0.2.1') };

  it('is its AS, where that is known, and no more than is known', () => {
    expect(compareSides([ofNext()], nobody).missing).toEqual([
      {
        address: '192.0.2.1',
        name: 'client-192.0.2.1',
        asn: 65001,
        routeServer: 'routeserver-b-0',
        reason: { kind: 'no-session' },
      },
    ]);
    Reflect.deleteProperty(unknown, 'remoteAsn');
    const [missing] = compareSides([routeServer('b', [unknown])], nobody).missing;
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

  it('is that its router is another one, where either side does not know AS or router-id', () => {
    const from = (at: string, without: readonly ('remoteAsn' | 'remoteRouterId')[]) => {
      const seen = session(at, { remoteRouterId: address('10.0.0.1') });
      for (const key of without) Reflect.deleteProperty(seen, key);
      return seen;
    };
    for (const without of [['remoteAsn'], ['remoteRouterId'], ['remoteAsn', 'remoteRouterId']] as const) {
      const routeServers = [
        routeServer('b', [from('192.0.2.1', without)]),
        routeServer('a', [from('192.0.2.9', without)]),
      ];
      expect(missingOf(routeServers)).toEqual([['192.0.2.1', 'no-session']]);
    }
    expect(missingOf([routeServer('b', [from('192.0.2.1', [])]), routeServer('a', [from('192.0.2.9', [])])])).toEqual(
      [],
    );
  });

  it('is not that it was settled, when its session is another one, or was never settled', () => {
    const few = (uptimeSeconds: number | undefined) => {
      const seen = session('192.0.2.1', { receivedPrefixes: 1, endOfRib: { received: false, sent: true } });
      if (uptimeSeconds === undefined) Reflect.deleteProperty(seen, 'uptimeSeconds');
      return routeServer('a', [uptimeSeconds === undefined ? seen : { ...seen, uptimeSeconds }]);
    };
    const client = ofNext({ endOfRib: { received: false, sent: true } });
    const settled = (uptime: number) => ({
      settled: new Map([['routeserver-a-0 192.0.2.1', uptime]]),
      heard: new Map(),
    });
    const missing = (uptimeNow: number | undefined, memory = nothingRemembered) =>
      compareSides([client, few(uptimeNow)], { ...nobody, memory }).missing.length;
    expect(missing(100)).toBe(1);
    expect(missing(100, settled(100))).toBe(0);
    expect(missing(101, settled(100))).toBe(0);
    expect(missing(99, settled(100))).toBe(1);
    expect(missing(undefined, settled(0))).toBe(1);
  });
});

describe('route servers of the next side', () => {
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
      fc.property(anyRouteServers, (routeServers) => {
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
        const before = missingOf(routeServers).map(([address]) => address);
        expect(missingOf(fewer).map(([address]) => address)).toEqual(expect.arrayContaining(before));
      }),
    );
  });

  it('who is not missing has, on a route server of another side that stays, an established session', () => {
    fc.assert(
      fc.property(anyRouteServers, (routeServers) => {
        const missing = new Set(missingOf(routeServers).map(([address]) => address));
        const kept = clientSessions(
          routeServers.filter(
            ({ side, isTerminating, reading }) =>
              side !== 'b' && !isTerminating && reading.kind === 'read' && !reading.isDraining,
          ),
        );
        for (const client of clientSessions(routeServers.filter(({ side }) => side === 'b'))) {
          if (missing.has(client.address)) continue;
          // The same client may have two sessions with b; either's router may be the one that is kept.
          const same = clientSessions(routeServers).filter(({ address }) => address === client.address);
          expect(
            kept.some(
              (session) =>
                session.address === client.address ||
                same.some(
                  ({ remoteAsn, remoteRouterId }) =>
                    remoteAsn === session.remoteAsn && remoteRouterId === session.remoteRouterId,
                ),
            ),
          ).toBe(true);
        }
      }),
    );
  });

  it('letting through moves clients from one list to the other and changes nothing else', () => {
    fc.assert(
      fc.property(anyRouteServers, fc.integer({ min: 1, max: 12 }), (routeServers, host) => {
        const allowMissing = [address(`192.0.2.${String(host)}`)];
        const strict = compareSides(routeServers, nobody);
        const lenient = compareSides(routeServers, { ...nobody, allowMissing });
        expect(lenient.missing).toEqual(strict.missing.filter(({ address }) => address !== allowMissing[0]));
        expect(lenient.allowMissing).toEqual(strict.missing.filter(({ address }) => address === allowMissing[0]));
      }),
    );
  });
});

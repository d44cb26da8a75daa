import { columnsOf, createClientBook, type AwayClient, type SeenSession } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { compareSides } from './compare-sides.ts';
import { nothingRemembered, type SidesMemory } from './keepers.ts';
import type { ClientsSight } from './route-server-sight.ts';
import { awaySeconds } from './seen-clients.ts';
import { book, read, routeServer, session, unnamed } from './sides.test-data.ts';

/*
 * A client whose session with the next side has ended is on its way back: it counts for as long as the slowest client takes
 * to dial again, by the word of that side's agent or by what was seen before.
 */

const x = unnamed('192.0.2.1');
const away = (at: string, seconds: number): AwayClient => ({
  ...{ address: address(at), sinceMs: 0, forMs: seconds * 1000 },
});
const withAway = (sessions: readonly SeenSession[], ...clients: readonly AwayClient[]) =>
  read(sessions, { clients: columnsOf(book, sessions, clients) });

function look(routeServers: readonly ClientsSight[], atSeconds = 0, memory = nothingRemembered) {
  return compareSides(routeServers, { next: 'b', allowMissing: [], memory, atSeconds, areAwayCounted: true });
}
const missing = (...args: Parameters<typeof look>) =>
  look(...args).missing.map((client) => [client.address, client.reason.kind, client.routeServer, client.isAway]);
const isMissing = [['192.0.2.1', 'no-session', 'routeserver-b-0', true]];
const a = routeServer('a', []);

describe('a client that the agent of the next side tells as gone', () => {
  it('counts until the slowest client has dialled again', () => {
    expect(awaySeconds).toBeGreaterThanOrEqual(120);
    for (const seconds of [0, 6, 119, awaySeconds]) {
      expect(missing([routeServer('b', withAway([], away('192.0.2.1', seconds))), a])).toEqual(isMissing);
    }
    const later = routeServer('b', withAway([], away('192.0.2.1', awaySeconds + 1)));
    expect(look([later, a])).toMatchObject({ missing: [], clientCount: 0 });
  });

  it('counts no longer than that where the agent says again and again that nothing has changed', () => {
    const told = withAway([], away('192.0.2.1', 100));
    const at = (unchangedSeconds: number) => missing([routeServer('b', { ...told, unchangedSeconds }), a]);
    expect(at(awaySeconds - 101)).toEqual(isMissing);
    expect(at(awaySeconds - 99)).toEqual([]);
  });

  it('is kept where another side has its session, whatever it had here', () => {
    expect(missing([routeServer('b', withAway([], away('192.0.2.1', 6))), routeServer('a', [x])])).toEqual([]);
  });

  it('is back where it has a session, also with another route server of the side', () => {
    const other = routeServer('b', [x], { name: 'routeserver-b-1', identity: 'other' });
    const { missing, clientCount } = look([routeServer('b', withAway([], away('192.0.2.1', 6))), other, a]);
    expect(missing.map(({ isAway, routeServer }) => [isAway, routeServer])).toEqual([[undefined, 'routeserver-b-1']]);
    expect(clientCount).toBe(1);
  });

  it('has its name where it is declared', () => {
    const declared = session('192.0.2.1', { state: 'active' });
    const told = withAway([declared], away('192.0.2.1', 6));
    expect(look([routeServer('b', told), a]).missing).toMatchObject([{ name: 'client-192.0.2.1', isAway: true }]);
  });

  it('is none where only sessions are asked for', () => {
    const options = { next: 'b', allowMissing: [], memory: nothingRemembered };
    const told = routeServer('b', withAway([], away('192.0.2.1', 6)));
    expect(compareSides([told, a], options)).toMatchObject({ missing: [], clientCount: 0 });
  });
});

describe('a client that was seen on the next side before', () => {
  const seen = (reading = read([x])): SidesMemory => look([routeServer('b', reading), a], 10).memory;
  const gone = routeServer('b', []);

  it('counts from the look on in which it was gone, also where the agent does not tell', () => {
    const first = look([gone, a], 13, seen());
    expect(first.missing).toMatchObject([{ address: '192.0.2.1', isAway: true, routeServer: 'routeserver-b-0' }]);
    expect(first.clientCount).toBe(1);
    expect(missing([gone, a], 13 + awaySeconds, first.memory)).toEqual(isMissing);
    expect(missing([gone, a], 14 + awaySeconds, first.memory)).toEqual([]);
  });

  it('counts anew when it comes and goes', () => {
    let { memory } = look([gone, a], 100, seen());
    ({ memory } = look([routeServer('b', [x]), a], 150, memory));
    expect(missing([gone, a], 200, memory)).toEqual(isMissing);
    ({ memory } = look([gone, a], 200, memory));
    expect(missing([gone, a], 200 + awaySeconds, memory)).toEqual(isMissing);
    expect(missing([gone, a], 201 + awaySeconds, memory)).toEqual([]);
  });

  it('is where it was while its route server tells nothing', () => {
    const silent = routeServer('b', { kind: 'unreadable', why: 'timeout' });
    const { memory } = look([silent, a], 500, seen());
    expect(missing([gone, a], 900, memory)).toEqual(isMissing);
  });

  it('counts for its time where its engine has ended', () => {
    const down = routeServer('b', { kind: 'engine-down', why: 'CrashLoopBackOff' });
    const { memory } = look([down, a], 20, seen());
    expect(missing([down, a], 30, memory)).toEqual(isMissing);
    expect(missing([down, a], 21 + awaySeconds, memory)).toEqual([]);
  });

  it('is kept where another side has its session', () => {
    expect(missing([gone, routeServer('a', [x])], 13, seen())).toEqual([]);
  });

  it('is nobody by the rows of another book', () => {
    const other = createClientBook();
    const elsewhere = (side: string) =>
      routeServer(side, read([], { clients: columnsOf(other, [unnamed('10.0.0.1')]) }));
    expect(missing([elsewhere('b'), elsewhere('a')], 13, seen())).toEqual([]);
  });
});

describe('a client that was sent away', () => {
  const seen = look([routeServer('b', [x]), a], 10).memory;
  const keepsOut = (...evicted: readonly string[]) =>
    routeServer('b', read([], { evicted: evicted.map((each) => address(each)) }));

  it('has not just gone where the agent that had it says that it keeps it out', () => {
    expect(look([keepsOut('192.0.2.1'), a], 13, seen)).toMatchObject({ missing: [], clientCount: 0 });
  });

  it('is waited for no longer when its agent says so later, nor when its eviction is over', () => {
    const first = look([keepsOut(), a], 13, seen);
    expect(first.clientCount).toBe(1);
    const second = look([keepsOut('192.0.2.1'), a], 16, first.memory);
    expect(second.clientCount).toBe(0);
    expect(look([keepsOut(), a], 20, second.memory)).toMatchObject({ missing: [], clientCount: 0 });
  });

  it('counts again when it comes and goes after that', () => {
    let { memory } = look([keepsOut('192.0.2.1'), a], 13, seen);
    ({ memory } = look([routeServer('b', [x]), a], 80, memory));
    expect(missing([keepsOut(), a], 83, memory)).toEqual(isMissing);
  });

  it.each<[string, readonly ClientsSight[]]>([
    ['another one is kept out', [keepsOut('192.0.2.2'), a]],
    ['the other side keeps it out', [keepsOut(), routeServer('a', read([], { evicted: [address('192.0.2.1')] }))]],
    [
      'another route server of the side keeps it out',
      [
        keepsOut(),
        routeServer('b', read([], { evicted: [address('192.0.2.1')] }), { name: 'routeserver-b-1', identity: 'other' }),
        a,
      ],
    ],
    ['its agent does not say whom it keeps out', [routeServer('b', []), a]],
    ['its engine has ended', [routeServer('b', { kind: 'engine-down', why: 'CrashLoopBackOff' }), a]],
  ])('counts where %s', (_, routeServers) => {
    expect(look(routeServers, 13, seen).clientCount).toBe(1);
  });

  it('counts while it has a session, whatever is said of it', () => {
    const both = routeServer('b', read([x], { evicted: [address('192.0.2.1')] }));
    expect(look([both, a], 13, seen)).toMatchObject({ clientCount: 1, missing: [{ address: '192.0.2.1' }] });
  });
});

describe('a client that may be missing', () => {
  const allow = (routeServers: readonly ClientsSight[], atSeconds: number, memory = nothingRemembered) =>
    compareSides(routeServers, { next: 'b', allowMissing: [address('192.0.2.1')], memory, atSeconds });
  const b = routeServer('b', [x]);
  const both = () => allow([b, routeServer('a', [x])], 10).memory;

  it('is not waited for where it was on the next side alone', () => {
    const { memory } = allow([b, a], 10);
    expect(allow([b, a], 11, memory)).toMatchObject({ missing: [], allowMissing: [{ address: '192.0.2.1' }] });
  });

  it('is waited for where it was on both a short time ago', () => {
    const first = allow([b, a], 13, both());
    expect(first).toMatchObject({
      missing: [{ address: '192.0.2.1', reason: { kind: 'no-session' } }],
      allowMissing: [],
    });
    expect(allow([b, a], 10 + awaySeconds, first.memory).missing).toHaveLength(1);
    expect(allow([b, a], 11 + awaySeconds, first.memory)).toMatchObject({ missing: [], allowMissing: [{}] });
    expect(allow([b, routeServer('a', [x])], 20, first.memory)).toMatchObject({ missing: [], allowMissing: [] });
  });

  it('is waited for where its other session is about to end', () => {
    const leaving = routeServer('a', read([x], { isDraining: true }));
    const first = allow([b, leaving], 10);
    expect(first.missing).toMatchObject([{ reason: { kind: 'leaving' } }]);
    expect(allow([b, a], 20, first.memory).missing).toHaveLength(1);
  });

  it('is waited for where the agent of the other side has lost it', () => {
    const lost = (seconds: number) => routeServer('a', withAway([], away('192.0.2.1', seconds)));
    expect(allow([b, lost(6)], 0).missing).toHaveLength(1);
    expect(allow([b, lost(awaySeconds + 1)], 0)).toMatchObject({ missing: [], allowMissing: [{}] });
  });

  it('is not waited for by its session alone that has no routes', () => {
    const without = routeServer('a', [{ ...x, receivedPrefixes: 0, endOfRib: { received: false, sent: true } }]);
    expect(allow([b, without], 0)).toMatchObject({
      missing: [],
      allowMissing: [{ reason: { kind: 'without-routes' } }],
    });
  });
});

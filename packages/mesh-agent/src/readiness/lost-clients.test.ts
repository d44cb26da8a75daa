import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address } from '@meshrs/network/test-data';
import type { IpAddress } from '@meshrs/network';
import {
  countLost,
  findLost,
  goneClients,
  leftAfterMs,
  mostRemembered,
  nobodyHad,
  rememberClients,
  type ClientsRecord,
  type OwnClients,
} from './lost-clients.ts';

const client = (host: number): IpAddress => address(`198.51.100.${String(host)}`);
const [x, y, z] = [client(1), client(2), client(3)];
const holdMs = 10_000;
const limitMs = 600_000;

const own = (here: readonly IpAddress[], change: Partial<OwnClients> = {}): OwnClients => ({
  established: here,
  mayBeHere: new Set<string>(here),
  isTaken: () => true,
  ...change,
});

/** A route server over time: each moment it is told who is here, and whom the others have alone. */
function routeServer(start: ClientsRecord = nobodyHad, limit = limitMs) {
  let record = start;
  const rules = (nowMs: number, isServing = true) => ({ nowMs, holdMs, limitMs: limit, isServing });
  return {
    record: () => record,
    see: (
      nowMs: number,
      here: readonly IpAddress[] | OwnClients,
      elsewhere: readonly IpAddress[],
      { isWhole = true }: { readonly isWhole?: boolean } = {},
    ) => {
      const mine = 'established' in here ? here : own(here);
      record = rememberClients(record, mine);
      record = findLost(record, mine, { absent: new Set(elsewhere), isWhole }, rules(nowMs));
    },
    counted: (nowMs: number, { isServing = true } = {}) => {
      const { record: next, now } = countLost(record, rules(nowMs, isServing));
      record = next;
      return now.counted;
    },
    phases: (nowMs: number) =>
      Object.fromEntries(
        countLost(record, rules(nowMs)).now.clients.map(({ address: each, phase }) => [each, phase] as const),
      ),
    secondsLeft: (nowMs: number) => countLost(record, rules(nowMs)).now.msLeft / 1000,
  };
}

describe('a client that the route server had, and that another side alone has now', () => {
  it('counts after the time in which a session that was reset comes back, and no longer than its limit', () => {
    const rs = routeServer();
    rs.see(0, [x, y], []);
    rs.see(1000, [y], [x]);
    expect(rs.phases(1000)).toEqual({ [x]: 'moment-ago' });
    expect(rs.counted(10_999)).toEqual([]);
    expect(rs.counted(11_000)).toEqual([x]);
    expect(rs.secondsLeft(11_000)).toBe(600);
    expect(rs.secondsLeft(311_000)).toBe(300);
    expect(rs.counted(610_999)).toEqual([x]);
    expect(rs.counted(611_000)).toEqual([]);
    expect(rs.phases(611_000)).toEqual({ [x]: 'over' });
    rs.see(99_000_000, [y], [x]);
    expect(rs.counted(99_000_000)).toEqual([]);
  });

  it.each([2000, 5000, 9999])('does not count when it is back after %i ms', (backMs) => {
    const rs = routeServer();
    rs.see(0, [x], []);
    rs.see(1000, [], [x]);
    rs.see(1000 + backMs, [x], []);
    expect(rs.counted(1000 + backMs)).toEqual([]);
    expect(rs.counted(100_000)).toEqual([]);
    expect(rs.record().lost.size).toBe(0);
  });

  it('counts until its routes are here, too, and not longer than the others because of them', () => {
    const rs = routeServer();
    rs.see(0, [x], []);
    rs.see(0, [], [x]);
    expect(rs.counted(20_000)).toEqual([x]);
    rs.see(30_000, [x], [x]);
    expect(rs.counted(30_000)).toEqual([x]);
    rs.see(40_000, [x], []);
    expect(rs.counted(40_000)).toEqual([]);
    rs.see(50_000, [], [x]);
    rs.see(700_000, [x], [x]);
    expect(rs.phases(700_000)).toEqual({});
  });

  it('is not lost while its session stands here, whatever others say of its routes', () => {
    const rs = routeServer();
    rs.see(0, [x], []);
    rs.see(1000, [x], [x]);
    expect(rs.phases(50_000)).toEqual({});
  });

  it('was never here: it is not lost', () => {
    const rs = routeServer();
    rs.see(0, [x], [y, z]);
    rs.see(60_000, [x], [y, z]);
    expect(rs.counted(120_000)).toEqual([]);
    expect(rs.record().lost.size).toBe(0);
  });

  it('is with nobody: it is not lost, until another side has it again', () => {
    const rs = routeServer();
    rs.see(0, [x], []);
    rs.see(1000, [], []);
    expect(rs.counted(60_000)).toEqual([]);
    // A router that restarts comes to one side first.
    rs.see(61_000, [], [x]);
    expect(rs.counted(70_999)).toEqual([]);
    expect(rs.counted(71_000)).toEqual([x]);
  });

  it('is seen with another side for a moment because that one noticed its end later', () => {
    const rs = routeServer();
    rs.see(0, [x], []);
    rs.see(1000, [], [x]);
    rs.see(9000, [], []);
    expect(rs.counted(60_000)).toEqual([]);
    // Its time begins anew when it is back on the other side.
    rs.see(300_000, [], [x]);
    expect(rs.counted(309_999)).toEqual([]);
    expect(rs.counted(310_000)).toEqual([x]);
  });

  it('stays lost while the other side cannot say whether it has it: unknown is not none', () => {
    const rs = routeServer();
    rs.see(0, [x, y], []);
    rs.see(1000, [y], [x]);
    rs.see(20_000, [y], [], { isWhole: false });
    expect(rs.counted(20_000)).toEqual([x]);
    rs.see(30_000, [y], []);
    expect(rs.counted(30_000)).toEqual([]);
  });

  it.each([
    ['from the start', 0],
    ['after a time', 300_000],
  ])('is not lost because the other side cannot be asked %s', (_, atMs) => {
    const rs = routeServer();
    rs.see(0, [x], []);
    rs.see(atMs, [], [], { isWhole: false });
    expect(rs.counted(atMs + 60_000)).toEqual([]);
  });

  it('is not lost when it is kept out here, or the settings do not take it any more', () => {
    const rs = routeServer();
    rs.see(0, [x, y], []);
    rs.see(1000, own([y], { isTaken: (each) => each !== x }), [x]);
    expect(rs.counted(60_000)).toEqual([]);
    expect([...rs.record().had]).toEqual([y]);
    // It counts again when it was here again.
    rs.see(70_000, [y], [x]);
    expect(rs.counted(200_000)).toEqual([]);
  });

  it('is not lost while nobody knows whether its session stands', () => {
    const rs = routeServer();
    rs.see(0, [x], []);
    rs.see(1000, own([], { mayBeHere: new Set<string>([x]) }), [x]);
    expect(rs.phases(60_000)).toEqual({});
  });

  it('has left when nobody had it for an hour', () => {
    const rs = routeServer();
    rs.see(0, [x, y], []);
    rs.see(1000, [y], []);
    expect(goneClients(rs.record(), own([y]))).toEqual([x]);
    rs.see(1000 + leftAfterMs, [y], []);
    expect(goneClients(rs.record(), own([y]))).toEqual([]);
    rs.see(2000 + leftAfterMs, [y], [x]);
    expect(rs.counted(60_000 + leftAfterMs)).toEqual([]);
  });
});

describe('the time for which a route server is unready because of lost clients', () => {
  it('is that of its limit at most, however one client after the other is lost', () => {
    const rs = routeServer();
    rs.see(0, [x, y, z], []);
    rs.see(0, [y, z], [x]);
    expect(rs.counted(10_000)).toEqual([x]);
    rs.see(400_000, [z], [x, y]);
    expect(rs.counted(410_000)).toEqual([x, y]);
    expect(rs.counted(609_999)).toEqual([x, y]);
    expect(rs.counted(610_000)).toEqual([]);
    // Then it rests for as long.
    rs.see(700_000, [], [x, y, z]);
    expect(rs.counted(1_209_999)).toEqual([]);
    expect(rs.counted(1_210_000)).toEqual([z]);
  });

  it('is not made longer by a client that comes and goes', () => {
    const rs = routeServer();
    rs.see(0, [x], []);
    let unreadyMs = 0;
    for (let atMs = 0; atMs < 6_000_000; atMs += 1000) {
      const isAway = atMs % 60_000 < 50_000;
      rs.see(atMs, isAway ? [] : [x], isAway ? [x] : []);
      if (rs.counted(atMs).length > 0) unreadyMs += 1000;
    }
    expect(unreadyMs).toBeGreaterThan(limitMs);
    expect(unreadyMs).toBeLessThanOrEqual(6_000_000 / 2 + limitMs);
  });

  it('is whole again for the next client after a short loss of another', () => {
    const rs = routeServer();
    rs.see(0, [x, y], []);
    rs.see(0, [y], [x]);
    expect(rs.counted(10_000)).toEqual([x]);
    rs.see(30_000, [x, y], []);
    expect(rs.counted(30_000)).toEqual([]);
    rs.see(300_000, [x], [y]);
    expect(rs.counted(310_000)).toEqual([y]);
    expect(rs.secondsLeft(310_000)).toBe(600);
  });

  it('goes on while nobody looks: the agent was away, or is asked late', () => {
    const rs = routeServer();
    rs.see(0, [x], []);
    rs.see(0, [], [x]);
    rs.counted(10_000);
    expect(rs.counted(9_000_000)).toEqual([]);
    const later = routeServer(rs.record());
    expect(later.counted(9_000_001)).toEqual([]);
  });

  it('is not spent while the route server does not serve: it is drained, or its engine does not answer', () => {
    const rs = routeServer();
    rs.see(0, [x, y], []);
    rs.see(0, [y], [x]);
    expect(rs.counted(10_000)).toEqual([x]);
    expect(rs.counted(20_000, { isServing: false })).toEqual([]);
    expect(rs.counted(900_000, { isServing: false })).toEqual([]);
    rs.see(900_000, [], [x, y]);
    expect(rs.counted(910_000)).toEqual([y]);
    expect(rs.secondsLeft(910_000)).toBe(600);
  });

  it('is none where the limit is 0', () => {
    const rs = routeServer(nobodyHad, 0);
    rs.see(0, [x], []);
    rs.see(0, [], [x]);
    for (const atMs of [0, 10_000, 20_000, 700_000]) expect(rs.counted(atMs)).toEqual([]);
  });

  it('is bounded in a row, rests as long after that, and is never because of a client that was not here', () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 1, max: 90_000 }),
      here: fc.subarray([x, y, z]),
      elsewhere: fc.subarray([x, y, z]),
      isWhole: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 300, size: 'max' }), (steps) => {
        const rs = routeServer(nobodyHad, 120_000);
        const had = new Set<IpAddress>();
        let [nowMs, unreadySince, overSince] = [0, -1, -Infinity];
        for (const { afterMs, here, elsewhere, isWhole } of steps) {
          for (const each of here) had.add(each);
          rs.see(
            nowMs,
            here,
            elsewhere.filter((each) => !here.includes(each)),
            { isWhole },
          );
          for (const end = nowMs + afterMs; nowMs < end; nowMs = Math.min(end, nowMs + 2000)) {
            const counted = rs.counted(nowMs);
            expect(counted.every((each) => had.has(each) && !here.includes(each))).toBe(true);
            if (counted.length > 0) {
              expect(nowMs).toBeGreaterThanOrEqual(overSince + 120_000);
              unreadySince = unreadySince < 0 ? nowMs : unreadySince;
              expect(nowMs - unreadySince).toBeLessThan(120_000);
            } else {
              if (unreadySince >= 0 && rs.record().budget.isResting) overSince = nowMs;
              unreadySince = -1;
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('what is remembered', () => {
  it('is bounded: who is gone goes first', () => {
    const many = Array.from({ length: mostRemembered }, (_, at) =>
      address(`10.${String(at >> 16)}.${String((at >> 8) & 255)}.${String(at & 255)}`),
    );
    const rs = routeServer();
    rs.see(0, [x, ...many.slice(0, 100)], []);
    rs.see(1000, many, []);
    expect(rs.record().had.size).toBe(mostRemembered);
    expect(rs.record().had.has(x)).toBe(false);
    rs.see(2000, [...many, y, z], []);
    expect(rs.record().had.size).toBe(mostRemembered);
    expect(rs.record().had.has(z)).toBe(true);
  });

  it('keeps who is lost when others come and go by many addresses', () => {
    const many = Array.from({ length: mostRemembered }, (_, at) =>
      address(`10.${String(at >> 16)}.${String((at >> 8) & 255)}.${String(at & 255)}`),
    );
    const rs = routeServer();
    rs.see(0, [x, y], []);
    rs.see(1000, [y], [x]);
    for (let from = 0; from < many.length; from += 1000) {
      rs.see(2000 + from, [y, ...many.slice(from, from + 1000)], [x]);
    }
    expect(rs.record().had.size).toBe(mostRemembered);
    expect(rs.counted(20_000)).toEqual([x]);
  });
});

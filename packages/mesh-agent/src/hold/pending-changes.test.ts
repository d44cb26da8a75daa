import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import type { PendingChange } from '../engine/mesh-engine.ts';
import { createLongerHold } from './longer-hold.ts';
import { createPendingChanges } from './pending-changes.ts';

const change = (key: string, ...clients: readonly string[]): PendingChange => ({
  key,
  change: { kind: 'group-changed', group: key, resets: 'group' },
  clients: clients.map(address),
});
/** Of two groups, with other clients. */
const [ttl, as] = [change('ttl', '192.168.1.1'), change('as', '192.168.1.2')];
const [x, y, z] = ['192.168.1.1', '192.168.1.2', '192.168.1.3'];
/** A look at these. */
const seen = (atMs: number, ...clients: readonly string[]) => ({ atMs, clients: new Set(clients.map(address)) });

function start(holdMs = 1000) {
  const world = { nowMs: 50, holdMs };
  const changes = createPendingChanges({ holdMs: () => world.holdMs, now: () => world.nowMs });
  /** An `apply` that wants these, and fails before it has decided. */
  const fail = (...wanted: readonly PendingChange[]) => {
    changes.begin();
    return wanted.map(changes.mayEnd);
  };
  const apply = (...wanted: readonly PendingChange[]) => {
    changes.begin();
    const left = wanted.filter((each) => !changes.mayEnd(each));
    return { left: left.map(({ key }) => key), ended: changes.decided(left).map(({ key, why }) => [key, why]) };
  };
  return { world, changes, apply, fail };
}

describe('changes that wait', () => {
  it('wait for their time, each counted from when it was first wanted', () => {
    const { world, changes, apply } = start();
    expect(apply(ttl)).toEqual({ left: ['ttl'], ended: [] });
    world.nowMs = 600;
    expect(apply(ttl, as)).toEqual({ left: ['ttl', 'as'], ended: [] });
    expect(changes.list().map(({ key, sinceMs }) => [key, sinceMs])).toEqual([
      ['ttl', 50],
      ['as', 600],
    ]);
    world.nowMs = 1049;
    expect(apply(ttl, as).left).toEqual(['ttl', 'as']);
    world.nowMs = 1050;
    expect(apply(ttl, as)).toEqual({ left: ['as'], ended: [['ttl', 'time-over']] });
    world.nowMs = 1600;
    expect(apply(as)).toEqual({ left: [], ended: [['as', 'time-over']] });
    expect(changes.list()).toEqual([]);
  });

  describe('that take the place of another', () => {
    const of = (
      key: string,
      kind: 'group-changed' | 'global-changed',
      ...clients: readonly string[]
    ): PendingChange => ({
      ...change(key, ...clients),
      change: { kind, ...(kind === 'group-changed' && { group: 'CLIENTS' }), resets: 'group' },
    });
    it.each([
      ['of the same group, for another reason', of('TTL', 'group-changed', x), of('AS', 'group-changed', x)],
      ['of the same group, with other clients meanwhile', of('TTL', 'group-changed', x), of('AS', 'group-changed', y)],
      ['of the router, with the same client', of('TTL', 'group-changed', x), of('id', 'global-changed', x)],
      ['of more clients', of('TTL', 'group-changed', x), of('id', 'global-changed', x, y, z)],
      ['of fewer clients', of('id', 'global-changed', x, y, z), of('TTL', 'group-changed', y)],
    ])('are counted from when that one was first wanted: one %s', (_, one, other) => {
      const { world, apply } = start();
      for (const [nowMs, wanted] of [
        [50, one],
        [450, other],
        [850, one],
        [1049, other],
      ] as const) {
        world.nowMs = nowMs;
        expect(apply(wanted)).toEqual({ left: [wanted.key], ended: [] });
      }
      world.nowMs = 1050;
      expect(apply(one)).toEqual({ left: [], ended: [[one.key, 'time-over']] });
    });

    it('are counted from when the first of their clients was kept, once they hit it, too', () => {
      const { world, apply } = start();
      apply(of('TTL', 'group-changed', x));
      world.nowMs = 600;
      apply(of('TTL', 'group-changed', x), of('id', 'global-changed', y));
      world.nowMs = 700;
      expect(apply(of('id', 'global-changed', x, y)).left).toEqual(['id']);
      world.nowMs = 1050;
      expect(apply(of('id', 'global-changed', x, y))).toEqual({ left: [], ended: [['id', 'time-over']] });
    });

    it('are not let go with it: nobody has looked for their clients, and none of them has ended', () => {
      const { world, changes, apply } = start(60_000);
      apply(of('TTL', 'group-changed', x));
      changes.release(['TTL'], seen(world.nowMs, x));
      world.nowMs += 100;
      expect(apply(of('AS', 'group-changed', x))).toEqual({ left: ['AS'], ended: [] });
    });

    it('have a time of their own where they have nothing in common with it', () => {
      const { world, apply } = start();
      apply(of('TTL', 'group-changed', x));
      world.nowMs = 600;
      apply(of('id', 'global-changed', y));
      world.nowMs = 1599;
      expect(apply(of('id', 'global-changed', y)).left).toEqual(['id']);
      world.nowMs = 1600;
      expect(apply(of('id', 'global-changed', y)).left).toEqual([]);
    });
  });

  it('go when they are let go, those alone, and soon', () => {
    const { world, changes, apply } = start(60_000);
    apply(ttl, as);
    changes.release(['ttl'], seen(world.nowMs, ...ttl.clients));
    world.nowMs += 100;
    expect(apply(ttl, as)).toEqual({ left: ['as'], ended: [['ttl', 'released']] });
    changes.release(['as'], seen(world.nowMs, ...as.clients));
    world.nowMs += 5000;
    expect(apply(as)).toEqual({ left: ['as'], ended: [] });
    // Counted from the look on, and not from its end.
    changes.release(['as'], seen(world.nowMs - 4000, ...as.clients));
    world.nowMs += 1000;
    expect(apply(as)).toEqual({ left: ['as'], ended: [] });
  });

  it.each([
    ['one more client', [x, y], 'left'],
    ['another client', [y], 'left'],
    ['all others', [y, z], 'left'],
    ['the same', [x], 'goes'],
    ['nobody', [], 'goes'],
  ])('do not go where they would end, by then, the session of somebody who was not looked at: %s', (_, then, what) => {
    const { world, changes, apply } = start(60_000);
    apply(change('ttl', x));
    changes.release(['ttl'], seen(world.nowMs, x));
    world.nowMs += 100;
    const wanted = change('ttl', ...then);
    expect(apply(wanted).left).toEqual(what === 'left' ? ['ttl'] : []);
    if (what === 'goes') return;
    // Those are who is asked for now.
    expect([x, y, z].map(address).filter(changes.ends)).toEqual(then);
    changes.release(['ttl'], seen(world.nowMs, ...then));
    expect(apply(wanted)).toEqual({ left: [], ended: [['ttl', 'released']] });
    expect(changes.ends(address(y))).toBe(false);
  });

  it('are forgotten when nobody wants them any more, or their clients are gone', () => {
    const { world, changes, apply } = start(60_000);
    apply(ttl);
    world.nowMs += 10;
    expect(apply()).toEqual({ left: [], ended: [] });
    expect(changes.list()).toEqual([]);
    // Wanted again, it has its whole time.
    world.nowMs += 59_995;
    expect(apply(ttl)).toEqual({ left: ['ttl'], ended: [] });
  });

  describe('that were let go by an apply that failed', () => {
    it('go soon after the end of their time, and later wait again', () => {
      for (const [lateMs, what] of [
        [0, 'goes'],
        [29_999, 'goes'],
        [30_000, 'waits'],
        [3_600_000, 'waits'],
      ] as const) {
        const { world, changes, apply, fail } = start();
        apply(ttl);
        world.nowMs = 1050;
        expect(fail(ttl)).toEqual([true]);
        world.nowMs = 1050 + lateMs;
        expect(apply(ttl).left).toEqual(what === 'goes' ? [] : ['ttl']);
        if (what === 'waits') expect(changes.list()).toMatchObject([{ sinceMs: world.nowMs }]);
      }
    });

    it('are asked about again when what was seen is old', () => {
      const { world, changes, apply, fail } = start(60_000);
      apply(ttl);
      changes.release(['ttl'], seen(world.nowMs, x));
      expect(fail(ttl)).toEqual([true]);
      world.nowMs += 5000;
      expect(apply(ttl)).toEqual({ left: ['ttl'], ended: [] });
    });

    it('are not told as carried out when nobody wants them any more', () => {
      const { world, changes, apply, fail } = start(60_000);
      apply(ttl, as);
      changes.release(['ttl'], seen(world.nowMs, x));
      expect(fail(ttl, as)).toEqual([true, false]);
      expect(apply(as)).toEqual({ left: ['as'], ended: [] });
      expect(changes.list()).toMatchObject([{ key: 'as' }]);
    });

    it('are asked about again where a change of before let them go in the same apply', () => {
      const { world, changes, apply } = start(60_000);
      apply(ttl);
      changes.release(['ttl'], seen(world.nowMs, x));
      expect(apply(ttl).ended).toEqual([['ttl', 'released']]);
      // bgpd has rejected it, and the next one wants it again.
      expect(apply(ttl)).toEqual({ left: ['ttl'], ended: [] });
    });
  });

  it('do not wait where the settings say so', () => {
    const { changes, apply } = start(0);
    expect(apply(ttl)).toEqual({ left: [], ended: [] });
    expect(changes.list()).toEqual([]);
  });

  it.each([0, 5, 990, 5000])('keep the end that was told, also where the settings say %i ms meanwhile', (holdMs) => {
    const { world, changes, apply } = start();
    apply(ttl);
    world.nowMs = 200;
    world.holdMs = holdMs;
    const other: PendingChange = { ...ttl, key: 'another reason' };
    expect(apply(ttl).left).toEqual(['ttl']);
    // Nor does a change of the same clients end what they were told.
    expect(apply(other).left).toEqual(['another reason']);
    // What has nothing to do with it has the time of the settings.
    expect(apply(other, as).left).toEqual(holdMs === 0 ? ['another reason'] : ['another reason', 'as']);
    world.nowMs = 1049;
    expect(apply(other).left).toEqual(['another reason']);
    expect(changes.list()).toMatchObject([{ sinceMs: 50, untilMs: 1050 }]);
    world.nowMs = 1050;
    expect(apply(other)).toEqual({ left: [], ended: [['another reason', 'time-over']] });
  });
});

it('waits by the longer time also when the engine was away at its end, and the settings have none any more', () => {
  const world = { nowMs: 0, holdMs: 600_000 };
  const now = () => world.nowMs;
  const longer = createLongerHold({
    holdMs: () => world.holdMs,
    isPending: () => changes.list().length > 0,
    now,
  });
  const changes = createPendingChanges({ holdMs: longer.ms, now });
  // One commit takes the time away, and resets clients.
  world.holdMs = 0;
  changes.begin();
  expect(changes.mayEnd(ttl)).toBe(false);
  changes.decided([ttl]);
  // The engine does not answer from before its end until long after it.
  world.nowMs = 640_000;
  changes.begin();
  expect(changes.mayEnd(ttl)).toBe(false);
  expect(changes.list()).toMatchObject([{ key: 'ttl', sinceMs: 640_000, untilMs: 1_240_000 }]);
});

import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import type { PendingChange } from '../engine/mesh-engine.ts';
import { createPendingChanges } from './pending-changes.ts';

const change = (key: string): PendingChange => ({
  key,
  change: { kind: 'group-changed', group: key, resets: 'group' },
  clients: [address('192.168.1.1')],
});
const [ttl, as] = [change('ttl'), change('as')];

function start(holdMs = 1000) {
  const world = { nowMs: 50, holdMs };
  const changes = createPendingChanges({ holdMs: () => world.holdMs, now: () => world.nowMs });
  /** An `apply` that wants these. */
  const apply = (...wanted: readonly PendingChange[]) => {
    const left = wanted.filter((each) => !changes.mayEnd(each));
    return { left: left.map(({ key }) => key), ended: changes.decided(left).map(({ key, why }) => [key, why]) };
  };
  return { world, changes, apply };
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

  it('go when they are let go, those alone, and soon', () => {
    const { world, changes, apply } = start(60_000);
    apply(ttl, as);
    changes.release(['ttl']);
    world.nowMs += 100;
    expect(apply(ttl, as)).toEqual({ left: ['as'], ended: [['ttl', 'released']] });
    changes.release(['as']);
    world.nowMs += 5000;
    expect(apply(as)).toEqual({ left: ['as'], ended: [] });
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

  it('do not wait where the settings say so, also those that come meanwhile', () => {
    const { world, changes, apply } = start(0);
    expect(apply(ttl)).toEqual({ left: [], ended: [] });
    expect(changes.list()).toEqual([]);
    world.holdMs = 1000;
    expect(apply(ttl).left).toEqual(['ttl']);
    world.holdMs = 0;
    expect(apply(ttl)).toEqual({ left: [], ended: [['ttl', 'time-over']] });
  });
});

import type { BgpSession } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import type { IpAddress } from '@meshrs/network';
import { describe, expect, it } from 'vitest';
import { createKnownClients } from './known-clients.ts';

const x = address('198.18.9.9');
const hour = 3_600_000;

function session(at: IpAddress, changes: Partial<BgpSession> = {}): BgpSession {
  return {
    ...{ address: at, kind: 'range-client', state: 'established', establishedCount: 1, droppedCount: 0 },
    ...{ receivedMessages: 1, receivedPrefixes: 1, sentPrefixes: 1, endOfRib: { received: true, sent: true } },
    ...changes,
  };
}

function start() {
  const world: { nowMs: number; pins: IpAddress[]; here: IpAddress[]; lists: number } = {
    ...{ nowMs: 0, pins: [], here: [], lists: 0 },
  };
  const known = createKnownClients({
    pins: () => {
      world.lists += 1;
      return world.pins.map((at) => ({ address: at }));
    },
    wasHere: (at) => world.here.includes(at),
    now: () => world.nowMs,
  });
  return { world, known };
}

describe('a client of a range', () => {
  it('is known while it is up, and for two hours from then on', () => {
    const { world, known } = start();
    expect(known.has(x)).toBe(false);
    known.look([session(x)]);
    known.look([]);
    world.nowMs = hour;
    expect(known.has(x)).toBe(true);
    known.look([session(x)]);
    world.nowMs = 3 * hour;
    expect(known.has(x)).toBe(true);
    world.nowMs += 1;
    expect(known.has(x)).toBe(false);
  });

  it.each<[string, Partial<BgpSession>]>([
    ['that never had a session', { state: 'active' }],
    ['of the mesh', { kind: 'mesh' }],
    ['that is kept out', { kind: 'evicted', state: 'shutdown' }],
  ])('is not one %s', (_, changes) => {
    const { known } = start();
    known.look([session(x, changes)]);
    expect(known.has(x)).toBe(false);
  });

  it('is known by what an agent before this one knew, and by the pins', () => {
    const { world, known } = start();
    world.here = [x];
    expect(known.has(x)).toBe(true);
    world.here = [];
    world.pins = [x];
    expect(known.has(x)).toBe(true);
  });

  it('is looked up in one list of the pins, however many are asked about', () => {
    const { world, known } = start();
    for (let host = 0; host < 200; host++) known.has(address(`198.18.0.${String(host)}`));
    expect(world.lists).toBe(1);
    world.nowMs = 1001;
    world.pins = [x];
    expect(known.has(x)).toBe(true);
  });
});

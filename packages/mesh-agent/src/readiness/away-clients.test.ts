import type { BgpSession } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { createAwayClients, mostAway, type KeptAway } from './away-clients.ts';

const [x, y] = [address('192.0.2.1'), address('192.0.2.2')];
const client = (at: string, changes: Partial<BgpSession> = {}): BgpSession => ({
  ...{ address: address(at), kind: 'range-client', state: 'established' },
  ...{ establishedCount: 1, droppedCount: 0, receivedMessages: 3, receivedPrefixes: 1, sentPrefixes: 1 },
  endOfRib: { received: true, sent: true },
  ...changes,
});

function start(takes: (address: IpAddress) => boolean = () => true) {
  const at = { ms: 1000 };
  const kept: KeptAway[] = [];
  const make = () => createAwayClients({ returnMs: 150_000, onChange: (each) => kept.push(each), now: () => at.ms });
  let clients = make();
  return {
    at,
    kept,
    look: (ms: number, ...sessions: readonly BgpSession[]) => {
      at.ms = ms;
      clients.look(sessions);
      return clients.list(takes).map(({ address, forMs }) => [address, forMs]);
    },
    list: (ms: number) => {
      at.ms = ms;
      return clients.list(takes).map(({ address }) => address);
    },
    /** Another agent, with what this one kept. */
    again: () => {
      clients = make();
      const last = kept.at(-1);
      if (last) clients.restore(last);
    },
  };
}

describe('a client whose session has ended', () => {
  it('is away until it is back, or its time is over', () => {
    const { look, list } = start();
    expect(look(1000, client(x), client(y))).toEqual([]);
    expect(look(2000, client(y))).toEqual([[x, 0]]);
    expect(look(3000, client(y), client(x, { state: 'active' }))).toEqual([[x, 1000]]);
    expect(look(4000, client(y), client(x))).toEqual([]);
    expect(look(5000, client(y))).toEqual([[x, 0]]);
    expect(list(155_000)).toEqual([x]);
    expect(list(155_001)).toEqual([]);
    expect(look(155_001, client(y))).toEqual([]);
  });

  it('is another matter than one that was never here, is of the mesh, or is kept out', () => {
    const { look } = start();
    look(1000, client(x, { kind: 'mesh' }), client(y));
    expect(
      look(2000, client(y, { kind: 'evicted', state: 'shutdown' }), client('192.0.2.3', { state: 'active' })),
    ).toEqual([]);
    expect(look(3000)).toEqual([]);
  });

  it('may be here while its state is not known', () => {
    const { look } = start();
    look(1000, client(x));
    expect(look(2000, client(x, { state: 'unknown' }), client(y, { state: 'unknown' }))).toEqual([]);
    expect(look(3000)).toEqual([[x, 0]]);
  });

  it('is nobody that the settings do not take any more', () => {
    const { look } = start((each) => each !== x);
    look(1000, client(x), client(y));
    expect(look(2000)).toEqual([[y, 0]]);
  });
});

describe('another agent', () => {
  it('knows who was away, and that who has gone meanwhile is', () => {
    const { look, again, kept } = start();
    look(1000, client(x), client(y));
    look(2000, client(y));
    again();
    expect(look(9000)).toEqual([
      [x, 7000],
      [y, 0],
    ]);
    expect(kept.at(-1)).toEqual({
      here: [],
      away: [
        { address: x, sinceMs: 2000 },
        { address: y, sinceMs: 9000 },
      ],
    });
  });

  it('is told nothing while nothing changes', () => {
    const { look, kept } = start();
    for (const ms of [1000, 2000, 3000]) look(ms, client(x));
    expect(kept).toHaveLength(1);
    for (const ms of [4000, 5000]) look(ms);
    expect(kept).toHaveLength(2);
  });

  it('is left no more than a record may hold', () => {
    const { look, kept } = start();
    const many = Array.from({ length: mostAway + 1 }, (_, index) =>
      client(`10.1.${String(index >> 8)}.${String(index & 255)}`),
    );
    look(1000, client(x));
    look(2000, ...many);
    expect(kept.at(-1)?.here).toHaveLength(mostAway);
    const away = look(3000);
    expect(away).toHaveLength(mostAway);
    expect(away.map(([each]) => each)).not.toContain(x);
    expect(kept.at(-1)?.away).toHaveLength(mostAway);
  });
});

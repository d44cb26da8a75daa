import { readFleet, readSettings } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import { createLog } from '../log/log.ts';
import { createFleetKeeper } from './fleet-keeper.ts';
import type { KeptFleet } from './kept-fleet.ts';
import type { FleetReading } from './read-fleet-file.ts';

const hour = 3_600_000;

function reading(...ids: readonly string[]): FleetReading {
  const text = `routerIds: {${ids.map((id, index) => `rs-${String(index)}: ${id}`).join(', ')}}\n`;
  const read = readFleet('fleet.yml', text);
  return read.ok ? { kind: 'read', revision: text, fleet: read.value } : expect.unreachable(text);
}

function keeper(start: FleetReading, kept?: KeptFleet, startMs = 0) {
  let now = startMs;
  let taken = 0;
  const settings = readSettings('meshrr.conf.yml', 'asn: "65000"\nmode: evpnrs\nbgpgroups: []\n');
  if (!settings.ok) return expect.unreachable('the settings of this test are right');
  const made = createFleetKeeper({
    ...{ start, kept },
    log: createLog({ write: () => undefined, secrets: [], base: {} }),
    clock: { monotonicMs: () => now, wallMs: (ms) => ms },
    onTaken: () => {
      taken += 1;
    },
  });
  return {
    ...made,
    ids: () => {
      const ids = made.routerIds(settings.value);
      return ids === 'any' ? ids : [...ids].sort();
    },
    pass: (ms: number) => {
      now += ms;
    },
    takenCount: () => taken,
  };
}

describe('a router-id that left the list', () => {
  it('may still come for an hour, and no longer', () => {
    const fleet = keeper(reading('10.0.0.1', '10.0.0.2'));
    fleet.take(reading('10.0.0.1'));
    fleet.pass(hour - 1);
    expect(fleet.ids()).toEqual(['10.0.0.1', '10.0.0.2']);
    fleet.pass(1);
    expect(fleet.ids()).toEqual(['10.0.0.1']);
  });

  it('is known to be of its pod as long', () => {
    const fleet = keeper(reading('10.0.0.1', '10.0.0.2'));
    expect(fleet.former().size).toBe(0);
    fleet.take(reading('10.0.1.1', '10.0.0.2'));
    fleet.take(reading('10.0.1.1', '10.0.1.2'));
    expect([...fleet.former()]).toEqual([
      ['10.0.0.1', 'rs-0'],
      ['10.0.0.2', 'rs-1'],
    ]);
    fleet.pass(hour);
    expect(fleet.former().size).toBe(0);
  });

  it('is one of the list again when it comes back, however long that lasts', () => {
    const fleet = keeper(reading('10.0.0.1', '10.0.0.2'));
    fleet.take(reading('10.0.0.1'));
    fleet.take(reading('10.0.0.2'));
    fleet.pass(2 * hour);
    expect(fleet.ids()).toEqual(['10.0.0.2']);
  });

  it('is none of a list that was never read', () => {
    const fleet = keeper({ kind: 'failed', failure: failure('ENOENT') });
    expect(fleet.ids()).toBe('any');
    fleet.take(reading('10.0.0.2'));
    expect(fleet.ids()).toEqual(['10.0.0.2']);
  });
});

describe('what is kept for the agent after this one', () => {
  const unread: FleetReading = { kind: 'failed', failure: failure('EIO') };
  const before = () => {
    const fleet = keeper(reading('10.0.0.1', '10.0.0.2'));
    fleet.take(reading('10.0.1.1', '10.0.0.2'));
    return fleet.keep();
  };

  it('is who has left the list, for what is left of the hour', () => {
    const next = keeper(reading('10.0.1.1', '10.0.0.2'), before(), 1000);
    expect([...next.former()]).toEqual([['10.0.0.1', 'rs-0']]);
    expect(next.ids()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.1.1']);
    next.pass(hour - 1000);
    expect(next.former().size).toBe(0);
  });

  it('is who was in it: another list may come while no agent runs', () => {
    const next = keeper(reading('10.0.1.1', '10.0.1.2'), before(), 5000);
    expect([...next.former()]).toEqual([
      ['10.0.0.1', 'rs-0'],
      ['10.0.0.2', 'rs-1'],
    ]);
    next.pass(hour - 1);
    expect([...next.former()]).toEqual([['10.0.0.2', 'rs-1']]);
  });

  it('is kept on where the list cannot be read, also by one that ends before it can', () => {
    const between = keeper(unread, before(), 1000);
    expect([...between.former()]).toEqual([['10.0.0.1', 'rs-0']]);
    const next = keeper(unread, between.keep(), 2000);
    next.take(reading('10.0.1.1', '10.0.1.2'));
    expect([...next.former()]).toEqual([
      ['10.0.0.1', 'rs-0'],
      ['10.0.0.2', 'rs-1'],
    ]);
  });

  it('is no former one that is in the list again', () => {
    expect(keeper(reading('10.0.0.1', '10.0.0.2'), before()).former()).toEqual(new Map([['10.0.1.1', 'rs-0']]));
  });

  it('is bounded, and those that left last are in it', () => {
    const lists = Array.from({ length: 60 }, (_, list) =>
      reading(...Array.from({ length: 100 }, (_, pod) => `10.0.${String(list)}.${String(pod)}`)),
    );
    const [first, ...others] = lists;
    const fleet = keeper(first ?? expect.unreachable());
    for (const list of others) fleet.take(list);
    const { listed, leaving } = fleet.keep();
    expect([listed.length, leaving.length]).toEqual([100, 5000]);
    expect(leaving.at(-1)).toMatchObject({ address: '10.0.58.99' });
  });
});

describe('a reading', () => {
  it('that says the same again is nothing new', () => {
    const fleet = keeper(reading('10.0.0.1'));
    fleet.take(reading('10.0.0.1'));
    fleet.take({ kind: 'failed', failure: failure('EIO') });
    fleet.take({ kind: 'failed', failure: failure('EIO') });
    expect(fleet.takenCount()).toBe(1);
    fleet.take(reading('10.0.0.1'));
    expect(fleet.state()).toEqual({ revision: expect.any(String) as string });
    expect(fleet.takenCount()).toBe(2);
  });

  it('without a folder takes nothing away from what is known', () => {
    const fleet = keeper(reading('10.0.0.1'));
    fleet.take({ kind: 'not-mounted' });
    expect(fleet.ids()).toEqual(['10.0.0.1']);
  });
});

function failure(code: string) {
  return { code: 'file-not-readable', operation: 'read', message: code, retryable: true, causes: [] };
}

import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, asnRange, prefix } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import type { GuardedPeer } from './find-offenders.ts';
import { findSuspects, watchingGroup, type Closings } from './find-suspects.ts';
import { sightOf } from './guard-sight.ts';

const minute = 60_000;
/** When the guard looks. */
const now = 100 * minute;
const sight = sightOf(
  routeServer(1, {
    meshGroups: [meshGroup(['10.42.0.1'])],
    clientGroups: [
      clientGroup({ maximumPrefixes: 50, neighbors: [declared('leaf', '192.168.1.9', 65020)] }),
      clientGroup({ name: 'UNLIMITED', prefixes: [prefix('192.0.2.0/24')], asns: [asnRange('65001')] }),
    ],
  }),
);
const client = '192.168.1.1';

describe('findSuspects', () => {
  it.each([
    ['closed once', client, [now], false],
    ['closed twice', client, [now - 1, now], true],
    ['closed twice, but long ago', client, [now - 11 * minute, now], false],
    ['closed twice, ten minutes ago to the millisecond', client, [now - 10 * minute, now], true],
    ['closed twice, a millisecond more than ten minutes ago', client, [now - 10 * minute - 1, now], false],
    ['closed twice, a mesh neighbor', '10.42.0.1', [now, now], false],
    ['closed twice, a declared client', '192.168.1.9', [now, now], false],
    ['closed twice, of a group without a maximum-prefix', '192.0.2.1', [now, now], false],
    ['closed twice, from no range', '198.51.100.1', [now, now], false],
  ])('about one that was %s', (_, at, times, isSuspect) => {
    expect(suspects({ [at]: times })).toEqual(isSuspect ? [at] : []);
  });

  it.each<[string, number, Partial<GuardedPeer>, boolean]>([
    ['that is up', 2, { state: 'established', uptimeSeconds: 0 }, false],
    ['that is coming', 2, { state: 'open-sent' }, true],
    ['of which nobody knows whether it is up', 9, { state: 'unknown' }, false],
    ['that was closed nine times and is just up', 9, { state: 'established', uptimeSeconds: 0 }, false],
    ['that was closed ten times and is just up', 10, { state: 'established', uptimeSeconds: 9 }, true],
    ['that was closed ten times and is up for a while', 10, { state: 'established', uptimeSeconds: 10 }, false],
    ['that was closed ten times and is coming', 10, { state: 'open-confirm' }, true],
  ])('about one %s', (_, count, present, isSuspect) => {
    const peers = [{ address: address(client), state: 'idle', ...present } as const];
    const times = Array.from({ length: count }, () => now);
    expect(suspects({ [client]: times }, peers)).toEqual(isSuspect ? [client] : []);
    // Another one's session says nothing of it.
    expect(suspects({ '192.168.1.2': times }, peers)).toEqual(['192.168.1.2']);
  });

  it.each<[string, number, number, boolean]>([
    ['every minute', 10, 1, true],
    ['every two minutes', 10, 2, true],
    ['every two minutes, nine times', 9, 2, false],
    ['every three minutes, as a bad line may be on all sides at once', 10, 3, false],
    ['every nine minutes', 10, 9, false],
    ['every eleven minutes', 10, 11, false],
  ])('about one that is just up, and was closed %s', (_, count, everyMinutes, isSuspect) => {
    const times = Array.from({ length: count }, (_each, index) => now - (count - 1 - index) * everyMinutes * minute);
    const peers = [{ address: address(client), state: 'established', uptimeSeconds: 1 } as const];
    const found = findSuspects(sight, { peers, closings: new Map([[address(client), times]]) }, now);
    expect(found).toEqual(isSuspect ? [{ address: client, group: 'MESHRR-CLIENTS', closedAtMs: now, isUp: true }] : []);
  });

  it('puts those first that were closed most often', () => {
    expect(
      suspects({ '192.168.1.1': [1, now, now], '192.168.1.2': [now, now, now], '192.168.1.3': [now, now] }),
    ).toEqual(['192.168.1.2', '192.168.1.1', '192.168.1.3']);
  });

  it('tells group and last closing', () => {
    const closings = new Map([[address(client), [now - 2, now - 1]]]);
    expect(findSuspects(sight, { peers: [], closings }, now)).toEqual([
      { address: client, group: 'MESHRR-CLIENTS', closedAtMs: now - 1 },
    ]);
  });
});

it('a client is watched in the group whose limit it can exceed', () => {
  expect([client, '192.0.2.1', '192.168.1.9', '10.42.0.1'].map((at) => watchingGroup(sight, address(at)))).toEqual([
    'MESHRR-CLIENTS',
    undefined,
    undefined,
    undefined,
  ]);
});

function suspects(times: Readonly<Record<string, readonly number[]>>, peers: readonly GuardedPeer[] = []) {
  const closings: Closings = new Map(Object.entries(times).map(([at, all]) => [address(at), all]));
  return findSuspects(sight, { peers, closings }, now).map(({ address: at }) => at);
}

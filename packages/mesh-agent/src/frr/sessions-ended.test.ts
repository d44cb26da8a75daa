import type { BgpSession } from '@meshrs/contract';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, asn, prefix } from '@meshrs/network/test-data';
import { planChanges } from '@meshrs/router-config/frr';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { describe, expect, it } from 'vitest';
import { createSessionsEnded } from './sessions-ended.ts';
import { withholdChanges } from './withhold-changes.ts';

const group = 'MESHRR-CLIENTS';
const session = (at: string, changes: Partial<BgpSession> = {}): BgpSession => ({
  address: address(at),
  group,
  kind: 'range-client',
  state: 'established',
  establishedCount: 1,
  droppedCount: 0,
  receivedMessages: 1,
  receivedPrefixes: 20,
  sentPrefixes: 0,
  endOfRib: { received: true, sent: true },
  ...changes,
});
const [leaf, x, y, mesh] = ['192.168.1.1', '192.168.2.1', '192.168.200.1', '10.42.0.1'] as const;
const sessions = [
  session(leaf, { kind: 'declared-client', name: 'leaf' }),
  session(x),
  session(y, { receivedPrefixes: 5 }),
  session('192.168.3.1', { state: 'active' }),
  session('192.168.4.1', { kind: 'evicted' }),
  session(mesh, { kind: 'mesh', group: 'MESHRR-CORE' }),
];
const of = (changes: Parameters<typeof clientGroup>[0] = {}, more: Parameters<typeof routeServer>[1] = {}) =>
  toFrrConfig(
    routeServer(1, {
      meshGroups: [meshGroup([mesh])],
      clientGroups: [clientGroup({ maximumPrefixes: 100, neighbors: [declared('leaf', leaf, 65001)], ...changes })],
      ...more,
    }),
  );
const ended = (wanted: ReturnType<typeof of>, among = sessions) => {
  const steps = planChanges(of(), wanted);
  const sessionsEnded = createSessionsEnded(wanted);
  return [...new Set(steps.flatMap((step) => sessionsEnded(step, among)))];
};

describe('sessions that a change ends', () => {
  it.each([
    ['another TTL', of({ distance: { kind: 'multihop', ttl: 7 } }), [leaf, x, y]],
    ['another router-id', of({}, { routerId: address('192.0.2.77') }), [leaf, x, y]],
    ['another AS of one', of({ neighbors: [declared('leaf', leaf, 65009)] }), [leaf]],
    ['one that is declared no more', of({ neighbors: [] }), [leaf]],
    ['one that is declared now', of({ neighbors: [declared('leaf', leaf, 65001), declared('x', x, 65002)] }), [x]],
    ['a narrower range', of({ prefixes: [prefix('192.168.0.0/17')] }), [x, y]],
    ['a lower limit that some have passed', of({ maximumPrefixes: 10 }), [leaf, x]],
    ['a lower limit that nobody has passed', of({ maximumPrefixes: 20 }), []],
    ['a limit of its own that one has passed', of({ neighbors: [declared('leaf', leaf, 65001, 19)] }), [leaf]],
    ['other timers', of({ timers: { keepaliveSeconds: 20, holdSeconds: 60 } }), []],
    ['another mesh neighbor', of({}, { meshGroups: [meshGroup([])] }), []],
    ['nothing', of(), []],
  ])('by %s', (_, wanted, clients) => {
    expect(ended(wanted)).toEqual(clients);
  });

  it('are also those whose state is not known, and none of one that is down', () => {
    const wanted = of({ neighbors: [declared('leaf', leaf, 65009)] });
    expect(ended(wanted, [session(leaf, { state: 'unknown' })])).toEqual([leaf]);
    for (const state of ['idle', 'shutdown', 'open-confirm'] as const) {
      expect(ended(wanted, [session(leaf, { state })])).toEqual([]);
    }
  });
});

describe('withholdChanges', () => {
  const wanted = of({
    distance: { kind: 'multihop', ttl: 7 },
    neighbors: [declared('leaf', leaf, 65009)],
    timers: { keepaliveSeconds: 20, holdSeconds: 60 },
  });

  it('leaves out what may not go, and names it the same each time', () => {
    const first = withholdChanges(of(), wanted, sessions, () => false);
    expect(first.pending.map(({ change, clients }) => [change.kind, clients])).toEqual([
      ['group-changed', [leaf, x, y]],
      ['neighbor-changed', [leaf]],
    ]);
    const again = withholdChanges(first.config, wanted, sessions, () => false);
    expect(again.pending.map(({ key }) => key).sort()).toEqual(first.pending.map(({ key }) => key).sort());
    expect(planChanges(first.config, again.config)).toEqual([]);
    expect(planChanges(of(), first.config).flatMap(({ commands }) => commands.map(({ text }) => text))).toEqual([
      'neighbor MESHRR-CLIENTS timers 20 60',
    ]);
  });

  it('lets one go without the other', () => {
    const { pending, config } = withholdChanges(of(), wanted, sessions, ({ clients }) => clients.length > 1);
    expect(pending.map(({ change }) => change.subject)).toEqual([leaf]);
    expect(config.router?.groups.find(({ name }) => name === group)?.distance).toEqual({ kind: 'multihop', ttl: 7 });
    expect(config.router?.neighbors.find((one) => one.address === address(leaf))?.remoteAs).toBe(asn('65001'));
  });

  it('goes by what waits for a limit, too: who is to get a limit of its own with another AS has none until then', () => {
    const running = of({ maximumPrefixes: 1000 });
    const changed = of({ maximumPrefixes: 10, neighbors: [declared('leaf', leaf, 65009, 1000)] });
    const only = sessions.filter((each) => each.address === leaf);
    const { pending, config } = withholdChanges(running, changed, only, () => false);
    expect(pending.map(({ change, clients }) => [change.kind, clients])).toEqual([
      ['neighbor-changed', [leaf]],
      ['group-changed', [leaf]],
    ]);
    expect(planChanges(running, config)).toEqual([]);
  });

  it('is all that is wanted where nobody has a session, or all may go', () => {
    expect(withholdChanges(of(), wanted, [], () => false)).toEqual({ config: wanted, pending: [] });
    expect(withholdChanges(of(), wanted, sessions, () => true)).toEqual({ config: wanted, pending: [] });
  });
});

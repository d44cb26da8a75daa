import { rangeOf } from '@meshrs/network';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import type { Eviction, RouteServerIntent, UnboundedAttribute } from '@meshrs/contract';
import { address, asnRange, prefix } from '@meshrs/network/test-data';
import { intents } from '../route-server/frr/intents.test-data.ts';
import { carryOutOnModel, configOf, modelOf } from './command-model.test-data.ts';
import { withOverlay } from '../route-server/frr/overlay.ts';
import { afterSteps, planChanges } from './plan-changes.ts';
import { emptyFrrConfig, type FrrConfig, type Neighbor, type PeerGroup } from './config.ts';
import { toFrrConfig } from '../route-server/frr/to-frr-config.ts';
import { toFrrWord } from './words.ts';

vi.setConfig({ testTimeout: 30_000 });

/** A configuration as the agent wants it: an intent, some evictions, some pins, perhaps a drain. */
const wantedConfigs: fc.Arbitrary<FrrConfig> = fc
  .tuple(
    intents,
    fc.uniqueArray(fc.constantFrom('192.168.1.1', '192.168.70.9', '10.42.0.1'), { maxLength: 2 }),
    fc.uniqueArray(fc.constantFrom('192.168.1.1', '192.168.70.9', '192.168.1.2'), { maxLength: 2 }),
    fc.constantFrom('none', 'graceful-shutdown', 'closed'),
  )
  .map(([intent, evicted, pinned, drain]) =>
    withOverlay(toFrrConfig(intent), {
      evictions: evicted.map(eviction),
      pins: intent.clientGroups
        .slice(0, 1)
        .flatMap(({ name }) => pinned.map((at) => ({ address: address(at), group: name }))),
      drain: {
        isGracefulShutdown: drain !== 'none',
        ...(drain === 'closed' && { closedWith: 'maintenance' as never }),
      },
    }),
  );
const configs = fc.oneof(
  { weight: 9, arbitrary: wantedConfigs },
  { weight: 1, arbitrary: fc.constant(emptyFrrConfig) },
);

describe('planChanges', () => {
  it('plans nothing from a configuration to itself', () => {
    fc.assert(
      fc.property(configs, (config) => {
        expect(planChanges(config, config)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('leads from any configuration to any other, without a command that bgpd would reject', () => {
    fc.assert(
      fc.property(configs, wantedConfigs, (running, wanted) => {
        const changes = planChanges(running, wanted);
        const reached = configOf(carryOutOnModel(modelOf(running), changes));

        expect(withJoinedRanges(reached)).toEqual(withJoinedRanges(wanted));
        expect(planChanges(reached, wanted)).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it('tells after each change what runs then', () => {
    fc.assert(
      fc.property(configs, wantedConfigs, (running, wanted) => {
        let model = modelOf(running);
        let current = running;
        const steps = planChanges(running, wanted);
        for (const change of steps) {
          model = carryOutOnModel(model, [change]);
          current = afterSteps(current, [change]);
          expect(withJoinedRanges(configOf(model))).toEqual(withJoinedRanges(current));
        }
        // All at once it is the same.
        expect(afterSteps(running, steps)).toEqual(current);
      }),
      { numRuns: 60 },
    );
  });

  it('resets nothing when only mesh neighbors come and go', () => {
    fc.assert(
      fc.property(intents, fc.subarray(['10.42.0.9', '10.42.0.8', '2001:db8:42::9']), (intent, others) => {
        const changed = {
          ...intent,
          meshGroups: intent.meshGroups.map((group, index) =>
            index === 0 ? { ...group, neighbors: others.map(address) } : group,
          ),
        };
        const isClient = new Set(intent.clientGroups.flatMap((group) => group.neighbors.map((one) => one.address)));
        for (const { change } of planChanges(toFrrConfig(intent), toFrrConfig(changed))) {
          expect(change.kind).toMatch(/^neighbor-(added|removed|changed)$/);
          expect(isClient.has(address(change.subject ?? ''))).toBe(false);
        }
      }),
    );
  });

  const before = routeServer(1);
  const clients = (changes: Parameters<typeof clientGroup>[0]) =>
    routeServer(1, { clientGroups: [clientGroup(changes)] });
  it.each([
    [
      'a mesh neighbor',
      routeServer(1, { meshGroups: [meshGroup(['10.42.0.1'])] }),
      ['neighbor 10.42.0.1 peer-group MESHRR-CORE'],
    ],
    [
      'a declared client inside a range',
      clients({ neighbors: [declared('leaf', '192.168.1.1', 65001)] }),
      [
        'do clear bgp 192.168.1.1',
        'neighbor 192.168.1.1 remote-as 65001',
        'neighbor 192.168.1.1 passive',
        'neighbor 192.168.1.1 peer-group MESHRR-CLIENTS',
        'neighbor 192.168.1.1 description leaf',
        'neighbor 192.168.1.1 graceful-restart-disable',
        'neighbor 192.168.1.1 path-attribute discard 23 25',
      ],
    ],
    [
      'other timers',
      clients({ timers: { keepaliveSeconds: 20, holdSeconds: 60 } }),
      ['neighbor MESHRR-CLIENTS timers 20 60'],
    ],
    [
      'a wider range',
      clients({ prefixes: [prefix('192.168.0.0/15')] }),
      ['bgp listen range 192.169.0.0/16 peer-group MESHRR-CLIENTS'],
    ],
    [
      'a narrower range',
      clients({ prefixes: [prefix('192.168.0.0/24')] }),
      [
        'no bgp listen range 192.168.0.0/16 peer-group MESHRR-CLIENTS',
        'bgp listen range 192.168.0.0/24 peer-group MESHRR-CLIENTS',
      ],
    ],
    [
      'TTL security',
      clients({ distance: { kind: 'ttl-security', hops: 2 } }),
      ['no neighbor MESHRR-CLIENTS ebgp-multihop', 'neighbor MESHRR-CLIENTS ttl-security hops 2'],
    ],
    [
      'a shorter AS list',
      clients({ asns: [asnRange('65001-65009')] }),
      [
        'no bgp as-path access-list MESHRR-CLIENTS seq 10 permit ^650[1-9][0-9]_',
        'no bgp as-path access-list MESHRR-CLIENTS seq 15 permit ^65[1-4][0-9][0-9]_',
        'no bgp as-path access-list MESHRR-CLIENTS seq 20 permit ^655[0-2][0-9]_',
        'no bgp as-path access-list MESHRR-CLIENTS seq 25 permit ^6553[0-5]_',
      ],
    ],
  ])('plans for %s just these commands', (_, wanted, commands) => {
    const changes = planChanges(toFrrConfig(before), toFrrConfig(wanted));

    expect(changes.flatMap((change) => change.commands.map(({ text }) => text))).toEqual(commands);
  });

  const limited = (maximumPrefixes: number, own?: number) =>
    clients({ maximumPrefixes, neighbors: [declared('leaf', '192.168.1.1', 65001, own)] });
  const [group, neighbor] = ['MESHRR-CLIENTS', '192.168.1.1'];
  it.each([
    ['held down', { shutdown: {} }, 'neighbor', ['neighbor 192.168.1.1 shutdown']],
    [
      'dialled from now on',
      { isPassive: false },
      'neighbor',
      [
        'no neighbor 192.168.1.1',
        'do clear bgp 192.168.1.1',
        'neighbor 192.168.1.1 remote-as 65001',
        'neighbor 192.168.1.1 peer-group MESHRR-CLIENTS',
        'neighbor 192.168.1.1 description leaf',
        'neighbor 192.168.1.1 graceful-restart-disable',
        'neighbor 192.168.1.1 path-attribute discard 23 25',
        'neighbor 192.168.1.1 maximum-prefix 9 restart 5',
      ],
    ],
    [
      'taken again after another time',
      { maximumPrefixes: { limit: 9, restartMinutes: 7 } },
      'none',
      ['neighbor 192.168.1.1 maximum-prefix 9 restart 7'],
    ],
  ] as const)('plans for a client that is %s', (_, changed, resets, commands) => {
    const running = toFrrConfig(limited(10, 9));
    const { router } = running;
    if (!router) return expect.unreachable('it has a router');
    const neighbors = router.neighbors.map((one) => ({ ...one, ...changed }));

    const changes = planChanges(running, { ...running, router: { ...router, neighbors } });

    expect(changes.map(({ change }) => change.resets)).toEqual([resets]);
    expect(changes.flatMap((change) => change.commands.map(({ text }) => text))).toEqual(commands);
  });

  it('sets a client’s own limit before the lower one of its group', () => {
    const changes = planChanges(toFrrConfig(limited(30)), toFrrConfig(limited(10, 30)));

    expect(changes.flatMap((change) => change.commands.map(({ text }) => text))).toEqual([
      'neighbor 192.168.1.1 maximum-prefix 30 restart 5',
      'neighbor MESHRR-CLIENTS maximum-prefix 10 restart 5',
    ]);
    expect(changes.map(({ resets }) => resets.kind)).toEqual(['none', 'group']);
  });

  it('makes a pinned client a passive member of its group at once, without an AS of its own, and takes it back', () => {
    const pins = [{ address: address('192.168.1.1'), group: 'MESHRR-CLIENTS' }];
    const running = toFrrConfig(before);
    const pinned = withOverlay(running, { evictions: [], pins, drain: { isGracefulShutdown: false } });
    const textsOf = (changes: ReturnType<typeof planChanges>) =>
      changes.flatMap(({ commands }) => commands.map(({ text }) => text));

    expect(textsOf(planChanges(running, pinned))).toEqual([
      'do clear bgp 192.168.1.1',
      'neighbor 192.168.1.1 peer-group MESHRR-CLIENTS',
      'neighbor 192.168.1.1 passive',
      'neighbor 192.168.1.1 graceful-restart-disable',
      'neighbor 192.168.1.1 path-attribute discard 23 25',
    ]);
    expect(textsOf(planChanges(pinned, running))).toEqual(['no neighbor 192.168.1.1']);
  });

  const passing = (...passedAttributes: readonly UnboundedAttribute[]) =>
    toFrrConfig(clients({ passedAttributes, neighbors: [declared('leaf', '192.168.1.1', 65001)] }));
  it.each([
    ['one more', passing(), passing('tunnel-encapsulation'), 'neighbor 192.168.1.1 path-attribute discard 25'],
    ['one less', passing('tunnel-encapsulation'), passing(), 'neighbor 192.168.1.1 path-attribute discard 23 25'],
    [
      'all of them',
      passing(),
      passing('ipv6-extended-communities', 'tunnel-encapsulation'),
      'no neighbor 192.168.1.1 path-attribute discard',
    ],
  ])('lets %s of the unbounded attributes pass, and resets nobody', (_, running, wanted, command) => {
    const [change, ...others] = planChanges(running, wanted);

    expect(others).toEqual([]);
    expect(change).toMatchObject({ change: { resets: 'none' }, commands: [{ text: command }] });
  });

  it('gives bounds to a group that runs without them, whole, and takes them back', () => {
    const wanted = toFrrConfig(before);
    const names = wanted.largeCommunityLists.map(({ name }) => name);
    const running: FrrConfig = {
      ...wanted,
      largeCommunityLists: [],
      routeMaps: wanted.routeMaps.map(({ name, matchAsPath }) => ({ name, ...(matchAsPath && { matchAsPath }) })),
    };
    const linesOf = (changes: ReturnType<typeof planChanges>) =>
      changes.flatMap(({ commands }) =>
        commands.map(({ context, text }) => (context.kind === 'route-map' ? `${context.entry}: ${text}` : text)),
      );

    const changes = planChanges(running, wanted);

    expect(changes.every(({ change }) => change.resets === 'none')).toBe(true);
    expect(names).toHaveLength(1);
    expect(linesOf(changes)).toEqual([
      expect.stringContaining(`bgp large-community-list expanded ${String(names[0])} seq 5 permit `),
      'route-map MESHRR-CLIENTS-IN deny 5',
      `deny 5: match large-community ${String(names[0])}`,
      'permit 10: match as-path-count 48',
      'permit 10: match community-limit 64',
      'permit 10: match extcommunity-limit 500',
    ]);
    expect(linesOf(planChanges(wanted, running))).toEqual([
      'no route-map MESHRR-CLIENTS-IN deny 5',
      'permit 10: no match extcommunity-limit',
      'permit 10: no match community-limit',
      'permit 10: no match as-path-count',
      expect.stringContaining('no bgp large-community-list expanded '),
    ]);
  });

  it('names another list in the entry that refuses without making it anew', () => {
    const running = toFrrConfig(before);
    const other = toFrrWord('OTHER');
    const wanted: FrrConfig = {
      ...running,
      largeCommunityLists: running.largeCommunityLists.map((list) => ({ ...list, name: other })),
      routeMaps: running.routeMaps.map((map) =>
        map.refusedLargeCommunities ? { ...map, refusedLargeCommunities: other } : map,
      ),
    };
    const texts = planChanges(running, wanted).flatMap(({ commands }) => commands.map(({ text }) => text));

    expect(texts.map((text) => text.split(' seq ')[0])).toEqual([
      'bgp large-community-list expanded OTHER',
      'match large-community OTHER',
      `no bgp large-community-list expanded ${String(running.largeCommunityLists[0]?.name)}`,
    ]);
  });

  const evicting = (wanted: RouteServerIntent, ...addresses: readonly string[]): FrrConfig =>
    withOverlay(toFrrConfig(wanted), {
      evictions: addresses.map(eviction),
      pins: [],
      drain: { isGracefulShutdown: false },
    });
  const meshed = routeServer(1, { meshGroups: [meshGroup(['10.42.0.1'])] });
  it.each([
    ['a declared client', limited(10), '192.168.1.1', { only: undefined, because: ['shutdown'] }],
    ['a mesh neighbor', meshed, '10.42.0.1', { only: undefined, because: ['shutdown'] }],
    ['a client from a range', before, '192.168.1.1', { only: 'from-range' as const, because: [] }],
  ])('tells of the eviction of %s, and of its end, whose session ends', (_, intent, at, { only, because }) => {
    const [running, evicted] = [toFrrConfig(intent), evicting(intent, at)];
    const reset = { kind: 'neighbor', address: at, because, ...(only && { only }) };

    expect(planChanges(running, evicted)).toMatchObject([{ change: { resets: 'neighbor' }, resets: reset }]);
    expect(planChanges(running, evicted).map(({ resets }) => resets)).toEqual([reset]);
    expect(planChanges(evicted, running).map(({ resets }) => resets.kind)).toEqual(['neighbor']);
  });

  const inRangeOf = (name: string) =>
    routeServer(1, {
      clientGroups: [
        clientGroup({
          name,
          prefixes: [prefix('10.0.0.0/8')],
          neighbors: [declared('leaf', '192.168.1.1', 65001)],
        }),
        clientGroup({ name: 'RANGE' }),
      ],
    });
  const setsAClient = (running: RouteServerIntent, wanted: RouteServerIntent) => {
    const changes = planChanges(toFrrConfig(running), toFrrConfig(wanted));
    return {
      texts: changes.flatMap((change) => change.commands.map(({ text }) => text)),
      resets: changes.map(({ change }) => change.resets).filter((kind) => kind !== 'none'),
    };
  };

  it('clears a declared client that may have dialed in meanwhile, in a range that another group keeps, and tells of no reset by that', () => {
    const { texts, resets } = setsAClient(inRangeOf('CLIENTS'), inRangeOf('OTHERS'));
    expect(texts).toContain('do clear bgp 192.168.1.1');
    expect(resets).toEqual(['range', 'neighbor', 'group']);
  });

  it.each([
    [
      'the same as before, in a group of another name',
      limited(10),
      clients({ name: 'OTHERS', maximumPrefixes: 10, neighbors: [declared('leaf', '192.168.1.1', 65001)] }),
      ['range', 'neighbor', 'group'],
    ],
    [
      'in a range that comes with it',
      clients({ prefixes: [prefix('10.0.0.0/8')] }),
      clients({
        prefixes: [prefix('10.0.0.0/8'), prefix('192.168.0.0/16')],
        neighbors: [declared('leaf', '192.168.1.1', 65001)],
      }),
      [],
    ],
    [
      'in a range that is narrowed, which has reset it',
      before,
      clients({ prefixes: [prefix('192.168.0.0/17')], neighbors: [declared('leaf', '192.168.1.1', 65001)] }),
      ['range'],
    ],
  ])('sets a declared client before the range comes by which it could dial in: %s', (...row) => {
    const [, running, wanted, expected] = row;
    const { texts, resets } = setsAClient(running, wanted);
    const range = texts.findIndex((text) => text.startsWith('bgp listen range 192.168.'));
    expect(range).toBeGreaterThan(texts.indexOf('neighbor 192.168.1.1 remote-as 65001'));
    expect(texts).toContain('neighbor 192.168.1.1 remote-as 65001');
    expect(texts).not.toContain('do clear bgp 192.168.1.1');
    expect(resets).toEqual(expected);
  });

  it('makes a neighbor anew that dials now, or does not any more', () => {
    const [passive, dialing] = [true, false].map((isPassive) => withNeighbor(limited(10), { isPassive }));
    if (!passive || !dialing) return expect.unreachable('there are two');

    for (const [from, to] of [
      [passive, dialing],
      [dialing, passive],
    ] as const) {
      const [change, ...more] = planChanges(from, to);
      expect(more).toEqual([]);
      expect(change?.commands[0]?.text).toBe('no neighbor 192.168.1.1');
      expect(change?.commands.map(({ text }) => text)).toContain('neighbor 192.168.1.1 remote-as 65001');
      expect(change?.resets).toEqual({ kind: 'neighbor', address: '192.168.1.1', because: ['who dials'] });
    }
  });

  it('makes a declared client anew that has another AS', () => {
    const [change, ...more] = planChanges(
      toFrrConfig(limited(10)),
      toFrrConfig(clients({ maximumPrefixes: 10, neighbors: [declared('leaf', '192.168.1.1', 65002)] })),
    );

    expect(more).toEqual([]);
    expect(change?.commands[0]?.text).toBe('no neighbor 192.168.1.1');
    expect(change?.resets).toEqual({ kind: 'neighbor', address: '192.168.1.1', because: ['remote AS'] });
  });

  it('makes a group anew, with its ranges, that is iBGP now', () => {
    const running = toFrrConfig(before);
    const changes = planChanges(
      running,
      withGroup(running, (one) => ({ ...one, remoteAs: 'internal' })),
    );

    expect(changes.map(({ change: { kind, resets } }) => [kind, resets])).toEqual([
      ['range-removed', 'range'],
      ['group-removed', 'group'],
      ['group-added', 'none'],
      ['range-added', 'none'],
    ]);
  });

  it('makes a group anew, whose AS is the same, of another address family', () => {
    const running = toFrrConfig(routeServer(1, { clientGroups: [] }));
    const reflector = toFrrConfig(routeServer(1, { clientGroups: [], mode: 'ipv4-route-reflector' }));

    const changes = planChanges(running, reflector).filter(({ change }) => change.group === 'MESHRR-CORE');

    expect(changes.map(({ change: { kind, resets } }) => [kind, resets])).toEqual([
      ['group-removed', 'group'],
      ['group-added', 'none'],
    ]);
  });

  it.each([
    ['another restart time', { limit: 10, restartMinutes: 7 }, 'neighbor 192.168.1.1 maximum-prefix 10 restart 7'],
    ['no restart any more', { limit: 10 }, 'neighbor 192.168.1.1 maximum-prefix 10'],
  ])('sees %s of a limit that is the same, which resets nobody', (_, maximumPrefixes, command) => {
    const running = toFrrConfig(limited(30, 10));
    const changes = planChanges(running, withNeighbor(limited(30, 10), { maximumPrefixes }));

    expect(changes.flatMap(({ commands }) => commands.map(({ text }) => text))).toEqual([command]);
    expect(changes.map(({ resets }) => resets.kind)).toEqual(['none']);
  });

  it('sees another restart time of a group', () => {
    const running = toFrrConfig(limited(30));
    const wanted = withGroup(running, (one) => ({
      ...one,
      ...(one.family && { family: { ...one.family, maximumPrefixes: { limit: 30, restartMinutes: 9 } } }),
    }));

    const changes = planChanges(running, wanted);

    expect(changes.flatMap(({ commands }) => commands.map(({ text }) => text))).toEqual([
      'neighbor MESHRR-CLIENTS maximum-prefix 30 restart 9',
    ]);
    expect(changes.map(({ resets }) => resets.kind)).toEqual(['none']);
  });

  it.each([
    ['graceful restart', (one: PeerGroup) => ({ ...one, isGracefulRestartDisabled: false }), ['graceful restart']],
    ['a shutdown', (one: PeerGroup) => ({ ...one, shutdown: {} }), ['shutdown']],
    [
      'an address family that is not active',
      (one: PeerGroup) => ({ ...one, ...(one.family && { family: { ...one.family, isActive: false } }) }),
      ['address family'],
    ],
    [
      'route reflection',
      (one: PeerGroup) => ({ ...one, ...(one.family && { family: { ...one.family, isReflectorClient: true } }) }),
      ['route reflection'],
    ],
  ])('tells of %s of a group that its sessions end', (_, change, because) => {
    const running = toFrrConfig(before);

    expect(planChanges(running, withGroup(running, change)).map(({ resets }) => resets)).toEqual([
      { kind: 'group', group: 'MESHRR-CLIENTS', because },
    ]);
  });

  it.each([
    [
      'another TTL',
      clients({}),
      clients({ distance: { kind: 'multihop', ttl: 3 } }),
      [{ kind: 'group', group, because: ['TTL'] }],
    ],
    [
      'another router-id',
      before,
      { ...before, routerId: address('192.0.2.9') },
      [{ kind: 'all', because: ['router-id'] }],
    ],
    ['another AS', before, { ...before, asn: asnRange('64999').first }, [{ kind: 'all', because: ['AS'] }]],
    [
      'a client taken out of the declared ones',
      limited(10),
      clients({ maximumPrefixes: 10 }),
      [{ kind: 'neighbor', address: neighbor, because: [] }],
    ],
    [
      'a client that is declared now',
      clients({ maximumPrefixes: 10 }),
      limited(10),
      [{ kind: 'neighbor', address: neighbor, only: 'from-range', because: [] }],
    ],
    [
      'a lower limit of a group',
      limited(10),
      limited(9),
      [{ kind: 'group', group, only: 'over-limit', because: ['maximum-prefix'] }],
    ],
    ['a higher limit of a group', limited(9), limited(10), []],
    [
      'a client’s own limit that goes, above the group’s',
      limited(10, 500),
      limited(10),
      [{ kind: 'neighbor', address: neighbor, only: 'over-limit', because: ['maximum-prefix'] }],
    ],
    ['a client’s own limit above the group’s', limited(10), limited(10, 500), []],
    [
      'a client’s own limit below the group’s',
      limited(10),
      limited(10, 5),
      [{ kind: 'neighbor', address: neighbor, only: 'over-limit', because: ['maximum-prefix'] }],
    ],
    [
      'a narrower range',
      before,
      clients({ prefixes: [prefix('192.168.0.0/24')] }),
      [{ kind: 'range', prefix: '192.168.0.0/16', group }],
    ],
    [
      'a range in two halves',
      before,
      clients({ prefixes: [prefix('192.168.0.0/17'), prefix('192.168.128.0/17')] }),
      [],
    ],
  ])('tells of %s whose sessions end', (_, running, wanted, sessions) => {
    const resets = planChanges(toFrrConfig(running), toFrrConfig(wanted)).map((change) => change.resets);

    expect(resets.filter(({ kind }) => kind !== 'none')).toEqual(sessions);
  });
});

/** The configuration of an intent, with something else about its one declared client. */
function withNeighbor(intent: RouteServerIntent, change: Partial<Neighbor>): FrrConfig {
  const config = toFrrConfig(intent);
  const { router } = config;
  if (!router) return expect.unreachable('an intent has a router');
  return { ...config, router: { ...router, neighbors: router.neighbors.map((one) => ({ ...one, ...change })) } };
}

function withGroup(config: FrrConfig, change: (group: PeerGroup) => PeerGroup): FrrConfig {
  const { router } = config;
  if (!router) return expect.unreachable('it has a router');
  const groups = router.groups.map((one) => (one.name === 'MESHRR-CLIENTS' ? change(one) : one));
  return { ...config, router: { ...router, groups } };
}

function eviction(text: string): Eviction {
  const since = 0;
  return {
    address: address(text),
    remoteAsn: asnRange('64496').first,
    reason: 'as-not-allowed',
    count: 1,
    since,
    until: 60_000,
  };
}

/** Two ways of writing the same addresses of a group are the same; so are two orders. */
function withJoinedRanges(config: FrrConfig): unknown {
  const { router } = config;
  if (!router) return config;
  const neighbors = [...router.neighbors].sort((one, other) => (one.address < other.address ? -1 : 1));
  const spans = router.ranges
    .map(({ group, prefix: text }) => ({ group, ...rangeOf(text) }))
    .sort((one, other) => Number(one.first > other.first) * 2 - 1);
  const joined: { group: string; family: string; first: bigint; last: bigint }[] = [];
  for (const span of spans) {
    const previous = joined.find(
      ({ group, family, last }) => group === span.group && family === span.family && last + 1n === span.first,
    );
    if (previous) previous.last = span.last;
    else joined.push(span);
  }
  const ranges = joined.map((span) => `${span.group} ${span.family} ${String(span.first)}-${String(span.last)}`).sort();
  return { ...config, router: { ...router, neighbors, ranges } };
}

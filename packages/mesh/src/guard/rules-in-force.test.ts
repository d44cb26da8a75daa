import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, asn, asnRange, prefix } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { findOffenders } from './find-offenders.ts';
import { reasonGone } from './reason-gone.ts';
import { rulesOfRanges, sightInForce, type ClientsThatRun, type RangeRules } from './rules-in-force.ts';

const group = (name: string, ranges: readonly string[], asns: string) =>
  clientGroup({ name, prefixes: ranges.map((each) => prefix(each)), asns: [asnRange(asns)] });
const wants = (...clientGroups: readonly ReturnType<typeof clientGroup>[]) =>
  routeServer(1, { meshGroups: [meshGroup(['10.42.0.1'])], clientGroups });
const running = (...ranges: readonly (readonly [string, string])[]): ClientsThatRun => ({
  ranges: ranges.map(([name, range]) => ({ group: name, prefix: prefix(range) })),
  neighbors: [],
});
const nothing: RangeRules = new Map();
const policy = { routerIds: [] };
const [before, one] = [wants(group('ONE', ['192.168.0.0/16'], '65001-65010')), running(['ONE', '192.168.0.0/16'])];

/** Who of these may not stay, by what was wanted before and is now, while this runs. */
function evicts(now: ReturnType<typeof wants>, runs: ClientsThatRun, ...peers: readonly (readonly [string, number])[]) {
  const rules = rulesOfRanges(now, rulesOfRanges(before, nothing, one), runs);
  const sight = sightInForce(now, rules, runs);
  const facts = {
    intent: now,
    peers: peers.map(([at, number]) => ({
      address: address(at),
      remoteAsn: asn(number),
      state: 'established' as const,
    })),
    routerIds: new Map(),
  };
  return findOffenders(facts, policy, sight).map((each) => [each.address, each.group]);
}

describe('who comes by a range that goes and still runs', () => {
  it.each<[string, ReturnType<typeof wants>]>([
    ['with nothing in its place', wants()],
    ['with another range in its place', wants(group('ONE', ['10.0.0.0/8'], '1-65535'))],
    ['with a part of it, for other clients', wants(group('ONE', ['192.168.99.0/24'], '1-65535'))],
    ['to another group', wants(group('TWO', ['192.168.0.0/16'], '1-65535'))],
    ['to another group, in pieces', wants(group('TWO', ['192.168.0.0/17', '192.168.128.0/17'], '64999'))],
  ])('%s, goes by the AS numbers with which it was configured', (_, now) => {
    expect(evicts(now, one, ['192.168.1.1', 65001], ['192.168.1.2', 64999])).toEqual([['192.168.1.2', 'ONE']]);
  });

  it('goes by what is wanted, where its group wants that address, or its range has gone', () => {
    const narrow = wants(group('ONE', ['192.168.1.0/24'], '64999'));
    expect(evicts(narrow, one, ['192.168.1.1', 65001], ['192.168.1.2', 64999], ['192.168.2.1', 65001])).toEqual([
      ['192.168.1.1', 'ONE'],
    ]);
    const moved = wants(group('TWO', ['192.168.0.0/16'], '64999'));
    expect(evicts(moved, running(['TWO', '192.168.0.0/16']), ['192.168.1.1', 65001])).toEqual([['192.168.1.1', 'TWO']]);
    expect(evicts(wants(), running(), ['192.168.1.1', 64999])).toEqual([]);
  });

  it('is not let in, and not punished, where nobody knows its rules', () => {
    const sight = sightInForce(wants(), nothing, one);
    const at = address('192.168.1.1');
    expect(sight.roleOf(at)).toEqual({ kind: 'unknown' });
    const facts = {
      peers: [{ address: at, remoteAsn: asn(64999), state: 'established' as const }],
      routerIds: new Map(),
    };
    expect(findOffenders({ ...facts, intent: wants() }, policy, sight)).toEqual([]);
    const eviction = { address: at, remoteAsn: asn(64999), reason: 'as-not-allowed' } as const;
    expect(reasonGone(sight, policy, eviction)).toBeUndefined();
    expect(reasonGone(sightInForce(wants(), nothing, running()), policy, eviction)).toBe('no-range');
  });

  it('is known by them over any number of settings, and as soon as it is wanted again by those', () => {
    let rules = rulesOfRanges(before, nothing, one);
    for (const now of [wants(), wants(group('TWO', ['10.0.0.0/8'], '7')), wants()])
      rules = rulesOfRanges(now, rules, one);
    expect([...rules.values()].map(({ asns }) => asns)).toEqual([[asnRange('65001-65010')]]);
    const again = wants(group('ONE', ['192.168.0.0/16'], '7'));
    expect([...rulesOfRanges(again, rules, one).values()].map(({ asns }) => asns)).toEqual([[asnRange('7')]]);
  });
});

it('leaves a declared client that goes and still runs to bgpd, and the mesh to the mesh', () => {
  const at = address('192.168.1.1');
  const now = wants(group('ONE', ['192.168.0.0/16'], '65001-65010'));
  const runs = {
    ...one,
    neighbors: [
      { address: at, group: 'ONE' },
      { address: address('10.42.0.1'), group: 'ONE' },
    ],
  };
  const sight = sightInForce(now, rulesOfRanges(now, nothing, runs), runs);
  expect(sight.roleOf(at)).toEqual({ kind: 'declared', group: 'ONE' });
  expect(sight.roleOf(address('10.42.0.1'))).toMatchObject({ kind: 'mesh' });
  expect(sight.roleOf(address('192.168.1.2'))).toMatchObject({ kind: 'range' });
  const withIt = wants(clientGroup({ name: 'TWO', neighbors: [declared('x', at, 65001)] }));
  expect(sightInForce(withIt, nothing, runs).roleOf(at)).toEqual({ kind: 'declared', group: 'TWO' });
});

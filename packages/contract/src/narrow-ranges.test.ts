import { address, prefix } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { narrowAddresses } from './intent.ts';
import { clientGroup, declared, routeServer } from './intents.test-data.ts';
import { clientRanges, mostNarrowAddresses, type RangeGroup } from './narrow-ranges.ts';

const group = (prefixes: readonly string[], changes: Partial<RangeGroup> = {}): RangeGroup => ({
  name: 'CLIENTS',
  prefixes: prefixes.map(prefix),
  ...changes,
});
const both = ['tunnel-encapsulation', 'ipv6-extended-communities'] as const;

describe('clientRanges', () => {
  it('of a narrow range are all its addresses, first and last included, with their groups', () => {
    const six = group(['2001:db8::/127'], { name: 'SIX' });
    expect(clientRanges([group(['192.0.2.0/30', '192.0.2.9/32']), six], [])).toEqual({
      kind: 'narrow',
      addresses: [
        ...['192.0.2.0', '192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.9'].map((at) => ({
          address: at,
          group: 'CLIENTS',
        })),
        ...['2001:db8::', '2001:db8::1'].map((at) => ({ address: at, group: 'SIX' })),
      ],
    });
  });

  it.each<[string, readonly RangeGroup[], readonly string[], 'narrow' | 'wide']>([
    ['one range with as many as there may be', [group(['10.0.0.0/23'])], [], 'narrow'],
    ['one address more', [group(['10.0.0.0/23', '10.1.0.0/32'])], [], 'wide'],
    ['one address more, of IPv6', [group(['10.0.0.0/23', '2001:db8::/128'])], [], 'wide'],
    ['one address more, of another group', [group(['10.0.0.0/23']), group(['10.1.0.0/32'])], [], 'wide'],
    ['one address more, and one is a declared client', [group(['10.0.0.0/23', '10.1.0.0/32'])], ['10.0.0.7'], 'narrow'],
    [
      'one address more, and a declared client elsewhere',
      [group(['10.0.0.0/23', '10.1.0.0/32'])],
      ['10.9.0.7'],
      'wide',
    ],
    [
      'a group more whose clients may pass everything',
      [group(['10.0.0.0/23']), group(['10.8.0.0/16'], { passedAttributes: both })],
      [],
      'narrow',
    ],
    ['all of IPv6', [group(['::/0'])], [], 'wide'],
    ['none', [], [], 'narrow'],
  ])('%s', (_, groups, addresses, kind) => {
    expect(clientRanges(groups, addresses.map(address)).kind).toBe(kind);
  });

  it('of 10.0.0.0/23 are as many as there may be', () => {
    const ranges = clientRanges([group(['10.0.0.0/23'])], []);
    expect(ranges.kind === 'narrow' && ranges.addresses.length).toBe(mostNarrowAddresses);
  });

  it('of declared clients and of groups that pass both attributes are none', () => {
    const prefixes = ['192.0.2.0/31'];
    expect(clientRanges([group(prefixes)], ['192.0.2.0', '192.0.2.1'].map(address))).toEqual({
      kind: 'narrow',
      addresses: [],
    });
    expect(clientRanges([group(prefixes, { passedAttributes: both })], [])).toEqual({ kind: 'narrow', addresses: [] });
    const one = clientRanges([group(prefixes, { passedAttributes: ['tunnel-encapsulation'] })], []);
    expect(one.kind === 'narrow' && one.addresses.length).toBe(2);
  });

  it('of wide ranges tell how many addresses there are', () => {
    expect(clientRanges([group(['192.168.0.0/16'])], [address('192.168.1.11')])).toEqual({
      kind: 'wide',
      count: 65_535n,
    });
  });
});

describe('narrowAddresses', () => {
  const clientGroups = [
    clientGroup({ prefixes: [prefix('192.0.2.0/31')], neighbors: [declared('leaf', '192.0.2.1', 65001)] }),
  ];
  it('leaves out declared clients, and has none of wide ranges and of a reflector', () => {
    expect(narrowAddresses(routeServer(1, { clientGroups }))).toEqual([
      { address: '192.0.2.0', group: 'MESHRR-CLIENTS' },
    ]);
    expect(narrowAddresses(routeServer(1))).toEqual([]);
    expect(narrowAddresses(routeServer(1, { clientGroups, mode: 'ipv4-route-reflector' }))).toEqual([]);
  });
});

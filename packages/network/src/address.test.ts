import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import {
  compareAddresses,
  contains,
  findOverlaps,
  hostOf,
  overlaps,
  parseAddress,
  parseInterfaceAddress,
  parsePrefix,
  rangeOf,
  sizeOf,
  subnetOf,
  type AddressRange,
} from './address.ts';

describe('addresses', () => {
  it.each([
    ['192.168.255.1', '192.168.255.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
  ])('reads %s as %s', (text, canonical) => {
    expect(parseAddress(text)).toBe(canonical);
  });

  it.each([
    '',
    '1.2.3',
    '01.2.3.4',
    '1.2.3.256',
    '0x1.2.3.4',
    '1.2.3.4/32',
    'fe80::1%eth0',
    '::ffff:1.2.3.4',
    '1:2',
    ' 1.2.3.4',
    '1.2.3.4\n',
    '1.2.3.+4',
    '1.2.3.-0',
    '1.2.3.1e1',
    '1.2..4',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('reads IPv4 as the library does', () => {
    const part = fc.oneof(
      fc.integer({ min: 0, max: 300 }).map(String),
      fc.constantFrom('', '00', '01', '0x1', '1e1', '-0', '+1', ' 1', 'NaN'),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 3, maxLength: 5 }), (parts) => {
        const text = parts.join('.');
        const expected = ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined;
        const address = parseAddress(text);
        expect(address).toBe(expected?.toString());
        const [one = 0, two = 0, three = 0, four = 0] = expected?.octets ?? [];
        if (address) expect(rangeOf(address).first).toBe(BigInt(((one * 256 + two) * 256 + three) * 256 + four));
      }),
    );
  });
});

describe('prefixes', () => {
  it('reads them in canonical form', () => {
    expect(parsePrefix('192.168.0.0/16')).toEqual({ prefix: '192.168.0.0/16' });
    expect(parsePrefix('0.0.0.0/0')).toEqual({ prefix: '0.0.0.0/0' });
    expect(parsePrefix('2001:DB8::/32')).toEqual({ prefix: '2001:db8::/32' });
  });

  it('names the prefix that was meant when host bits are set', () => {
    expect(parsePrefix('10.10.10.252/24')).toEqual({ hostBitsOf: '10.10.10.0/24' });
  });

  it.each(['10.0.0.0', '10.0.0.0/33', '2001:db8::/129', '10.0.0.0/08', '10.0.0.0/-1', '192.168.255.0/32/32'])(
    'refuses %j',
    (text) => {
      expect(parsePrefix(text)).toBeUndefined();
    },
  );

  it('keeps host bits in an interface address', () => {
    const address = parseInterfaceAddress('172.16.1.13/31') ?? expect.unreachable();
    expect(hostOf(address)).toBe('172.16.1.13');
    expect(subnetOf(address)).toBe('172.16.1.12/31');
    expect(sizeOf(rangeOf(address))).toBe(2n);
  });
});

describe('ranges', () => {
  const prefix = (text: string): AddressRange => {
    const parsed = parsePrefix(text);
    return parsed && 'prefix' in parsed ? rangeOf(parsed.prefix) : expect.unreachable(text);
  };

  it('compares within a family only', () => {
    expect(contains(prefix('10.0.0.0/8'), prefix('10.1.0.0/16'))).toBe(true);
    expect(contains(prefix('10.1.0.0/16'), prefix('10.0.0.0/8'))).toBe(false);
    expect(overlaps(prefix('::/0'), prefix('0.0.0.0/0'))).toBe(false);
  });

  it('finds the same overlaps as a look at every pair', () => {
    const range = fc
      .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }), fc.boolean())
      .map(([first, size, isIpv6]) => ({
        range: {
          family: isIpv6 ? 'ipv6' : 'ipv4',
          first: BigInt(first),
          last: BigInt(first + size),
        } satisfies AddressRange,
      }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12, size: 'max' }), (items) => {
        const slow = items.flatMap((one, index) =>
          items
            .slice(index + 1)
            .filter((other) => overlaps(one.range, other.range))
            .map((other) => [one, other]),
        );
        expect(new Set(findOverlaps(items).map(key))).toEqual(new Set(slow.map(key)));
        function key(pair: readonly { range: AddressRange }[]): string {
          return pair.map((item) => items.indexOf(item)).join();
        }
      }),
    );
  });

  it('sorts by family, number and length', () => {
    const sorted = ['10.0.0.0/8', '2001:db8::/32', '9.0.0.0/8', '10.0.0.0/16']
      .map((text) => {
        const parsed = parsePrefix(text);
        return parsed && 'prefix' in parsed ? parsed.prefix : expect.unreachable();
      })
      .sort(compareAddresses);
    expect(sorted).toEqual(['9.0.0.0/8', '10.0.0.0/8', '10.0.0.0/16', '2001:db8::/32']);
  });
});

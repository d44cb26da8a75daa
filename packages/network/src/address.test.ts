import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import {
  addressAt,
  addressOfBytes,
  compareAddresses,
  contains,
  familyOf,
  findOverlaps,
  halves,
  hostOf,
  hostPrefix,
  overlaps,
  parseAddress,
  parseInterfaceAddress,
  parsePrefix,
  parsePrintedAddress,
  rangeOf,
  sizeOf,
  subnetOf,
  type AddressRange,
  type IpAddress,
  type IpPrefix,
  withoutEmbeddedIpv4,
} from './address.ts';

describe('addresses as a program prints them', () => {
  it.each([
    ['::1.2.3.4', '::102:304'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
    ['::255.255.255.255', '::ffff:ffff'],
    ['64:FF9B::192.0.2.33', '64:ff9b::c000:221'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:0::1', '2001:db8::1'],
  ])('%s is %s', (text, canonical) => {
    expect(parsePrintedAddress(text)).toBe(canonical);
  });

  it.each(['::1.2.3', '::1.2.3.4.5', '::01.2.3.4', '::256.1.1.1', '1.2.3.4:1.2.3.4', 'eth0', '::1.2.3.4%eth0', ''])(
    '%j is none',
    (text) => {
      expect(parsePrintedAddress(text)).toBeUndefined();
    },
  );

  it('has its length behind it when it is a prefix', () => {
    expect(withoutEmbeddedIpv4('::1.2.3.0/120')).toBe('::102:300/120');
    expect(withoutEmbeddedIpv4('10.0.0.0/8')).toBe('10.0.0.0/8');
  });

  it('is the same from bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16, size: 'max' }), (bytes) => {
        const text = addressOfBytes(bytes) ?? expect.unreachable('16 bytes are an address');
        expect(parseAddress(text)).toBe(text);
        expect(ipaddr.parse(text).toByteArray()).toEqual([...bytes]);
      }),
    );
    expect(addressOfBytes(Uint8Array.from([192, 0, 2, 1]))).toBe('192.0.2.1');
    expect(addressOfBytes(Uint8Array.from([1, 2, 3]))).toBeUndefined();
  });
});

describe('addresses', () => {
  it.each([
    ['192.168.255.1', '192.168.255.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::', '::'],
    ['FFFF:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
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
    '1.2.3.-1',
    '1.2.3.1e1',
    '1.2..4',
    '256.1.1.1',
    '1.2.3.4.5',
    '2001:db8::1::1',
    '2001:db8::g',
    '1:2:3:4:5:6:7:8:9',
    '2001:db8::1/64',
    '2001:db8::1\n',
    ' 2001:db8::1',
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

describe('families', () => {
  it('are told by the text', () => {
    expect(['10.0.0.1', '::1'].map((text) => familyOf(address(text)))).toEqual(['ipv4', 'ipv6']);
  });

  it('give the prefix of one address its length', () => {
    expect(hostPrefix(address('10.0.0.1'))).toBe('10.0.0.1/32');
    expect(hostPrefix(address('2001:db8::1'))).toBe('2001:db8::1/128');
  });
});

describe('prefixes', () => {
  it('reads them in canonical form', () => {
    expect(parsePrefix('192.168.0.0/16')).toEqual({ prefix: '192.168.0.0/16' });
    expect(parsePrefix('0.0.0.0/0')).toEqual({ prefix: '0.0.0.0/0' });
    expect(parsePrefix('2001:DB8::/32')).toEqual({ prefix: '2001:db8::/32' });
    expect(parsePrefix('10.0.0.7/32')).toEqual({ prefix: '10.0.0.7/32' });
    expect(parsePrefix('2001:db8::7/128')).toEqual({ prefix: '2001:db8::7/128' });
    expect(parsePrefix('::/0')).toEqual({ prefix: '::/0' });
  });

  it('names the prefix that was meant when host bits are set', () => {
    expect(parsePrefix('10.10.10.252/24')).toEqual({ hostBitsOf: '10.10.10.0/24' });
    expect(parsePrefix('10.0.0.1/31')).toEqual({ hostBitsOf: '10.0.0.0/31' });
    expect(parsePrefix('2001:db8::1:0:0:1/64')).toEqual({ hostBitsOf: '2001:db8::/64' });
  });

  it.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '2001:db8::/129',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '192.168.255.0/32/32',
    '10.0.0.0/',
    '/8',
    ' 10.0.0.0/8',
    '10.0.0.0/8 ',
    '10.0.0/8',
    '10.0.0.0/0000',
    'x/8',
    'x/10.0.0.0/8',
  ])('refuses %j', (text) => {
    expect(parsePrefix(text)).toBeUndefined();
    expect(parseInterfaceAddress(text)).toBeUndefined();
  });

  it('keeps host bits in an interface address', () => {
    const address = parseInterfaceAddress('172.16.1.13/31') ?? expect.unreachable();
    expect(hostOf(address)).toBe('172.16.1.13');
    expect(subnetOf(address)).toBe('172.16.1.12/31');
    expect(sizeOf(rangeOf(address))).toBe(2n);
    const second = parseInterfaceAddress('2001:DB8::7/64') ?? expect.unreachable();
    expect([second, hostOf(second), subnetOf(second)]).toEqual(['2001:db8::7/64', '2001:db8::7', '2001:db8::/64']);
  });
});

describe('ranges', () => {
  it.each([
    ['10.0.0.7', 'ipv4', 0x0a000007n, 0x0a000007n],
    ['10.1.0.0/16', 'ipv4', 0x0a010000n, 0x0a01ffffn],
    ['0.0.0.0/0', 'ipv4', 0n, 0xffffffffn],
    ['2001:db8::1', 'ipv6', 0x20010db8000000000000000000000001n, 0x20010db8000000000000000000000001n],
    ['2001:db8::/32', 'ipv6', 0x20010db8000000000000000000000000n, 0x20010db8ffffffffffffffffffffffffn],
  ])('%s has its first and last address', (text, family, first, last) => {
    const value = text.includes('/') ? prefix(text) : address(text);
    expect(rangeOf(value)).toEqual({ family, first, last });
  });

  it('have an inner error for what was never read', () => {
    expect(() => rangeOf('10.0.0/8' as IpPrefix)).toThrow('10.0.0 stands for an address, and is none');
  });

  // Written by hand, so that no function of the package says what is right.
  it.each<[one: string, other: string, isInside: boolean, isShared: boolean]>([
    ['10.0.0.0/8', '10.1.0.0/16', true, true],
    ['10.1.0.0/16', '10.0.0.0/8', false, true],
    ['10.0.0.0/8', '10.0.0.0/8', true, true],
    ['10.0.0.0/8', '10.0.0.0/16', true, true],
    ['10.0.0.0/8', '10.255.0.0/16', true, true],
    ['10.0.0.0/8', '11.0.0.0/8', false, false],
    ['10.0.0.0/8', '9.0.0.0/8', false, false],
    ['10.0.0.1/32', '10.0.0.1/32', true, true],
    ['10.0.0.0/31', '10.0.0.1/32', true, true],
    ['10.0.0.0/31', '10.0.0.2/32', false, false],
    ['::/0', '0.0.0.0/0', false, false],
    ['0.0.0.0/0', '::/96', false, false],
  ])('%s and %s: contains %j, overlaps %j', (one, other, isInside, isShared) => {
    expect(contains(rangeOf(prefix(one)), rangeOf(prefix(other)))).toBe(isInside);
    expect(overlaps(rangeOf(prefix(one)), rangeOf(prefix(other)))).toBe(isShared);
    expect(overlaps(rangeOf(prefix(other)), rangeOf(prefix(one)))).toBe(isShared);
  });

  it('overlap and contain as their addresses say, one by one', () => {
    fc.assert(
      fc.property(smallRange, smallRange, (one, other) => {
        const own = addressesOf(one);
        const others = addressesOf(other);
        expect(overlaps(one, other)).toBe(own.some((each) => others.includes(each)));
        expect(contains(one, other)).toBe(others.every((each) => own.includes(each)));
      }),
      { numRuns: 1000 },
    );
  });

  it('finds the same overlaps as a look at every pair, address by address', () => {
    const ranges = fc.array(
      smallRange.map((range) => ({ range })),
      { maxLength: 12, size: 'max' },
    );
    fc.assert(
      fc.property(ranges, (items) => {
        const slow = items.flatMap((one, index) =>
          items
            .slice(index + 1)
            .filter((other) => addressesOf(one.range).some((each) => addressesOf(other.range).includes(each)))
            .map((other) => [one, other]),
        );
        expect(new Set(findOverlaps(items).map(key))).toEqual(new Set(slow.map(key)));
        function key(pair: readonly { range: AddressRange }[]): string {
          return pair.map((item) => items.indexOf(item)).join();
        }
      }),
    );
  });

  it('names the earlier item of a pair first, each pair once, by the later range', () => {
    const items = ['10.0.0.0/30', '10.0.0.2/32', '10.0.0.0/31', '10.0.0.1/32'].map((text) => ({
      text,
      range: rangeOf(prefix(text)),
    }));
    expect(findOverlaps(items).map((pair) => pair.map(({ text }) => text))).toEqual([
      ['10.0.0.0/30', '10.0.0.0/31'],
      ['10.0.0.0/30', '10.0.0.1/32'],
      ['10.0.0.0/31', '10.0.0.1/32'],
      ['10.0.0.0/30', '10.0.0.2/32'],
    ]);
  });

  it.each<[text: string, offset: bigint, found: string | undefined]>([
    ['10.0.0.0/30', 0n, '10.0.0.0'],
    ['10.0.0.0/30', 1n, '10.0.0.1'],
    ['10.0.0.0/30', 3n, '10.0.0.3'],
    ['10.0.0.0/30', 4n, undefined],
    ['10.0.0.0/30', -1n, undefined],
    ['10.0.0.0/8', 256n, '10.0.1.0'],
    ['2001:db8::/64', 0x10000n, '2001:db8::1:0'],
  ])('of %s the address at %d is %j', (text, offset, found) => {
    expect(addressAt(rangeOf(prefix(text)), offset)).toBe(found);
  });

  it.each<[text: string, parts: [string, string] | undefined]>([
    ['10.0.0.0/8', ['10.0.0.0/9', '10.128.0.0/9']],
    ['10.0.0.0/31', ['10.0.0.0/32', '10.0.0.1/32']],
    ['10.0.0.0/32', undefined],
    ['0.0.0.0/0', ['0.0.0.0/1', '128.0.0.0/1']],
    ['2001:db8::/127', ['2001:db8::/128', '2001:db8::1/128']],
    ['2001:db8::/128', undefined],
    ['2001:db8::/32', ['2001:db8::/33', '2001:db8:8000::/33']],
  ])('the halves of %s are %j', (text, parts) => {
    expect(halves(prefix(text))).toEqual(parts);
  });
});

describe('the order', () => {
  const ordered = [
    '9.0.0.0/8',
    '10.0.0.0/8',
    '10.0.0.0/16',
    '10.0.0.0/32',
    '10.0.0.1/32',
    '255.0.0.0/8',
    '::/0',
    '::/128',
    '2001:db8::/32',
  ];

  it.each([
    ['backwards', [...ordered].reverse()],
    ['as they are', ordered],
    ['turned', [...ordered.slice(4), ...ordered.slice(0, 4)]],
  ])('is by family, number and length, from %s', (_what, texts) => {
    expect(texts.map(prefix).sort(compareAddresses)).toEqual(ordered);
  });

  it('puts addresses by number, not by text', () => {
    const sorted = ['10.0.0.10', '::1', '10.0.0.9', '9.0.0.1'].map(address).sort(compareAddresses);
    expect(sorted).toEqual(['9.0.0.1', '10.0.0.9', '10.0.0.10', '::1']);
  });

  it('tells no difference between equal ones', () => {
    expect(compareAddresses(prefix('10.0.0.0/8'), prefix('10.0.0.0/8'))).toBe(0);
  });
});

const smallRange = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }), fc.boolean())
  .map(([first, size, isIpv6]): AddressRange => ({
    family: isIpv6 ? 'ipv6' : 'ipv4',
    first: BigInt(first),
    last: BigInt(first + size),
  }));

/** Each address of a small range, with its family. */
function addressesOf({ family, first, last }: AddressRange): string[] {
  return Array.from({ length: Number(last - first) + 1 }, (_, offset) => `${family} ${String(Number(first) + offset)}`);
}

function address(text: string): IpAddress {
  return parseAddress(text) ?? expect.unreachable(text);
}

function prefix(text: string): IpPrefix {
  const parsed = parsePrefix(text);
  return parsed && 'prefix' in parsed ? parsed.prefix : expect.unreachable(text);
}

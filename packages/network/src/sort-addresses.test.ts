import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareAddresses, parseAddress, parsePrefix, type IpAddress, type IpPrefix } from './address.ts';
import { sortAddresses, sortByAddress } from './sort-addresses.ts';

const addresses: fc.Arbitrary<IpAddress | IpPrefix> = fc
  .oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([address, length]) => `${address}/${String(length)}`),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([address, length]) => `${address}/${String(length)}`),
  )
  .map((text) => {
    const prefix = parsePrefix(text);
    if (prefix) return 'prefix' in prefix ? prefix.prefix : prefix.hostBitsOf;
    return parseAddress(text);
  })
  .filter((value) => value !== undefined);

it('sorts as the network package compares', () => {
  fc.assert(
    fc.property(fc.array(addresses, { maxLength: 12, size: 'max' }), (values) => {
      const sorted = sortByAddress(values, (value) => value);

      expect(sorted).toEqual([...values].sort(compareAddresses));
    }),
  );
});

it('sorts bare addresses alike, and keeps those that stand twice', () => {
  const texts = ['2001:db8::1', '10.0.0.10', '9.255.255.255', '10.0.0.10'];
  const values = texts.flatMap((text) => parseAddress(text) ?? []);

  expect(sortAddresses(new Set(values))).toEqual(['9.255.255.255', '10.0.0.10', '2001:db8::1']);
  expect(sortAddresses(values)).toEqual(['9.255.255.255', '10.0.0.10', '10.0.0.10', '2001:db8::1']);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAddressTable } from './address-table.ts';
import { addressAt, compareAddresses, familyOf, rangeOf, type IpAddress } from './address.ts';
import { address, prefix } from './constants.test-data.ts';

const anyIpv4 = fc.bigInt(0n, 2n ** 32n - 1n).map((number) => at('0.0.0.0/0', number));
/** Also the ones whose last bits are those of an IPv4 address. */
const anyIpv6 = fc.oneof(fc.bigInt(0n, 2n ** 128n - 1n), fc.bigInt(0n, 2n ** 34n)).map((number) => at('::/0', number));

describe('an address table', () => {
  it('is empty at first', () => {
    const table = createAddressTable();
    expect(table.size()).toBe(0);
    expect(table.find(address('192.0.2.1'))).toBeUndefined();
    expect(table.addressOf(0)).toBeUndefined();
    expect(table.addressOf(-1)).toBeUndefined();
  });

  it('tells an IPv4 address from the IPv6 one with the same number', () => {
    const table = createAddressTable();
    expect(table.rowOf(address('0.0.1.2'))).toBe(0);
    expect(table.rowOf(address('::102'))).toBe(1);
    expect(table.find(address('0.0.1.2'))).toBe(0);
    expect(table.find(address('::102'))).toBe(1);
    expect(table.find(address('::1:0:102'))).toBeUndefined();
  });

  it('gives each address one row, in the order in which they come, and the address of a row, for any addresses', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyIpv4, anyIpv6), { maxLength: 400, size: 'max' }), (addresses) => {
        const table = createAddressTable();
        const expected = [...new Set(addresses)];
        const rows = addresses.map((each) => table.rowOf(each));
        expect(rows).toEqual(addresses.map((each) => expected.indexOf(each)));
        expect(table.size()).toBe(expected.length);
        expect(expected.map((_, row) => table.addressOf(row))).toEqual(expected);
        expect(expected.map((each) => table.find(each))).toEqual(expected.map((_, row) => row));
      }),
    );
  });

  it('gives an IPv4 address the same row by its number', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.boolean())), (numbers) => {
        const table = createAddressTable();
        table.rowOf(address('::1'));
        for (const [number, isByNumber] of numbers) {
          const text = at('0.0.0.0/0', BigInt(number));
          const row = isByNumber ? table.rowOfIpv4(number) : table.rowOf(text);
          expect([table.rowOf(text), table.rowOfIpv4(number), table.find(text)]).toEqual([row, row, row]);
          expect(table.addressOf(row)).toBe(text);
        }
      }),
    );
  });

  it('orders rows as their addresses are ordered, and knows their families', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(anyIpv4, anyIpv6)), (addresses) => {
        const table = createAddressTable();
        const rows = addresses.map((each) => table.rowOf(each));
        expect(rows.map((row) => table.familyOf(row))).toEqual(addresses.map(familyOf));
        expect(rows.sort(table.compareRows).map((row) => table.addressOf(row))).toEqual(
          addresses.toSorted(compareAddresses),
        );
      }),
    );
  });

  it('keeps many neighbours apart', () => {
    const table = createAddressTable();
    for (let number = 0n; number < 100_000n; number++) table.rowOf(at('10.0.0.0/8', number));
    expect(table.size()).toBe(100_000);
    expect(table.find(address('10.1.134.159'))).toBe(99_999);
    expect(table.find(address('10.1.134.160'))).toBeUndefined();
  });
});

function at(range: string, number: bigint): IpAddress {
  const found = addressAt(rangeOf(prefix(range)), number);
  if (found === undefined) throw new Error(`${range} has no address ${String(number)}`);
  return found;
}

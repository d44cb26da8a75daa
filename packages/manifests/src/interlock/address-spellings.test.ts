import { parseAddress, type IpAddress } from '@meshrs/network';
import { describe, expect, test } from 'vitest';
import { addressPattern, spellingsOf } from './address-spellings.ts';

const address = (text: string): IpAddress => {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
};
const matches = (one: string, text: string): boolean => new RegExp(`^(${spellingsOf(address(one))})$`).test(text);

describe('an address is found however it is written', () => {
  test.each([
    ['192.168.255.0', '192.168.255.0'],
    ['192.168.255.0', '::ffff:192.168.255.0'],
    ['192.168.255.0', '::FFFF:c0a8:Ff00'],
    ['192.168.255.0', '0:0:0:0:0:ffff:192.168.255.0'],
    ['192.168.255.0', '0000:0000:0000:0000:0000:ffff:c0a8:ff00'],
    ['192.168.255.0', '0::0:ffff:c0a8:ff00'],
    ['192.168.255.0', '0:0::ffff:192.168.255.0'],
    ['10.0.0.1', '::ffff:a00:1'],
    ['10.0.0.1', '::ffff:0a00:0001'],
    ['10.0.0.1', '::ffff:10.0.0.1'],
    ['0.0.0.1', '::ffff:0:1'],
    ['0.0.0.1', '::ffff:0000:0001'],
    ['0.0.0.1', '0:0:0:0:0:ffff::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:db8::1', '2001:DB8:0:0:0:0:0:1'],
    ['2001:db8::1', '2001:0db8:0000::0001'],
    ['2001:db8::1', '2001:db8::0.0.0.1'],
    ['2001:db8::1', '2001:db8:0:0::0:1'],
    ['2001:db8::', '2001:db8:0:0:0:0:0:0'],
    ['2001:db8::', '2001:db8::0.0.0.0'],
    ['2001:0:0:1::1', '2001::1:0:0:0:1'],
    ['2001:0:0:1::1', '2001:0:0:1::0:1'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:0.5.0.6'],
  ])('%s as %s', (one, text) => {
    expect(matches(one, text)).toBe(true);
  });

  test.each([
    ['192.168.255.0', '192.168.255.00'],
    ['192.168.255.0', '192.168.255.01'],
    ['192.168.255.0', '1192.168.255.0'],
    ['192.168.255.0', '192x168.255.0'],
    ['192.168.255.0', '::192.168.255.0'],
    ['192.168.255.0', '::ffff:0:c0a8:ff00'],
    ['192.168.255.0', '64:ff9b::192.168.255.0'],
    ['192.168.255.0', '::fffe:192.168.255.0'],
    ['2001:db8::1', '2001:db8::1:1'],
    ['2001:db8::1', '2001:db8:1::'],
    ['2001:db8::1', '2001:db8::10'],
    ['2001:0:0:1::1', '2001:0:1::1'],
    ['2001:0:0:1::1', '2001::1:0:0:1'],
    ['2001:db8::', '2001:db8::1'],
  ])('%s is not %s', (one, text) => {
    expect(matches(one, text)).toBe(false);
  });

  test('none is none', () => {
    expect(addressPattern([])).toBe("'^(-)$'");
  });
});

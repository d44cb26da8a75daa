import { describe, expect, it } from 'vitest';
import { address, prefix } from './constants.test-data.ts';
import { isPossiblePeer, specialUse, specialUseWithin } from './special-addresses.ts';

describe('an address where a session can end', () => {
  it.each([
    // The addresses beside each block, and what private, shared and documentation blocks hold.
    ...['1.0.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '191.255.255.255', '192.0.1.0'],
    ...['223.255.255.255', '10.8.0.1', '100.64.0.1', '172.16.0.1', '192.168.0.1', '198.18.0.1', '203.0.113.1'],
    ...['::2', '::102:304', '::fffe:ffff:ffff', '::1:0:0:0', 'fe7f::1', 'fec0::1', 'feff::1', 'fd00::1', '2001:db8::1'],
    ...['64:ff9b::1', 'ff::1', '100:0:0:2::', 'ff:ffff::'],
  ])('%s', (text) => {
    expect(isPossiblePeer(address(text))).toBe(true);
    expect(specialUse(address(text))).toBeUndefined();
  });
});

describe('an address where none can', () => {
  it.each([
    ['0.0.0.0', 'this network, with the unspecified address (RFC 791)'],
    ['0.255.255.255', 'this network, with the unspecified address (RFC 791)'],
    ['127.0.0.1', 'loopback (RFC 1122)'],
    ['127.255.255.255', 'loopback (RFC 1122)'],
    ['169.254.0.0', 'link-local (RFC 3927)'],
    ['169.254.169.254', 'link-local (RFC 3927)'],
    ['192.0.0.170', 'IETF protocol assignments (RFC 6890)'],
    ['224.0.0.1', 'multicast (RFC 5771)'],
    ['239.255.255.255', 'multicast (RFC 5771)'],
    ['240.0.0.0', 'reserved, with the broadcast address (RFC 1112)'],
    ['255.255.255.255', 'reserved, with the broadcast address (RFC 1112)'],
    ['::', 'the unspecified address (RFC 4291)'],
    ['::1', 'loopback (RFC 4291)'],
    ['::ffff:a08:1', 'IPv4-mapped (RFC 4291)'],
    ['100::1', 'discard-only (RFC 6666)'],
    ['100:0:0:1::1', 'dummy prefix (RFC 9780)'],
    ['fe80::1', 'link-local (RFC 4291)'],
    ['febf:ffff::1', 'link-local (RFC 4291)'],
    ['ff02::1', 'multicast (RFC 4291)'],
  ])('%s is %s', (text, use) => {
    expect(specialUse(address(text))).toBe(use);
    expect(isPossiblePeer(address(text))).toBe(false);
  });
});

describe('a prefix of which no address can be a peer', () => {
  it.each([
    ['127.0.0.0/8', 'loopback (RFC 1122)'],
    ['127.1.0.0/16', 'loopback (RFC 1122)'],
    ['ff00::/12', 'multicast (RFC 4291)'],
  ])('%s is %s', (text, use) => {
    expect(specialUse(prefix(text))).toBe(use);
  });

  it.each(['0.0.0.0/0', '126.0.0.0/7', '192.0.0.0/23', '::/0', '::/127', 'fe00::/9'])('%s has others too', (text) => {
    expect(specialUse(prefix(text))).toBeUndefined();
  });
});

describe('a prefix that holds a whole block where no session can end', () => {
  it.each([
    ['0.0.0.0/0', '0.0.0.0/8 is this network, with the unspecified address (RFC 791)'],
    ['128.0.0.0/1', '169.254.0.0/16 is link-local (RFC 3927)'],
    ['192.0.0.0/2', '192.0.0.0/24 is IETF protocol assignments (RFC 6890)'],
    ['224.0.0.0/3', '224.0.0.0/4 is multicast (RFC 5771)'],
    ['126.0.0.0/7', '127.0.0.0/8 is loopback (RFC 1122)'],
    ['127.0.0.0/8', '127.0.0.0/8 is loopback (RFC 1122)'],
    ['::/0', '::/128 is the unspecified address (RFC 4291)'],
    ['::/127', '::/128 is the unspecified address (RFC 4291)'],
    ['8000::/1', 'fe80::/10 is link-local (RFC 4291)'],
    ['fe00::/7', 'fe80::/10 is link-local (RFC 4291)'],
  ])('%s: %s', (text, use) => {
    expect(specialUseWithin(prefix(text))).toBe(use);
  });

  it.each([
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '198.18.0.0/15',
    '192.0.2.0/24',
    '8.0.0.0/5',
  ])('not %s', (text) => {
    expect(specialUseWithin(prefix(text))).toBeUndefined();
  });

  it.each(['2000::/3', 'fc00::/7', '2001:db8::/32', '127.1.0.0/16'])('nor %s', (text) => {
    expect(specialUseWithin(prefix(text))).toBeUndefined();
  });
});

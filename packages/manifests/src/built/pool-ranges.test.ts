import { describe, expect, it } from 'vitest';
import { poolRange } from './pool-ranges.ts';

describe('poolRange', () => {
  it.each([
    ['192.168.255.1/32', [0xc0a8ff01n, 0xc0a8ff01n]],
    ['192.168.255.0/24', [0xc0a8ff00n, 0xc0a8ffffn]],
    // MetalLB takes the network around an address with host bits.
    ['192.168.255.9/24', [0xc0a8ff00n, 0xc0a8ffffn]],
    ['192.168.255.1-192.168.255.9', [0xc0a8ff01n, 0xc0a8ff09n]],
    ['192.168.255.1-192.168.255.1', [0xc0a8ff01n, 0xc0a8ff01n]],
    [' 192.168.255.1 - 192.168.255.2 ', [0xc0a8ff01n, 0xc0a8ff02n]],
    ['2001:db8::1-2001:db8::2', [0x20010db8000000000000000000000001n, 0x20010db8000000000000000000000002n]],
  ])('reads %j', (entry, [first, last]) => {
    expect(poolRange(entry)).toEqual({ family: entry.includes(':') ? 'ipv6' : 'ipv4', first, last });
  });

  it.each([
    '192.168.255.2-192.168.255.1',
    '192.168.255.1',
    '192.168.255.1-2001:db8::1',
    '192.168.255.1-192.168.255.2-192.168.255.3',
    '192.168.255.1-',
    '',
    'all',
  ])('knows no range in %j', (entry) => {
    expect(poolRange(entry)).toBeUndefined();
  });
});

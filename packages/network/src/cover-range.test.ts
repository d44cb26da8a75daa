import { contains, rangeOf, type AddressRange } from '@meshrs/network';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverRest, isCovered } from './cover-range.ts';
import { address, prefix } from './constants.test-data.ts';

describe('coverRest', () => {
  it.each([
    [['192.168.0.0/16'], [], ['192.168.0.0/16']],
    [['192.168.0.0/15'], ['192.168.0.0/16'], ['192.169.0.0/16']],
    [['192.168.0.0/16'], ['192.168.0.0/17', '192.168.128.0/17'], []],
    [['10.0.0.0/29'], ['10.0.0.3/32'], ['10.0.0.0/31', '10.0.0.2/32', '10.0.0.4/30']],
    [['0.0.0.0/0'], ['128.0.0.0/1'], ['0.0.0.0/1']],
    [['2001:db8::/32'], ['2001:db8:8000::/33'], ['2001:db8::/33']],
    [['::/0'], ['10.0.0.0/8'], ['::/0']],
    [['255.255.255.255/32'], ['0.0.0.0/1'], ['255.255.255.255/32']],
  ])('of %j without %j is %j', (wanted, covered, rest) => {
    expect(coverRest(wanted.map(prefix), covered.map(prefix))).toEqual(rest);
  });

  it('covers exactly the addresses that are wanted and not yet covered, by prefixes that do not overlap', () => {
    const prefixes = fc.array(
      fc.record({ host: fc.nat(63), length: fc.integer({ min: 26, max: 32 }) }).map(({ host, length }) => {
        const mask = 256 - 2 ** (32 - length);
        return prefix(`10.0.0.${String(host & mask)}/${String(length)}`);
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(prefixes, prefixes, (wanted, covered) => {
        const [rest, asked, had] = [coverRest(wanted, covered), wanted, covered].map((all) => all.map(rangeOf));
        for (let host = 0; host < 64; host++) {
          const at = rangeOf(address(`10.0.0.${String(host)}`));
          const holders = (ranges: readonly AddressRange[] = []) =>
            ranges.filter((range) => contains(range, at)).length;
          const times = holders(rest);
          const isWanted = holders(asked) > 0;
          const isCoveredAlready = holders(had) > 0;
          expect(times).toBe(isWanted && !isCoveredAlready ? 1 : 0);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('isCovered', () => {
  it.each([
    ['192.168.0.0/16', ['192.168.0.0/16'], true],
    ['192.168.0.0/16', ['192.168.0.0/17', '192.168.128.0/17'], true],
    ['192.168.0.0/16', ['192.168.128.0/17', '192.168.0.0/18'], false],
    ['192.168.4.0/24', ['192.168.0.0/16'], true],
    ['192.168.0.0/15', ['192.168.0.0/16'], false],
    ['::/128', ['0.0.0.0/0'], false],
    ['10.0.0.0/8', [], false],
  ])('%s by %j: %s', (inner, outer, isIt) => {
    expect(isCovered(prefix(inner), outer.map(prefix))).toBe(isIt);
  });
});

import { parseAsnRange, type AsnRange } from '@meshrs/network';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstAsPatterns } from './asn-patterns.ts';

describe('firstAsPatterns', () => {
  it.each([
    ['65001-65535', ['^6500[1-9]_', '^650[1-9][0-9]_', '^65[1-4][0-9][0-9]_', '^655[0-2][0-9]_', '^6553[0-5]_']],
    ['65001', ['^65001_']],
    ['0-9', ['^[0-9]_']],
    ['5-15', ['^[5-9]_', '^1[0-5]_']],
    ['64512-64520', ['^6451[2-9]_', '^64520_']],
    ['100-999', ['^[1-9][0-9][0-9]_']],
    ['65000.1-65000.9', ['^425984000[1-9]_']],
  ])('writes %s as few patterns', (text, patterns) => {
    expect(firstAsPatterns([range(text)])).toEqual(patterns);
  });

  it('joins ranges that overlap or adjoin', () => {
    expect(firstAsPatterns([range('20-29'), range('10-19'), range('15-22')])).toEqual(['^[1-2][0-9]_']);
    expect(firstAsPatterns([range('20-29'), range('10-19')])).toEqual(['^[1-2][0-9]_']);
    expect(firstAsPatterns([range('21-29'), range('10-19')])).toEqual(['^1[0-9]_', '^2[1-9]_']);
  });

  it('accepts exactly the paths that begin with an AS of the ranges', () => {
    const number = fc.oneof(fc.nat(200), fc.integer({ min: 64000, max: 66000 }), fc.nat(4294967295));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 4 }),
        fc.array(number, { maxLength: 20, size: 'max' }),
        fc.constantFrom('', ' 64512', ' {64512,64513}'),
        (pairs, others, rest) => {
          const ranges = pairs.map(([one, other]) =>
            range(`${String(Math.min(one, other))}-${String(Math.max(one, other))}`),
          );
          const accepts = acceptor(ranges);
          const edges = ranges.flatMap(({ first, last }) => [first - 1, first, last, last + 1]);
          for (const asn of [...others, ...edges].filter((each) => each >= 0 && each <= 4294967295)) {
            const isInside = ranges.some(({ first, last }) => asn >= first && asn <= last);
            expect(accepts(`${String(asn)}${rest}`), `AS ${String(asn)} of ${JSON.stringify(ranges)}`).toBe(isInside);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('tries every AS number of 16 bits against the seed’s range', () => {
    const accepts = acceptor([range('65001-65535')]);
    const accepted = Array.from({ length: 70000 }, (_, asn) => asn).filter((asn) => accepts(String(asn)));

    expect([accepted.length, accepted[0], accepted.at(-1)]).toEqual([535, 65001, 65535]);
  });
});

/** FRR's meaning of the patterns: POSIX extended, with `_` for an end, a blank or a sign around a set. */
function acceptor(ranges: readonly AsnRange[]): (path: string) => boolean {
  const expressions = firstAsPatterns(ranges).map((pattern) => new RegExp(pattern.replaceAll('_', '(^|[,{}() ]|$)')));
  return (path) => expressions.some((expression) => expression.test(path));
}

function range(text: string): AsnRange {
  const parsed = parseAsnRange(text);
  if (!parsed) throw new Error(`${text} is no range`);
  return parsed;
}

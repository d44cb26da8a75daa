import { describe, expect, it } from 'vitest';
import {
  asnUse,
  describeAsn,
  formatAsdot,
  formatAsnRange,
  parseAsn,
  parseAsnRange,
  reservedWithin,
  type Asn,
} from './asn.ts';

const asn = (text: string): Asn => parseAsn(text) ?? expect.unreachable(`${text} is an AS number`);

describe('AS numbers', () => {
  it.each([
    ['0', 0],
    ['65001', 65001],
    ['65000.1', 4259840001],
    ['65000.10', 4259840010],
    ['0.65535', 65535],
    ['4294967295', 4294967295],
    ['65535.65535', 4294967295],
  ])('reads %s as %d', (text, value) => {
    expect(parseAsn(text)).toBe(value);
  });

  it.each([
    '',
    '-1',
    '4294967296',
    '65536.0',
    '1.65536',
    '01',
    '1.01',
    '1.1.1',
    '65000.',
    '.1',
    '1e3',
    '0x10',
    ' 1',
    '1 ',
    'AS1',
    '１',
  ])('refuses %j', (text) => {
    expect(parseAsn(text)).toBeUndefined();
  });

  it('writes asdot above 65535 and asplain below', () => {
    expect(formatAsdot(asn('4259840001'))).toBe('65000.1');
    expect(formatAsdot(asn('65001'))).toBe('65001');
    expect(describeAsn(asn('65000.1'))).toBe('65000.1 (4259840001)');
  });

  it('tells reserved and documentation numbers from assignable ones', () => {
    expect(asnUse(asn('65535'))).toEqual({ use: 'reserved', source: 'RFC 7300' });
    expect(asnUse(asn('64496')).use).toBe('documentation');
    expect(asnUse(asn('65534')).use).toBe('assignable');
    expect(asnUse(asn('65000.1')).use).toBe('assignable');
  });
});

describe('ranges of AS numbers', () => {
  it.each(['65001-65535', '65101', '65000.1-65000.9'])('reads and writes %s', (text) => {
    const range = parseAsnRange(text);
    expect(range && formatAsnRange(range)).toBe(text);
  });

  it.each(['65535-65001', '65001-', '-65001', '1-2-3', ''])('refuses %j', (text) => {
    expect(parseAsnRange(text)).toBeUndefined();
  });

  it('finds the reserved numbers inside', () => {
    const range = parseAsnRange('65001-65535');
    expect(range && reservedWithin(range)).toEqual([{ range: { first: 65535, last: 65535 }, source: 'RFC 7300' }]);
  });
});

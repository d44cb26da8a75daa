import { describe, expect, it } from 'vitest';
import {
  asnUse,
  describeAsn,
  formatAsdot,
  formatAsnRange,
  isInAsnRange,
  parseAsn,
  parseAsnRange,
  reservedWithin,
  type Asn,
  type AsnRange,
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

  it.each([
    ['0', '0', '0'],
    ['65001', '65001', '65001'],
    ['65535', '65535', '65535'],
    ['65536', '1.0', '1.0 (65536)'],
    ['4259840001', '65000.1', '65000.1 (4259840001)'],
    ['4294967295', '65535.65535', '65535.65535 (4294967295)'],
  ])('writes %s in asdot as %s and for people as %s', (text, asdot, described) => {
    expect(formatAsdot(asn(text))).toBe(asdot);
    expect(describeAsn(asn(text))).toBe(described);
  });

  // The ends of every block of the IANA registry, and their neighbors.
  it.each([
    ['0', 'reserved', 'RFC 7607'],
    ['1', 'assignable', 'IANA AS number registry'],
    ['23455', 'assignable', 'IANA AS number registry'],
    ['23456', 'reserved', 'AS_TRANS, RFC 6793'],
    ['23457', 'assignable', 'IANA AS number registry'],
    ['64495', 'assignable', 'IANA AS number registry'],
    ['64496', 'documentation', 'RFC 5398'],
    ['64511', 'documentation', 'RFC 5398'],
    ['64512', 'assignable', 'IANA AS number registry'],
    ['65534', 'assignable', 'IANA AS number registry'],
    ['65535', 'reserved', 'RFC 7300'],
    ['65536', 'documentation', 'RFC 5398'],
    ['65551', 'documentation', 'RFC 5398'],
    ['65552', 'reserved', 'IANA AS number registry'],
    ['131071', 'reserved', 'IANA AS number registry'],
    ['131072', 'assignable', 'IANA AS number registry'],
    ['65000.1', 'assignable', 'IANA AS number registry'],
    ['4294967294', 'assignable', 'IANA AS number registry'],
    ['4294967295', 'reserved', 'RFC 7300'],
  ])('%s is %s (%s)', (text, use, source) => {
    expect(asnUse(asn(text))).toEqual({ use, source });
  });
});

describe('ranges of AS numbers', () => {
  it.each(['65001-65535', '65101', '65000.1-65000.9'])('reads and writes %s', (text) => {
    const range = parseAsnRange(text);
    expect(range && formatAsnRange(range)).toBe(text);
  });

  it('has one number where both ends are equal', () => {
    expect(range('65101')).toEqual({ first: 65101, last: 65101 });
    expect(formatAsnRange(range('65101-65101'))).toBe('65101');
  });

  it.each<[number: string, isInside: boolean]>([
    ['65000', false],
    ['65001', true],
    ['65003', true],
    ['65004', false],
  ])('65001-65003 and %s: %j', (number, isInside) => {
    expect(isInAsnRange(asn(number), range('65001-65003'))).toBe(isInside);
  });

  it.each(['65535-65001', '65001-', '-65001', '1-2-3', '', 'x-65001', '65001-x', '1-2-'])('refuses %j', (text) => {
    expect(parseAsnRange(text)).toBeUndefined();
  });

  it.each<[text: string, reserved: [text: string, source: string][]]>([
    ['65001-65535', [['65535', 'RFC 7300']]],
    ['65001-65534', []],
    ['65535', [['65535', 'RFC 7300']]],
    ['64496-64511', []],
    ['70000-70009', [['1.4464-1.4473', 'IANA AS number registry']]],
    ['131071-131072', [['1.65535', 'IANA AS number registry']]],
    ['131072-131073', []],
    [
      '0-4294967295',
      [
        ['0', 'RFC 7607'],
        ['23456', 'AS_TRANS, RFC 6793'],
        ['65535', 'RFC 7300'],
        ['1.16-1.65535', 'IANA AS number registry'],
        ['65535.65535', 'RFC 7300'],
      ],
    ],
  ])('of %s these are reserved: %j', (text, reserved) => {
    expect(reservedWithin(range(text)).map((each) => [formatAsnRange(each.range), each.source])).toEqual(reserved);
  });
});

function range(text: string): AsnRange {
  return parseAsnRange(text) ?? expect.unreachable(`${text} is a range of AS numbers`);
}

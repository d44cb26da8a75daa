import { describe, expect, test } from 'vitest';
import { attributeTypes, parseAttributes } from './attributes.ts';
import { routeDifferences } from './compare-routes.ts';
import { readRoute, typeOf, withoutSegment } from './route.ts';

/** Type and length, then route distinguisher, segment, tag, prefix and its length, gateway, label. */
const typeFive = [
  '0522',
  '0001c61220010001',
  '00112233445566010100',
  '00000000',
  '18',
  '0aca0100',
  '00000000',
  '002711',
].join('');

/** MP_REACH_NLRI with next hop 198.18.32.1, communities, extended communities, an AS path. */
function update(options: { nextHop?: string; communities?: string; extended?: string; asPath?: string } = {}): Buffer {
  const {
    nextHop = 'c6122001',
    communities = 'fde8004d',
    extended = '0002fe4d000186a1',
    asPath = '0202fde90001fde8fe4d',
  } = options;
  const attribute = (type: number, hex: string): string =>
    `c0${type.toString(16).padStart(2, '0')}${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`;
  return Buffer.from(
    [
      attribute(attributeTypes.origin, '00'),
      attribute(attributeTypes.asPath, asPath),
      attribute(attributeTypes.communities, communities),
      attribute(attributeTypes.mpReach, `00194604${nextHop}00${typeFive}`),
      attribute(attributeTypes.extendedCommunities, extended),
    ].join(''),
    'hex',
  );
}

function route(options: Parameters<typeof update>[0] = {}) {
  const read = readRoute(typeFive, parseAttributes(update(options)));
  if (!read) throw new Error('nothing is announced');
  return read;
}

describe('routeDifferences', () => {
  test('finds none in what is equal, nor in another order of communities', () => {
    const sent = route({ communities: 'fde8004dfde80001' });
    expect(routeDifferences(sent, route({ communities: 'fde80001fde8004d' }), sent.asPath)).toEqual([]);
  });

  test.each([
    ['another next hop', { nextHop: 'c6122002' }, 'next hop: sent c6122001, seen c6122002'],
    ['a community that is gone', { communities: '' }, 'communities (attribute 8): sent fde8004d, seen '],
    [
      'another route target',
      { extended: '0002fe4d000186a2' },
      'extendedCommunities (attribute 16): sent 0002fe4d000186a1, seen 0002fe4d000186a2',
    ],
    ['an AS that was added', { asPath: '0203fde90001fde90001fde8fe4d' }, 'AS path: sent'],
  ])('names %s', (_, options, difference) => {
    const sent = route();
    expect(routeDifferences(sent, route(options), sent.asPath).join()).toContain(difference);
  });
});

test('the segment of a type-5 route can be taken out, and of no other', () => {
  expect(typeOf(typeFive)).toBe(5);
  expect(withoutSegment(typeFive)).toBe(typeFive.replace('00112233445566010100', '0'.repeat(20)));
  expect(withoutSegment(`02${typeFive.slice(2)}`)).toBe(`02${typeFive.slice(2)}`);
});

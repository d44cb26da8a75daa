import { describe, expect, it } from 'vitest';
import { formatPath } from '@meshrs/strict-yaml';
import { readFleet } from './fleet.ts';

const told = (text: string) => {
  const read = readFleet('fleet.yml', text);
  return read.ok ? [] : read.issues.map(({ code, line, path }) => `${String(line)} ${code} ${formatPath(path)}`);
};

describe('a fleet.yml', () => {
  it.each([
    ['two names', 'routerIds: {rs-a-0: 192.0.2.1, rs-b-0: 192.0.2.2}\n'],
    ['one route server', 'routerIds: {rs-a-0: 192.0.2.1}\n'],
    ['a key of a later version', 'routerIds: {rs-a-0: 192.0.2.1}\nclusters: [b]\n'],
  ])('of %s is taken', (_, text) => {
    expect(told(text)).toEqual([]);
  });

  it.each([
    [
      'one router-id twice',
      'routerIds:\n  rs-a-0: 192.0.2.1\n  rs-b-0: 192.0.2.1\n',
      ['3 duplicate-router-id routerIds.rs-b-0'],
    ],
    [
      'one router-id three times',
      'routerIds:\n  rs-a-0: 192.0.2.1\n  rs-b-0: 192.0.2.2\n  rs-b-1: 192.0.2.1\n  rs-c-0: 192.0.2.1\n',
      ['4 duplicate-router-id routerIds.rs-b-1', '5 duplicate-router-id routerIds.rs-c-0'],
    ],
    [
      'a duplicate beside a value that is none',
      'routerIds:\n  rs-a-0: none\n  rs-b-0: 192.0.2.1\n  rs-b-1: 192.0.2.1\n',
      ['2 wrong-format routerIds.rs-a-0', '4 duplicate-router-id routerIds.rs-b-1'],
    ],
    ['one pod twice', 'routerIds:\n  rs-a-0: 192.0.2.1\n  rs-a-0: 192.0.2.2\n', ['3 yaml-duplicate-key (file)']],
    ['nobody', 'routerIds: {}\n', ['1 out-of-range routerIds']],
    ['two values that are none, which are no duplicates', 'routerIds: {a: x, b: x}\n', undefined],
  ])('of %s is not', (_, text, issues) => {
    const seen = told(text);
    if (issues) expect(seen).toEqual(issues);
    else expect(seen.map((each) => each.split(' ')[1])).toEqual(['wrong-format', 'wrong-format']);
  });

  it('names both who have one router-id', () => {
    const read = readFleet('fleet.yml', 'routerIds: {rs-a-0: 192.0.2.1, rs-b-0: 192.0.2.1}\n');
    expect(read.ok ? [] : read.issues.map(({ message }) => message)).toEqual([
      'The router-id 192.0.2.1 is used by both rs-a-0 (routerIds.rs-a-0) and rs-b-0.',
    ]);
  });
});

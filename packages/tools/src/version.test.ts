import { describe, expect, test } from 'vitest';
import { findVersion, isAtLeast, pinnedVersion, type VersionNumbers } from './version.ts';

describe('findVersion', () => {
  test.each<[string, VersionNumbers | undefined]>([
    ['v5.8.1', [5, 8, 1]],
    ['go1.26', [1, 26, 0]],
    ['Kubernetes v1.36.3', [1, 36, 3]],
    ['bgpd version 10.7.1', [10, 7, 1]],
    ['10.4.1-2~deb13u1', [10, 4, 1]],
    ['(devel)', undefined],
    ['development', undefined],
  ])('reads %s', (text, numbers) => {
    expect(findVersion(text)).toEqual(numbers);
  });
});

describe('isAtLeast', () => {
  test.each<[VersionNumbers, VersionNumbers, boolean]>([
    [[10, 4, 1], [10, 4, 1], true],
    [[10, 10, 0], [10, 4, 1], true],
    [[10, 4, 0], [10, 4, 1], false],
    [[8, 9, 9], [10, 4, 1], false],
  ])('%j against %j', (version, minimum, expected) => {
    expect(isAtLeast(version, minimum)).toBe(expected);
  });
});

test('a pin without numbers is refused by its text', () => {
  expect(() => pinnedVersion('latest')).toThrow('version "latest" in packages/tools/src/tools.json has no numbers');
});

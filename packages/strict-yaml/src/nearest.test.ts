import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

describe('did you mean', () => {
  const known = ['junos', 'iosxr', 'frr', 'eos', 'nxos'];
  it.each([
    ['ios', 'iosxr'],
    ['JUNOS', 'junos'],
    ['junso', 'junos'],
    ['nexus', 'nxos'],
    ['bird', undefined],
    ['', undefined],
  ])('%j → %j', (word, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });

  it.each<[word: string, known: string[], meant: string | undefined, why: string]>([
    ['abcxyz', ['abcdef'], undefined, 'half of the word is no typing error'],
    ['abcdxy', ['abcdef'], 'abcdef', 'a third of it is'],
    ['abxy', ['abcd'], 'abcd', 'a third is rounded up'],
    ['by', ['as'], undefined, 'nothing of the word is left'],
    ['ax', ['as'], 'as', 'one letter of two'],
    ['foo', ['root'], undefined, 'two of three letters are others'],
    ['bad', ['band'], 'band', 'one letter is missing'],
    ['x', ['a'], undefined, 'the only letter is another one'],
    ['accept', ['accept-every-peer', 'accept-any-client'], undefined, 'both begin like it'],
    ['route', ['routeserver-north', 'mesh'], 'routeserver-north', 'one alone begins like it'],
    ['ROUTE', ['RouteServer-North'], 'RouteServer-North', 'it begins like it, whatever the case'],
    ['ro', ['routeserver'], undefined, 'two letters begin too many words'],
    ['rou', ['routeserver'], 'routeserver', 'three letters are enough'],
    ['serve', ['routeserver'], undefined, 'it ends like it, and does not begin so'],
    ['abcx', ['abyy', 'abcd', 'abzz'], 'abcd', 'the nearest, wherever it stands'],
    ['abcx', ['abcd', 'abce'], 'abcd', 'of two equally near ones the first'],
    ['a', [], undefined, 'nothing is known'],
  ])('%j of %j → %j: %s', (word, words, meant) => {
    expect(nearest(word, words)).toBe(meant);
  });
});

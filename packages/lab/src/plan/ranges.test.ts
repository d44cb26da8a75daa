import { overlaps, rangeOf } from '@meshrs/network';
import { describe, expect, test } from 'vitest';
import { chooseRanges, rangesOf } from './ranges.ts';
import { dci } from './topologies.test-data.ts';

describe('chooseRanges', () => {
  test('takes the benchmarking range when the topology leaves it alone', () => {
    expect(chooseRanges(dci())).toEqual({
      management: ['198.18.0.0/20'],
      links: '198.18.16.0/20',
      tunnels: '198.18.32.0/20',
    });
  });

  test('overlaps nothing of the topology, whatever that uses', () => {
    const topology = dci((text) => text.replace('[172.16.0.0/16]', '[172.16.0.0/16, 198.18.0.0/15]'));
    const ranges = chooseRanges(topology);
    expect(ranges?.management).toEqual(['100.64.0.0/20']);
    if (!ranges) throw new Error('there is room');
    for (const range of [...ranges.management, ranges.links, ranges.tunnels]) {
      expect(rangesOf(topology).filter((taken) => overlaps(rangeOf(taken), rangeOf(range)))).toEqual([]);
    }
  });

  test('says so when there is no room', () => {
    const all = '[172.16.0.0/12, 198.18.0.0/15, 100.64.0.0/10]';
    const topology = dci((text) =>
      text
        .replace('[172.16.0.0/16]', all)
        .replace('[10.244.0.0/16]', '[10.0.0.0/10, 10.128.0.0/9]')
        .replace('[10.96.0.0/12]', '[10.64.0.0/10]'),
    );
    expect(chooseRanges(topology)).toBeUndefined();
  });
});

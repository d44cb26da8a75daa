import { address } from '@meshrs/network/test-data';
import { expect, it } from 'vitest';
import type { RangeLook } from '../engine/mesh-engine.ts';
import { createLog } from '../log/log.ts';
import { createCrowdLog, nextCrowdLookMs } from './crowd-log.ts';

it('tells of places that become scarce once, until half of them are free again', () => {
  expect(eventsOf([79, 80, 81, 99, 100, 80, 100, 79, 100, 51, 100])).toEqual([
    'range-neighbors-many at 80',
    'range-neighbors-full at 100',
  ]);
  expect(eventsOf([10, 100, 49, 0, 85])).toEqual([
    'range-neighbors-full at 100',
    'range-neighbors-few at 49',
    'range-neighbors-many at 85',
  ]);
  expect(eventsOf([0, 50, 79])).toEqual([]);
});

it('tells once of connections that were ended, and names the first of them', () => {
  const lines: string[] = [];
  const { tell } = createCrowdLog(createLog({ write: (line) => lines.push(line), secrets: [], base: {} }));
  const cleared = Array.from({ length: 300 }, (_, index) => address(`192.168.1.${String(index % 250)}`));

  for (const count of [60, 60, 10, 60]) tell(look(count, count === 10 ? [] : cleared));

  expect(lines).toHaveLength(2);
  const told: unknown = JSON.parse(lines[0] ?? '');
  expect(told).toMatchObject({ event: 'range-neighbors-cleared', count: 60, cleared: 300 });
  expect(told).toHaveProperty('addresses', cleared.slice(0, 20));
});

it('makes looks more frequent while places are scarce and somebody is on the way', () => {
  expect(nextCrowdLookMs({ ...look(50), waiting: 1 })).toBe(2000);
  expect(nextCrowdLookMs({ ...look(50), waiting: 0 })).toBe(Infinity);
  expect(nextCrowdLookMs({ ...look(49), waiting: 1 })).toBe(Infinity);
});

function eventsOf(counts: readonly number[]): readonly string[] {
  const lines: string[] = [];
  const { tell } = createCrowdLog(createLog({ write: (line) => lines.push(line), secrets: [], base: {} }));
  for (const count of counts) tell(look(count));
  return lines.map((line) => {
    const { event, count } = JSON.parse(line) as { readonly event: string; readonly count: number };
    return `${event} at ${String(count)}`;
  });
}

function look(count: number, cleared: RangeLook['cleared'] = []): RangeLook {
  return { count, established: 0, limit: 100, waiting: count, cleared };
}

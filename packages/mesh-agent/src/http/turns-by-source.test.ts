import { expect, it } from 'vitest';
import { createTurnsBySource } from './turns-by-source.ts';

it('lets in source by source, whoever came first of each', () => {
  const turns = createTurnsBySource<string>(1);
  const order: string[] = [];
  for (const one of ['a1', 'a2', 'a3', 'b1', 'c1', 'a4']) {
    turns.enter(one, one.slice(0, 1), () => {
      order.push(one);
    });
  }
  // Who waits may give up.
  turns.leave('a3');
  turns.leave('c1');
  turns.leave('unknown');
  for (const one of ['a1', 'a2', 'b1', 'a4']) {
    expect([...turns.inside]).toHaveLength(1);
    turns.leave([...turns.inside][0] ?? one);
  }
  expect(order).toEqual(['a1', 'a2', 'b1', 'a4']);
  expect(turns.inside.size).toBe(0);
  expect(turns.isAnyWaiting()).toBe(false);
});

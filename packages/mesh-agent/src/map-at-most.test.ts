import { expect, it } from 'vitest';
import { mapAtMost } from './map-at-most.ts';

it('works on so many items at a time, and keeps their order', async () => {
  let underWay = 0;
  let most = 0;
  const slow = async (item: number) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, item % 3));
    underWay -= 1;
    return item * 2;
  };
  const items = Array.from({ length: 20 }, (_, index) => index);
  expect(await mapAtMost(4, items, slow)).toEqual(items.map((item) => item * 2));
  expect(most).toBe(4);
});

it('works on nothing, and on fewer than it might', async () => {
  expect(await mapAtMost(4, [], (item) => Promise.resolve(item))).toEqual([]);
  expect(await mapAtMost(4, [1], (item) => Promise.resolve(item))).toEqual([1]);
});

it('rejects when one does', async () => {
  await expect(
    mapAtMost(2, [1, 2, 3], (item) => (item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item))),
  ).rejects.toThrow('two');
});

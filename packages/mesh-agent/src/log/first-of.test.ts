import { expect, it } from 'vitest';
import { firstOf } from './first-of.ts';

it('says how many there are, and names the first twenty', () => {
  const list = Array.from({ length: 21 }, (_, index) => index);
  expect(firstOf('clients', list)).toEqual({ count: 21, clients: list.slice(0, 20) });
  expect(firstOf('clients', [7])).toEqual({ count: 1, clients: [7] });
});

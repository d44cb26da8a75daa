import { describe, expect, it } from 'vitest';
import { within } from './within.ts';

const late = () => new Error('late');
const never = () => new Promise<never>(() => undefined);

describe('within', () => {
  it('gives what the work gives in time', async () => {
    expect(await within(1000, Promise.resolve(1), late)).toBe(1);
    await expect(within(1000, Promise.reject(new Error('refused')), late)).rejects.toThrow('refused');
  });

  it('does not wait longer, and hears of no failure afterwards', async () => {
    await expect(within(1, never(), late)).rejects.toThrow('late');
    const work = Promise.withResolvers<undefined>();
    await expect(within(1, work.promise, late)).rejects.toThrow('late');
    work.reject(new Error('nobody is told of this'));
    // A rejection that nobody takes ends the process, or the test, at the next turn.
    await new Promise((resolve) => setImmediate(resolve));
  });
});

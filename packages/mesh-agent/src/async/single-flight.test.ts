import { describe, expect, it } from 'vitest';
import { createSingleFlight } from './single-flight.ts';

describe('createSingleFlight', () => {
  it('runs once more for any number of requests while it runs', async () => {
    let runs = 0;
    const flight = createSingleFlight(async () => {
      runs += 1;
      await Promise.resolve();
    });
    for (let request = 0; request < 10; request++) flight.request();
    await flight.idle();
    expect(runs).toBe(2);
    flight.request();
    await flight.idle();
    expect(runs).toBe(3);
  });
});

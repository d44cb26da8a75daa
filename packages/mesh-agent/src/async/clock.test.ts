import { afterEach, describe, expect, it, vi } from 'vitest';
import { machineClock } from './clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('machineClock', () => {
  it('shows a moment by the wall clock, to the millisecond', () => {
    expect(Math.abs(machineClock.wallMs(machineClock.monotonicMs()) - Date.now())).toBeLessThan(50);
    expect(Math.abs(machineClock.wallMs(machineClock.monotonicMs() - 60_000) - (Date.now() - 60_000))).toBeLessThan(50);
  });

  it('counts on where the wall clock steps', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000_000_000 });
    const before = machineClock.monotonicMs();
    vi.setSystemTime(1_000_000_000_000 - 3_600_000);
    const passed = machineClock.monotonicMs() - before;
    expect(passed).toBeGreaterThanOrEqual(0);
    expect(passed).toBeLessThan(1000);
    expect(machineClock.wallMs(before)).toBeGreaterThan(1_000_000_000_000 - 3_601_000);
    expect(machineClock.wallMs(before)).toBeLessThanOrEqual(1_000_000_000_000 - 3_600_000);
  });
});

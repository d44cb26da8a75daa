import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTimer } from './timer.ts';

const longestMs = 2 ** 31 - 1;

describe('startTimer', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ['the time', 1000, 1000],
    ['24 days, where Node would not wait at all', longestMs + 1, longestMs],
    ['24 days for ever', Infinity, longestMs],
  ])('waits %s', (_, asked, waited) => {
    const work = vi.fn();
    startTimer(work, asked);
    vi.advanceTimersByTime(waited - 1);
    expect(work).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('waits no time for what has passed', () => {
    const work = vi.fn();
    startTimer(work, -5000);
    vi.advanceTimersByTime(1);
    expect(work).toHaveBeenCalledTimes(1);
  });
});

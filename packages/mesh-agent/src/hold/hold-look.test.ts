import { describe, expect, it } from 'vitest';
import { createListening } from './hold-look.ts';
import type { Waiting } from './what-waits.ts';

const drain = ({ untilMs = 60_000, ...changes }: Partial<Waiting>): Waiting => ({
  ...{ id: 'drain-1', for: ['drain'], keys: [], isAsk: false, isForGood: true, sinceMs: 0, untilMs },
  parts: [{ for: 'drain', sinceMs: 0, untilMs }],
  ...changes,
});

describe('a wait', () => {
  it('listens from its beginning to its end, however little of it is left', () => {
    const isListening = createListening();
    expect([60_000, 70_000, 5000].map((untilMs) => isListening(drain({ untilMs })))).toEqual([true, true, true]);
  });

  it('that began without listening does not begin to in its last moment, where it would hear from few', () => {
    const isListening = createListening();
    // A drain without a hold: GRACEFUL_SHUTDOWN alone, then five seconds for a last look.
    expect([13_000, 18_000].map((untilMs) => isListening(drain({ untilMs })))).toEqual([false, false]);
  });

  it('of two kinds listens where one of them is long enough: the other is near its end', () => {
    const parts: Waiting['parts'] = [
      { for: 'drain', sinceMs: 50_000, untilMs: 110_000 },
      { for: 'settings', sinceMs: 0, untilMs: 60_000 },
    ];
    const both = { id: 'drain-50 settings-0', sinceMs: 50_000, untilMs: 60_000, parts };
    expect(createListening()(drain(both))).toBe(true);
  });

  it('is decided anew when another one begins, and by no question', () => {
    const isListening = createListening();
    expect(isListening(drain({ isAsk: true }))).toBe(false);
    expect(isListening(drain({}))).toBe(true);
    expect(isListening(drain({ id: 'drain-2', untilMs: 13_000 }))).toBe(false);
    expect(isListening(drain({ id: 'settings-3' }))).toBe(true);
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { duration, progressOn } from './progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function record(screen: { isTTY?: boolean; columns?: number }): { written: string[]; run: (seconds: number) => void } {
  const written: string[] = [];
  const progress = progressOn({ ...screen, write: (text: string) => written.push(text) }, () => Date.now());
  const done = progress.begin({
    title: 'building kustomize',
    expectedSeconds: 40,
    status: () => '81 packages compiled',
  });
  return {
    written,
    run: (seconds) => {
      vi.advanceTimersByTime(seconds * 1000);
      done('done');
      vi.advanceTimersByTime(60_000);
    },
  };
}

describe('progressOn', () => {
  test('writes a line each 15 seconds where nobody watches a terminal', () => {
    const { written, run } = record({});
    run(31);
    expect(written).toEqual([
      'building kustomize: takes about 40 s\n',
      'building kustomize: 15 s of about 40 s, 81 packages compiled\n',
      'building kustomize: 30 s of about 40 s, 81 packages compiled\n',
      'building kustomize: done after 31 s\n',
    ]);
  });

  test('counts the seconds on one line of a terminal, never wider than it', () => {
    const { written, run } = record({ isTTY: true, columns: 40 });
    run(1);
    expect(written).toEqual([
      'building kustomize: 0 s of about 40 s, ',
      '\r\u001b[Kbuilding kustomize: 1 s of about 40 s, ',
      '\r\u001b[Kbuilding kustomize: done after 1 s\n',
    ]);
  });
});

test.each([
  [0.4, '0 s'],
  [59, '59 s'],
  [61, '1 min 01 s'],
  [540, '9 min 00 s'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

import { expect, it } from 'vitest';
import { readTestArguments, readUntil } from './test-arguments.ts';

it.each([
  [[], { withLint: true, withTests: true, withLab: false }],
  [['lab'], { withLint: true, withTests: true, withLab: true }],
  [['--only-lab'], { withLint: false, withTests: false, withLab: true }],
  [['--only-lint'], { withLint: true, withTests: false, withLab: false }],
])('%j asks for these suites', (args, plan) => {
  expect(readTestArguments(args)).toEqual(plan);
});

it.each([[['labs']], [['lab', 'lab']], [['lab', '--fast']], [['--only-lint', 'lab']], [['']], [['toString']]])(
  '%j is refused with what is allowed',
  (args) => {
    expect(readTestArguments(args)).toEqual({
      refused: `seen:    ${args.join(' ')}\n  allowed: nothing, or one of lab, --only-lab, --only-lint`,
    });
  },
);

it.each([
  [undefined, Infinity],
  ['0', 0],
  ['1790000000', 1_790_000_000_000],
])('the end %j is %d', (text, until) => {
  expect(readUntil(text)).toBe(until);
});

it.each(['', 'soon', '-1', '1.5', '1e3', ' 5'])('the end "%s" is refused', (text) => {
  expect(readUntil(text)).toEqual({
    refused: expect.stringContaining(`seen:    MESHRS_TEST_UNTIL="${text}"`) as string,
  });
});

import type { Rule } from '../rule.ts';

export const readable: Rule = {
  id: 'readable',
  title: 'An object does not match the schema of its kind',
  why: 'No rule can check what it cannot read.',
  isWaivable: false,
  check: ({ unreadable }) =>
    unreadable.map(({ id, problem }) => ({
      object: id,
      message: `The object does not match the schema of its kind: ${problem}`,
      hint: 'correct the fields named here',
    })),
};

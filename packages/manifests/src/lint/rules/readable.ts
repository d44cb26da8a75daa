import type { Rule } from '../rule.ts';

export const readable: Rule = {
  id: 'readable',
  title: 'Every object has the form of its kind',
  why: 'The rules cannot judge what they cannot read.',
  isWaivable: false,
  check: ({ unreadable }) =>
    unreadable.map(({ id, problem }) => ({
      object: id,
      message: `It does not have the form of its kind: ${problem}`,
      hint: 'correct the fields that are named',
    })),
};

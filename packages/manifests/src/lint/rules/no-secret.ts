import type { Rule } from '../rule.ts';

export const noSecret: Rule = {
  id: 'no-secret',
  title: 'A Secret stands in the repository',
  why: 'Whoever can read the repository can read the Secret, and every clone keeps it.',
  isWaivable: false,
  check: ({ objects }) =>
    objects
      .filter(({ view }) => view.kind === 'Secret')
      .map(({ id }) => ({
        object: id,
        message: `${id} stands in the repository, where all its readers see what it holds.`,
        seen: id,
        allowed: 'references to Secrets that exist in the cluster',
        hint: 'remove it, and create it in the cluster with a new value: the old one is in the git history',
      })),
};

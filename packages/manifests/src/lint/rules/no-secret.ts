import type { Rule } from '../rule.ts';

export const noSecret: Rule = {
  id: 'no-secret',
  title: 'No Secret stands in the repository',
  why: 'Whoever reads the repository reads it, and every clone keeps it.',
  isWaivable: false,
  check: ({ objects }) =>
    objects
      .filter(({ view }) => view.kind === 'Secret')
      .map(({ id }) => ({
        object: id,
        message: 'A Secret is part of what Argo CD would apply.',
        seen: id,
        allowed: 'references to Secrets that exist in the cluster',
        hint: 'remove it, create it in the cluster, and replace what it held, since it is in the history now',
      })),
};

import type { Rule } from '../rule.ts';

export const generatedPresent: Rule = {
  id: 'generated-present',
  title: 'Every generated object is in the build, once',
  why: 'Argo CD would prune what is missing, in both sides at once.',
  isWaivable: false,
  check: ({ objects }, { generated }) =>
    generated
      .map((id) => ({ id, copies: objects.filter((object) => object.id === id).length }))
      .filter(({ copies }) => copies !== 1)
      .map(({ id, copies }) => ({
        object: id,
        message: copies === 0 ? 'The build does not hold it.' : 'The build holds it more than once.',
        seen: String(copies),
        allowed: '1',
        hint: 'take back what removes, renames or repeats it in the custom folder',
      })),
};

import type { Rule } from '../rule.ts';

export const generatedPresent: Rule = {
  id: 'generated-present',
  title: 'A generated object is missing in the build, or more than once in it',
  why: 'Argo CD would prune what is missing, on both sides at once.',
  isWaivable: false,
  check: ({ objects }, { generated }) =>
    generated
      .map((id) => ({ id, copies: objects.filter((object) => object.id === id).length }))
      .filter(({ copies }) => copies !== 1)
      .map(({ id, copies }) => ({
        object: id,
        message:
          copies === 0 ? `The build does not contain ${id}.` : `The build contains ${id} ${String(copies)} times.`,
        seen: String(copies),
        allowed: '1',
        hint: 'undo what removes, renames or repeats it in the custom folder',
      })),
};

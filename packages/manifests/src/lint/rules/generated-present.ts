import type { Rule } from '../rule.ts';

export const generatedPresent: Rule = {
  id: 'generated-present',
  title: 'A generated object is missing from the build, or is in it more than once',
  why: 'Argo CD would prune what is missing, on both sides at once.',
  isWaivable: false,
  check: ({ objects }, { generated }) =>
    generated
      .map((id) => ({ id, copies: objects.filter((object) => object.id === id).length }))
      .filter(({ copies }) => copies !== 1)
      .map(({ id, copies }) => ({
        object: id,
        message:
          copies === 0
            ? `The generated object ${id} is missing from the build.`
            : `The build contains ${id} ${String(copies)} times.`,
        seen: copies === 0 ? 'not at all' : `${String(copies)} times`,
        allowed: 'exactly once',
        hint: 'remove the patch in overlays/<cluster>/custom that removes, renames or repeats it',
      })),
};

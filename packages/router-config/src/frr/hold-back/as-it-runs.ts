import { byName } from '../plan/steps.ts';

/** The list with the one of this name as it runs, or without it. */
export function asItRuns<T extends { readonly name: string }>(
  running: readonly T[],
  wanted: readonly T[],
  name: string,
): readonly T[] {
  const others = wanted.filter((one) => one.name !== name);
  return [...others, ...running.filter((one) => one.name === name)].sort(byName);
}

/** The list, and of what runs those that are used and that it lacks. */
export function withUsed<T extends { readonly name: string }>(
  running: readonly T[],
  wanted: readonly T[],
  used: readonly (string | undefined)[],
): readonly T[] {
  const there = namesOf(wanted);
  const back = running.filter(({ name }) => used.includes(name) && !there.has(name));
  return back.length === 0 ? wanted : [...wanted, ...back].sort(byName);
}

export function namesOf(...lists: readonly (readonly { readonly name: string }[])[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.map(({ name }) => name)));
}

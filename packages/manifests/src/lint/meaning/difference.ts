import { digestOf } from '../../argo-cd/side-revision.ts';

/** A part of a built object that is not as it was generated. */
export interface Difference {
  /** Keys; an element of a list goes by its name where all have one. The path of a list stands for elements without. */
  readonly path: readonly string[];
  /** As generated; undefined: it was not there. */
  readonly before: unknown;
  /** As built; undefined: it is not there. */
  readonly after: unknown;
  /** What tells an element of a list without names from the others: itself, where it is a short word, or a hash of it. */
  readonly element?: string;
  /** A second element of the name: of two variables of one name the last one counts, of other lists the API takes none. */
  readonly isRepeated?: true;
}

type Mapping = Readonly<Record<string, unknown>>;

/**
 * What differs, by the smallest parts. Lists whose elements have names are compared by them, others as sets: a selector or a rule
 * more is that one, wherever it stands.
 */
export function differences(before: unknown, after: unknown, path: readonly string[] = []): readonly Difference[] {
  if (isMapping(before) && isMapping(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      differences(own(before, key), own(after, key), [...path, key]),
    );
  }
  // A mapping or a list that is not there is compared part by part, so that each part is decided by itself.
  if (before === undefined && isMapping(after) && Object.keys(after).length > 0) return differences({}, after, path);
  if (Array.isArray(before) && Array.isArray(after)) return ofLists(before, after, path);
  if (before === undefined && Array.isArray(after) && after.length > 0) return ofLists([], after, path);
  return isSame(before, after) ? [] : [{ path, before, after }];
}

function ofLists(before: readonly unknown[], after: readonly unknown[], path: readonly string[]): Difference[] {
  const key = nameOf(path.at(-1));
  if (before.every((each) => hasName(each, key)) && after.every((each) => hasName(each, key))) {
    return ofNamed(before, after, path, key);
  }
  const [gone, left] = [withoutThose(before, after), withoutThose(after, before)];
  // Of plain values the order may matter.
  if (gone.length + left.length === 0 && !after.some(isMapping)) {
    return isSame(before, after) ? [] : [{ path, before, after }];
  }
  return [
    ...gone.map((each) => ({ path, before: each, after: undefined, element: elementOf(each) })),
    ...left.map((each) => ({ path, before: undefined, after: each, element: elementOf(each) })),
  ];
}

function ofNamed(
  before: readonly Mapping[],
  after: readonly Mapping[],
  path: readonly string[],
  key: string,
): Difference[] {
  const name = (each: Mapping): string => String(each[key]);
  const first = new Map([...after].reverse().map((each) => [name(each), each]));
  const generated = new Set(before.map(name));
  return [
    ...before.flatMap((each) => differences(each, first.get(name(each)), [...path, name(each)])),
    ...after.flatMap((each): Difference[] => {
      const place = [...path, name(each)];
      if (first.get(name(each)) !== each) return [{ path: place, before: undefined, after: each, isRepeated: true }];
      // Whole: what is added is decided as one thing.
      return generated.has(name(each)) ? [] : [{ path: place, before: undefined, after: each }];
    }),
    ...otherOrder(before.map(name), after.map(name), path),
  ];
}

/** Init containers run one after the other; of no other list of names does the order matter. */
function otherOrder(before: readonly string[], after: readonly string[], path: readonly string[]): Difference[] {
  if (path.at(-1) !== 'initContainers') return [];
  const kept = after.filter((name) => before.includes(name));
  const wanted = before.filter((name) => after.includes(name));
  return kept.join() === wanted.join() ? [] : [{ path, before: wanted, after: kept }];
}

function elementOf(value: unknown): string {
  return typeof value === 'string' && /^[^\s#]{1,40}$/.test(value) ? value : `#${digestOf([value]).slice(0, 8)}`;
}

/** Each element once, so that of two equal ones the second is one more. */
function withoutThose(list: readonly unknown[], others: readonly unknown[]): readonly unknown[] {
  const left = others.map(canonical);
  return list.filter((each) => {
    const place = left.indexOf(canonical(each));
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}

/** Mounts go by their paths: one volume may be mounted several times. */
function nameOf(list: string | undefined): string {
  return list === 'volumeMounts' ? 'mountPath' : 'name';
}

function hasName(value: unknown, key: string): value is Mapping {
  return isMapping(value) && typeof value[key] === 'string';
}

export function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

/** As JSON, with keys in one order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isMapping(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

function own(mapping: Mapping, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { formatPath } from '@meshrs/strict-yaml';
import { changedPaths, type ChangedPath } from '../../built/changed-paths.ts';
import { losses, valueAt, type KeptField } from '../kept/kept-field.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const keptFieldsRule: Rule = {
  id: 'kept-fields',
  title: 'A generated object was patched in a field that keeps one side up while the other one goes',
  why: 'What the order of changes, the drain, readiness, the disruption budget and the reach of the route servers rest on comes from the topology alone.',
  isWaivable: false,
  check: ({ objects }, { kept }) =>
    objects.flatMap(({ id, view }) =>
      (kept[id] ?? []).flatMap((field) => differences(view, field).map((change) => finding(id, field, change))),
    ),
};

/** Of a list that lost much the first ones are enough to see which patch it was. */
const mostShown = 3;

/** Where an object has not what the field says; `before` is what was generated. */
function differences(object: unknown, { path, how, value }: KeptField): readonly ChangedPath[] {
  const seen = valueAt(object, path);
  const where = formatPath(path);
  if (how === 'at-least' && typeof seen === 'number' && typeof value === 'number' && seen >= value) return [];
  if (how === 'includes') {
    const wanted = listOf(value);
    const present = listOf(seen);
    return wanted
      .filter((element) => !present.some((other) => changedPaths(element, other).length === 0))
      .map((element) => ({ path: where, before: JSON.stringify(element), after: undefined }))
      .slice(0, mostShown);
  }
  return changedPaths(value, seen, where).slice(0, mostShown);
}

function finding(object: string, { how, loss, value }: KeptField, { path, before, after }: ChangedPath): RuleFinding {
  const [seen, allowed] = how === 'includes' ? ['not in the list', before] : differing(after, before);
  return {
    object,
    message: `${path} is not what the topology gives. ${losses[loss]}`,
    seen: shortened(seen ?? 'not there'),
    allowed: `${shortened(allowed ?? 'left out')}${how === 'at-least' ? ' or more' : ''}${how === 'includes' ? ' in the list' : ''}`,
    hint:
      value === undefined
        ? `remove the patch in overlays/<cluster>/custom that adds ${path}`
        : `remove the patch in overlays/<cluster>/custom that changes ${path}; where the topology has a key for it, change that and run build`,
  };
}

/** Of two long texts the first lines that differ. */
function differing(...texts: readonly (string | undefined)[]): readonly (string | undefined)[] {
  const [one = '', other = ''] = texts;
  if (!one.includes('\\n') || !other.includes('\\n')) return texts;
  const lines = [one, other].map((text) => text.slice(1, -1).split('\\n'));
  const [ours = [], theirs = []] = lines;
  const at = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, index) => index).find(
    (index) => ours[index] !== theirs[index],
  );
  return lines.map((each) => `line ${String((at ?? 0) + 1)}: ${each[at ?? 0] ?? 'not there'}`);
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

import { formatPath } from '@meshrs/strict-yaml';
import { changedPaths, type ChangedPath } from '../../built/changed-paths.ts';
import { keptPart, listOf, losses, valueAt, type KeptField } from '../kept/kept-field.ts';
import { keptFields } from '../kept/kept-fields.ts';
import { quantityOf } from '../meaning/units.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { shownValues } from '../shown-values.ts';

export const keptFieldsRule: Rule = {
  id: 'kept-fields',
  title: 'A generated object was patched in a field that keeps one side up while the other one goes',
  why: 'What the order of changes, the drain, readiness, the disruption budget and the reach of the route servers rest on comes from the topology alone.',
  isWaivable: false,
  check: ({ objects }, { generatedObjects }) =>
    objects.flatMap(({ id, view }) => {
      const generated = Object.hasOwn(generatedObjects, id) ? generatedObjects[id] : undefined;
      const kept = generated ? keptFields(generated) : [];
      return kept.flatMap((field) => differences(view, field).map((change) => finding(id, field, change)));
    }),
};

/** Of a list that lost much the first ones are enough to see which patch it was. */
const mostShown = 3;

/** Where an object has not what the field says; `before` is what was generated. */
function differences(object: unknown, field: KeptField): readonly ChangedPath[] {
  const { path, how } = field;
  const [value, seen] = [field.value, valueAt(object, path)].map((each) => keptPart(field, each));
  const where = formatPath(path);
  if (how === 'at-least' && (quantityOf(seen) ?? -1) >= (quantityOf(value) ?? Infinity)) return [];
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
  const shown = shownValues({ before, after });
  const seen = how === 'includes' ? 'not in the list' : shown.seen;
  return {
    object,
    message: `${path} is not what the topology gives. ${losses[loss]}`,
    seen,
    allowed: `${shown.allowed}${how === 'at-least' ? ' or more' : ''}${how === 'includes' ? ' in the list' : ''}`,
    hint:
      value === undefined
        ? `remove the patch in overlays/<cluster>/custom that adds ${path}`
        : `remove the patch in overlays/<cluster>/custom that changes ${path}; where the topology has a key for it, change that and run build`,
  };
}

import { gateRevision } from '@meshrs/contract';
import { formatPath } from '@meshrs/strict-yaml';
import { kindName } from '../../built/object-id.ts';
import type { ObjectView } from '../../built/views.ts';
import { argoCdAnnotations } from '../../kubernetes/argo-cd-types.ts';
import { losses, type KeptField } from '../kept/kept-field.ts';
import { keptFields } from '../kept/kept-fields.ts';
import { differences, type Difference } from '../meaning/difference.ts';
import { isRestricted } from '../meaning/pod-security.ts';
import { meaningOf } from '../meaning/tables.ts';
import { verdictOf, type Surroundings, type Verdict } from '../meaning/verdict.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { shownValues } from '../shown-values.ts';

const id = 'changed-fields';

export const changedFields: Rule = {
  id,
  title: 'A generated object was patched in a field that is not listed as free',
  why: 'What meshrs does not know of a patch, nobody has looked at: whoever reviews the change should see that it is meant, and why.',
  isWaivable: true,
  isWaivedByField: true,
  check: ({ objects }, { generatedObjects, namespace, nodeLabel }) => {
    const restricted = isRestricted(objects, namespace);
    return objects.flatMap((built) => {
      const generated = Object.hasOwn(generatedObjects, built.id) ? generatedObjects[built.id] : undefined;
      if (!generated) return [];
      const kept = keptFields(generated);
      const surroundings = { generated, built: built.view, isRestricted: restricted, nodeLabel };
      return differences(generated, built.view)
        .filter((difference) => !isToldElsewhere(difference, built.view) && !isKept(difference, kept))
        .flatMap((difference) => findings(built.id, difference, surroundings));
    });
  },
};

/** Rules of their own look at what is said in these places. */
const toldElsewhere = [
  gateRevision,
  argoCdAnnotations.syncWave,
  argoCdAnnotations.hook,
  argoCdAnnotations.hookDeletePolicy,
];

function isToldElsewhere({ path, before, after }: Difference, { kind }: ObjectView): boolean {
  const [first, second, third] = path;
  // Every object that is read has the two, empty ones too.
  if (first === 'metadata' && path.length === 2) return before === undefined && isEmpty(after);
  if (first === 'metadata' && second === 'annotations' && toldElsewhere.includes(third ?? '')) return true;
  // What a password is, no finding shows: no-secret.
  if (kind === 'BGPPeer' && first === 'spec' && second === 'password') return true;
  // Of gates: gate-arguments.
  return kind === 'Pod' && path.at(-1) === 'args';
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Whether the rule kept-fields tells of it. */
function isKept({ path, before, after, isRepeated }: Difference, kept: readonly KeptField[]): boolean {
  // That rule looks at the first element of a name.
  if (isRepeated === true) return false;
  return kept.some(({ path: field, how, value, except = [] }) => {
    if (isBelow(path, field)) {
      if (except.includes(path[field.length] ?? '')) return false;
      const isAddition = before === undefined && path.length <= field.length + 1;
      return how !== 'includes' || !isAddition;
    }
    return after === undefined && value !== undefined && isBelow(field, path);
  });
}

function isBelow(path: readonly string[], field: readonly string[]): boolean {
  return field.length <= path.length && field.every((key, index) => key === path[index]);
}

function findings(object: string, difference: Difference, surroundings: Surroundings): RuleFinding[] {
  const verdict = verdictOf(meaningOf(kindName(surroundings.built)), difference, surroundings);
  return verdict === 'free' ? [] : [finding(object, difference, verdict)];
}

function asJson(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function finding(object: string, difference: Difference, verdict: Exclude<Verdict, 'free'>): RuleFinding {
  const { path, element } = difference;
  // One word for a list would cover what is added to it later.
  const field = formatPath(element === undefined ? path : [...path, element]);
  const { seen, allowed } = shownValues({ before: asJson(difference.before), after: asJson(difference.after) });
  const remove = `remove the patch in overlays/<cluster>/custom that changes ${field}`;
  if (verdict !== 'word') {
    return {
      object,
      field,
      isFinal: true,
      message: `${field} is not what the topology gives. ${losses[verdict.never]}`,
      seen,
      allowed,
      hint: remove,
    };
  }
  return {
    object,
    field,
    message: `${field} is not what the topology gives, and is not a field that a component changes freely.`,
    seen,
    allowed,
    hint: `${remove}; or, if it is meant, say why in an annotation of the object, waive.meshrs.dev/${id}, with a line "${field}: REASON"`,
  };
}

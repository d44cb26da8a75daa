import type { BuiltCluster } from '../built/read-built.ts';
import type { Rule, RuleFinding } from './rule.ts';
import { rules } from './rules/index.ts';

/**
 * An annotation `waive.meshrs.dev/<rule>: <reason>` on an object lets that rule's findings about it through; where the rule asks for
 * the fields, a line each, `<field>: <reason>`.
 */
const prefix = 'waive.meshrs.dev/';

/** The reason for which a finding is accepted; undefined when nobody gave one. */
export function reasonFor(
  { id, isWaivable, isWaivedByField }: Rule,
  { object, field, isFinal }: RuleFinding,
  { objects }: BuiltCluster,
): string | undefined {
  if (!isWaivable || isFinal === true) return undefined;
  const text = objects.find((each) => each.id === object)?.view.metadata.annotations[`${prefix}${id}`] ?? '';
  const reason = isWaivedByField === true ? linesOf(text).find((line) => line.field === field)?.reason : text.trim();
  return reason === '' ? undefined : reason;
}

interface Line {
  /** Undefined where the line names none. */
  readonly field: string | undefined;
  readonly reason: string;
  readonly text: string;
}

/** A field has no colon with a space behind it: keys stand in brackets, in JSON. */
function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, field, reason = ''] = /^(\S+):(?:\s+(.*))?$/.exec(line) ?? [];
      return { field, reason: reason.trim(), text: line };
    });
}

/** A finding that was let through. */
interface Used {
  readonly rule: string;
  readonly object: string;
  readonly field?: string;
}

/** Waivers that name no rule, give no reason, cannot be given, or are not needed. */
export function findWaiverFaults({ objects }: BuiltCluster, used: readonly Used[]): RuleFinding[] {
  return objects.flatMap(({ id, view }) =>
    Object.entries(view.metadata.annotations)
      .filter(([key]) => key.startsWith(prefix))
      .flatMap(([key, text]) => {
        const name = key.slice(prefix.length);
        const usedHere = used.filter(({ rule, object }) => rule === name && object === id);
        return faultsOf(name, text, usedHere).map(({ message, hint, seen = text }): RuleFinding => ({
          object: id,
          message,
          seen: `${key}: ${seen}`,
          hint,
        }));
      }),
  );
}

interface Fault {
  readonly message: string;
  readonly hint: string;
  readonly seen?: string;
}

function faultsOf(name: string, text: string, used: readonly Used[]): Fault[] {
  const rule = rules.find((candidate) => candidate.id === name);
  if (!rule) {
    const known = rules.filter(({ isWaivable }) => isWaivable).map((candidate) => candidate.id);
    return [{ message: `There is no rule "${name}".`, hint: `name one of ${known.join(', ')}` }];
  }
  if (!rule.isWaivable) {
    return [{ message: `The rule ${name} cannot be waived.`, hint: 'remove the annotation and fix the object' }];
  }
  if (text.trim() === '') {
    return [{ message: 'The waiver has no reason.', hint: 'write why the fault is accepted here' }];
  }
  if (rule.isWaivedByField === true) return linesOf(text).flatMap((line) => faultsOfLine(name, line, used));
  if (used.length > 0) return [];
  return [
    { message: `The rule ${name} finds no fault here, so there is nothing to waive.`, hint: 'remove the annotation' },
  ];
}

function faultsOfLine(name: string, { field, reason, text }: Line, used: readonly Used[]): Fault[] {
  if (field === undefined) {
    return [
      {
        message: 'A line of the waiver names no field.',
        seen: text,
        hint: 'write "FIELD: REASON", the field as the finding has it',
      },
    ];
  }
  if (reason === '') {
    return [{ message: `The waiver has no reason for ${field}.`, seen: text, hint: 'write why the change is meant' }];
  }
  if (used.some((each) => each.field === field)) return [];
  const message = `The rule ${name} finds no fault in ${field}, so there is nothing to waive.`;
  return [
    { message, seen: text, hint: 'remove the line, or correct the field: what cannot be waived is told by itself' },
  ];
}

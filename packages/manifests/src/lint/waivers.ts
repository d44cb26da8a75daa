import type { BuiltCluster } from '../built/read-built.ts';
import type { RuleFinding } from './rule.ts';
import { rules } from './rules/index.ts';

/** An annotation `waive.meshrs.dev/<rule>: <reason>` on an object lets that rule's findings about it through. */
const prefix = 'waive.meshrs.dev/';

/** The reason for which a rule's findings about an object are accepted; undefined when nobody gave one. */
export function reasonFor(rule: string, object: string, { objects }: BuiltCluster): string | undefined {
  const reason = objects.find(({ id }) => id === object)?.view.metadata.annotations[`${prefix}${rule}`]?.trim();
  return reason === '' ? undefined : reason;
}

/** Waivers that name no rule, give no reason, cannot be given, or are not needed. */
export function findWaiverFaults(
  { objects }: BuiltCluster,
  isUsed: (rule: string, object: string) => boolean,
): RuleFinding[] {
  return objects.flatMap(({ id, view }) =>
    Object.entries(view.metadata.annotations)
      .filter(([key]) => key.startsWith(prefix))
      .flatMap(([key, reason]): RuleFinding[] => {
        const name = key.slice(prefix.length);
        const rule = rules.find((candidate) => candidate.id === name);
        const fault = (message: string, hint: string): RuleFinding[] => [
          { object: id, message, seen: `${key}: ${reason}`, hint },
        ];
        if (!rule) {
          const known = rules.filter(({ isWaivable }) => isWaivable).map((candidate) => candidate.id);
          return fault(`There is no rule "${name}".`, `name one of ${known.join(', ')}`);
        }
        if (!rule.isWaivable)
          return fault(`The rule ${name} cannot be waived.`, 'remove the annotation and fix the object');
        if (reason.trim() === '') return fault('The waiver has no reason.', 'write why the fault is accepted here');
        if (isUsed(name, id)) return [];
        return fault(`The rule ${name} finds no fault here, so there is nothing to waive.`, 'remove the annotation');
      }),
  );
}

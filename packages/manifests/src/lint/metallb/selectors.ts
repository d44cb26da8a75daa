import type { SelectorView } from '../../built/views.ts';
import { isSame } from '../meaning/difference.ts';
import type { RuleFinding } from '../rule.ts';

/* Lists of label selectors in MetalLB's objects (its config, `validateLabelSelectorDuplicate`, and LabelSelectorAsSelector). */

type Fault = Omit<RuleFinding, 'object'>;

/** `lists`: by the name of their field. `name`: whose they are, "the BGPPeer". */
export function repeatedSelectors(lists: Readonly<Record<string, readonly SelectorView[]>>, name: string): Fault[] {
  return Object.entries(lists).flatMap(([field, list]) => {
    const selectors = list.map(inOneOrder);
    return [
      ...(hasTwice(selectors)
        ? [
            {
              message: `The list ${field} of ${name} has an entry twice.`,
              seen: `${String(list.length)} entries`,
              allowed: 'each entry once, whatever the order of its values',
              hint: `remove it from ${field}`,
            },
          ]
        : []),
      ...selectors.flatMap(({ matchExpressions }) => ofExpressions(matchExpressions, field, name)),
    ];
  });
}

/** Lists of names (its config, `validateDuplicate`), by their field. */
export function repeatedEntries(lists: Readonly<Record<string, readonly string[]>>, name: string): Fault[] {
  return Object.entries(lists).flatMap(([field, list]) => {
    const twice = list.filter((each, index) => list.indexOf(each) !== index);
    if (twice.length === 0) return [];
    return [
      {
        message: `The list ${field} of ${name} has an entry twice.`,
        seen: twice.join(', '),
        allowed: 'each entry once',
        hint: `remove it from ${field}`,
      },
    ];
  });
}

type Expression = SelectorView['matchExpressions'][number];

/** MetalLB sorts the values before it compares. */
function inOneOrder({ matchLabels, matchExpressions }: SelectorView): SelectorView {
  return {
    matchLabels,
    matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
      ...{ key, operator },
      values: [...values].sort(),
    })),
  };
}

function hasTwice(list: readonly unknown[]): boolean {
  return list.some((one, index) => list.slice(0, index).some((other) => isSame(one, other)));
}

function ofExpressions(expressions: readonly Expression[], field: string, name: string): Fault[] {
  const where = `matchExpressions in ${field} of ${name}`;
  return [
    ...(hasTwice(expressions)
      ? [
          {
            message: `The list ${where} has an expression twice.`,
            seen: `${String(expressions.length)} expressions`,
            allowed: 'each expression once',
            hint: `remove it from ${field}`,
          },
        ]
      : []),
    ...expressions.flatMap(({ key, operator, values }): Fault[] => {
      const seen = `${key} ${operator} ${values.join(', ')}`.trim();
      if (hasTwice(values)) {
        return [
          {
            message: `An expression of ${where} has a value twice.`,
            seen,
            allowed: 'each value once',
            hint: `remove it from ${field}`,
          },
        ];
      }
      if (isRead(operator, values)) return [];
      return [
        {
          message: `An expression of ${where} cannot be read.`,
          seen,
          allowed: 'In and NotIn with values, Exists and DoesNotExist without',
          hint: `correct it in ${field}`,
        },
      ];
    }),
  ];
}

/** Kubernetes, apimachinery's `NewRequirement`; Gt and Lt are for nodes of pods alone. */
function isRead(operator: string, values: readonly string[]): boolean {
  if (operator === 'In' || operator === 'NotIn') return values.length > 0;
  return (operator === 'Exists' || operator === 'DoesNotExist') && values.length === 0;
}

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
      ...selectors.flatMap(({ matchExpressions }) => repeatedExpressions(matchExpressions, field, name)),
      ...unreadSelectors({ [field]: list }, name),
    ];
  });
}

/** What no label can be, or no selector say (Kubernetes, apimachinery's `LabelSelectorAsSelector`). */
export function unreadSelectors(lists: Readonly<Record<string, readonly SelectorView[]>>, name: string): Fault[] {
  return Object.entries(lists).flatMap(([field, list]) =>
    list
      .flatMap(({ matchLabels, matchExpressions }) => [
        ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
        ...matchExpressions,
      ])
      .filter((each) => !isRead(each))
      .map(({ key, operator, values }) => ({
        message: `A label in ${field} of ${name} cannot be asked for.`,
        seen: `${key} ${operator} ${values.join(', ')}`.trim(),
        allowed: 'labels of Kubernetes: In and NotIn with values, Exists and DoesNotExist without',
        hint: `correct it in ${field}`,
      })),
  );
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

function repeatedExpressions(expressions: readonly Expression[], field: string, name: string): Fault[] {
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
      if (!hasTwice(values)) return [];
      return [
        {
          message: `An expression of ${where} has a value twice.`,
          seen,
          allowed: 'each value once',
          hint: `remove it from ${field}`,
        },
      ];
    }),
  ];
}

/** Gt and Lt are for the nodes of pods alone. */
function isRead({ key, operator, values }: Expression): boolean {
  if (!isKey(key) || !values.every(isValue)) return false;
  if (operator === 'In' || operator === 'NotIn') return values.length > 0;
  return (operator === 'Exists' || operator === 'DoesNotExist') && values.length === 0;
}

/** Kubernetes documentation, "Labels and Selectors": a name, with or without a domain before it. */
function isKey(key: string): boolean {
  const [name = '', domain, ...rest] = key.split('/').reverse();
  const isDomain = domain === undefined || (domain.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(domain));
  return rest.length === 0 && isDomain && name !== '' && isValue(name);
}

function isValue(value: string): boolean {
  return value === '' || (value.length <= 63 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(value));
}

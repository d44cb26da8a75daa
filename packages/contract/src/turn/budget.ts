/*
 * The disruption budget over all route servers orders evictions, as `kubectl drain` makes them: where it allows none, the API
 * server answers 429, and kubectl tries again. While a turn is not closed it allows none.
 */

export interface BudgetIntent {
  readonly name: string;
  readonly field: 'minAvailable' | 'maxUnavailable';
  /** What it allows by the topology: "50%", or a number. */
  readonly value: string;
  /** For how long it allows none at most while nothing is open: as long as a gate may look. */
  readonly heldSeconds: number;
}

/**
 * Annotations of a budget that is held: what it allows by the topology (`formatBudget`), so that whoever finds it gives that
 * back, and which hold that is: when it began, and a name of its own. Each hold changes it, so that the age of the last one is
 * known, and nobody gives back what another one holds.
 */
export const heldAnnotations = { with: 'meshrs.dev/held', at: 'meshrs.dev/held-at' } as const;

/** "meshrr-evpnrs:minAvailable=50%@420" */
export function formatBudget({ name, field, value, heldSeconds }: BudgetIntent): string {
  return `${name}:${field}=${value}@${String(heldSeconds)}`;
}

/** Reads what `formatBudget` writes; undefined when it is not of that form. */
export function parseBudget(text: string): BudgetIntent | undefined {
  const form = /^(?<name>[^:=@]{1,253}):(?<field>minAvailable|maxUnavailable)=(?<value>\d{1,5}%?)@(?<seconds>\d{1,6})$/;
  const { name, field, value, seconds } = form.exec(text)?.groups ?? {};
  if (name === undefined || value === undefined || (field !== 'minAvailable' && field !== 'maxUnavailable'))
    return undefined;
  return { name, field, value, heldSeconds: Number(seconds) };
}

/** The value of a field as it stands in the object: Kubernetes takes a number, or a share as text. */
export function budgetValue(text: string): number | string {
  return text.endsWith('%') ? text : Number(text);
}

/** By which no pod may be evicted. In the field that Git has: with both the object would be refused. */
export function noDisruption(field: BudgetIntent['field']): number | string {
  return field === 'minAvailable' ? '100%' : 0;
}

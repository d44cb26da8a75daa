import type { Pods } from '@meshrs/topology';
import type { Container, PodSpec } from '../kubernetes/core-types.ts';
import { sortedEntries } from '../sorted.ts';

/** What the topology has every pod ask of its cluster: route servers and gates alike. */
export function podOptions({
  pullSecrets,
  priorityClass,
}: Pods): Pick<PodSpec, 'imagePullSecrets' | 'priorityClassName'> {
  return {
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    ...(priorityClass !== undefined && { priorityClassName: priorityClass }),
  };
}

/** Spelled out as the API server would complete them: Argo CD sees no difference then. */
export function tolerationsOf({ tolerations }: Pick<Pods, 'tolerations'>): NonNullable<PodSpec['tolerations']> {
  return tolerations.map(({ key, operator, value, effect }) => ({
    key,
    operator,
    ...(value !== undefined && value !== '' && { value }),
    ...(effect !== undefined && { effect }),
  }));
}

/** Variables in the order of their names. */
export function environmentOf(variables: Readonly<Record<string, string>>): NonNullable<Container['env']> {
  return sortedEntries(variables).map(([name, value]) => ({ name, value }));
}

/** A mapping in the order of its keys. */
export function sortedMapping(mapping: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(sortedEntries(mapping));
}

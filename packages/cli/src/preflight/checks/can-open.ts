import type { Wanted } from '../wanted.ts';

/** The command that asks whether a user could open sides; `--as` alone leaves out what a user may by its groups. */
export function canOpen({ turn, turnDefinition }: Pick<Wanted, 'turn' | 'turnDefinition'>): string {
  return `kubectl auth can-i patch ${turnDefinition}/${turn} --as USER --as-group GROUP`;
}

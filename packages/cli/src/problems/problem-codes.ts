import { rules } from '@meshrs/manifests';
import type { CodeDescription } from '@meshrs/strict-yaml';
import { ownCodes } from './problem.ts';

/** Every code of a problem; those of the rules over built objects begin with "lint/". */
export const problemCodes: Readonly<Record<string, CodeDescription>> = {
  ...ownCodes,
  ...Object.fromEntries(
    rules.map(({ id, title, why }): [string, CodeDescription] => [`lint/${id}`, { severity: 'error', title, why }]),
  ),
  'lint/waiver': {
    severity: 'error',
    title: 'A waiver does not do what it says',
    why: 'It names no rule, gives no reason, or is not needed.',
  },
};

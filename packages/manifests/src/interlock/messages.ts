import { turnWords } from '@meshrs/contract';
import { celText } from './cel.ts';

/*
 * What a refused request is told, in CEL: what cannot be done and by whom, what is open and who opened it, and what to do.
 * A message has one line and at most 5 KiB, or the API server shows the plain one: what others wrote into the turn is
 * bounded by its schema, and names by Kubernetes.
 */

/** Texts and expressions, one after the other. */
export function sentence(...parts: readonly (string | { readonly cel: string })[]): string {
  return parts.map((part) => (typeof part === 'string' ? celText(part) : part.cel)).join(' + ');
}

export const cel = (expression: string): { readonly cel: string } => ({ cel: expression });

/** Who cannot do what, up to the colon. */
export const refused = cel('variables.refused');
/** "side a is open until …, opened by … (…)". */
export const opening = cel('variables.opening');

/** Where a person finds how to open. */
export const byHand = 'docs/operations.md, "Open a side by hand"';

/** What to do about an object of a side. */
export const changeSide = [
  '. Change it by a commit, which waits for the turn of side ',
  cel('variables.side'),
  `, or open side `,
  cel('variables.side'),
  ` by hand (${byHand}).`,
] as const;

/** What to do about what all sides share. */
export const changeShared = `. All sides share it: open all of them by hand if it has to be (${byHand}).`;

/** The same of what a commit changes without a turn. */
export const changeByCommit = `. All sides share it: change it by a commit, which Argo CD applies at any time, or open all of them by hand (${byHand}).`;

/** What is open, in a sentence about what is not. */
export const notOpen = cel(
  `(variables.open == ${celText(turnWords.closed)} ? ${celText('no side is open')} : variables.opening + ${celText(', and nothing else may change')})`,
);

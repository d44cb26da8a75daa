/** What is known of whether an API server goes by the turn, by the answer to that dry run. */
export const interlockStates = ['enforced', 'absent', 'unknown'] as const;
export type InterlockState = (typeof interlockStates)[number];

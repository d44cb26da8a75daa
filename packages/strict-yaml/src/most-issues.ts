/**
 * Of one file this many issues are found: each costs its share of time, and a reader of a file with more begins with the
 * first of them.
 */
export const mostIssues = 100;

import { shown } from '@meshrs/contract';
import type { Issue } from '@meshrs/strict-yaml';

/** What is kept and shown of the issues of a file, whose length is whoever wrote it decides. */
export interface BoundedIssues {
  readonly issues: readonly Issue[];
  /** How many there are. */
  readonly issueCount: number;
}

/** Whoever has fixed these reads the others. */
export const mostIssues = 20;
const deepestPath = 20;
const longestKey = 64;

export function boundedIssues(all: readonly Issue[]): BoundedIssues {
  // Of one file no more than so many were found; the last issue stands for the others.
  const told = all.filter(({ untold }) => untold === undefined);
  const untold = all.reduce((sum, each) => sum + (each.untold ?? 0), 0);
  return { issues: told.slice(0, mostIssues).map(bounded), issueCount: told.length + untold };
}

/** "20 of 300 issues are shown." where there are more. */
export function moreIssues({ issues, issueCount }: BoundedIssues): string {
  return issueCount > issues.length ? `${String(issues.length)} of ${String(issueCount)} issues are shown.` : '';
}

function bounded(issue: Issue): Issue {
  const { message, seen, allowed, hint, path } = issue;
  return {
    ...issue,
    message: shown(message),
    hint: shown(hint),
    ...(seen !== undefined && { seen: shown(seen) }),
    ...(allowed !== undefined && { allowed: shown(allowed) }),
    path: path.slice(0, deepestPath).map((part) => (typeof part === 'string' ? shown(part, longestKey) : part)),
  };
}

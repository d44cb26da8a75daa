import { formatIssue, formatPath, type Issue } from '@meshrs/strict-yaml/issue';
import { count } from './count.ts';

/** Issues as a person reads them, a blank line between two, and the sum at the end. */
export function formatIssues(issues: readonly Issue[], subject: string): string {
  const errors = issues.filter(({ severity }) => severity === 'error').length;
  const warnings = issues.length - errors;
  const sum = `${subject}: ${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  return [...issues.map(formatIssue), sum].join('\n\n');
}

/** An issue as `--json` prints it: the path both as a list and as people write it. */
export function toJson(issue: Issue): Record<string, unknown> {
  const { code, severity, file, line, column, path, message, seen, allowed, hint } = issue;
  return { code, severity, file, line, column, path, at: formatPath(path), message, seen, allowed, hint };
}

import { formatProblem } from '../problems/problem.ts';
import { formatIssue } from '@meshrs/strict-yaml/issue';
import type { Base } from '../comparing/compare-with-commit.ts';
import { countFindings, formatBase, formatChanges, type Findings } from './report.ts';

/** What a change does, as Markdown: for the summary of a job, or the text of a comment. */
export function formatMarkdown(findings: Findings, base: Base | undefined): string {
  const { issues, problems, comparisons } = findings;
  const said = [...issues.map(formatIssue), ...problems.map(formatProblem)];
  const does = formatChanges(findings, comparisons);
  return [
    '## What this change does to what runs',
    ...(base ? [sentence(formatBase(base))] : ['The topologies have errors, so nothing was compared.']),
    ...(does.length > 0 ? [fenced(does.join('\n\n'))] : []),
    `### ${sentence(countFindings(findings))}`,
    ...(said.length > 0 ? [fenced(said.join('\n\n'))] : []),
    '',
  ].join('\n\n');
}

/** A text of one line is shown as it is, whatever signs of Markdown are in it. */
function sentence(text: string): string {
  return `\`\` ${text.replaceAll('`', "'")} \`\``;
}

/** A fence that is longer than any in the text: names in it are others' (CommonMark, "Fenced code blocks"). */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

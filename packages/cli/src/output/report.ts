import type { NotGenerated, RequiredSecret } from '@meshrs/manifests';
import { formatIssue, type Issue } from '@meshrs/strict-yaml/issue';
import { describeEffect } from '@meshrs/impact';
import type { ClusterComparison } from '../comparing/compare-clusters.ts';
import { formatProblem, type Problem } from '../problems/problem.ts';
import { count } from './count.ts';

/** What a build and a check have in common to tell. */
export interface Findings {
  readonly ok: boolean;
  readonly issues: readonly Issue[];
  readonly problems: readonly Problem[];
  readonly comparisons: readonly ClusterComparison[];
  readonly notGenerated: readonly NotGenerated[];
  readonly requiredSecrets: Readonly<Record<string, readonly RequiredSecret[]>>;
}

/** Everything found, a blank line between two, in the order in which a person fixes it. */
export function formatFindings(findings: Findings): string {
  // A refusal lists the effects already.
  const refused = findings.problems.filter(({ code }) => code === 'both-sides').map(({ where }) => where);
  const comparisons = findings.comparisons.filter(({ cluster }) => !refused.includes(`overlays/${cluster}`));
  return [
    ...findings.issues.map(formatIssue),
    ...findings.problems.map(formatProblem),
    ...comparisons.map(formatComparison),
    ...findings.notGenerated.map(formatNotGenerated),
  ].join('\n\n');
}

/** "3 errors, 1 warning", of issues and problems together. */
export function countFindings({ issues, problems }: Findings): string {
  const all = [...issues, ...problems];
  const errors = all.filter(({ severity }) => severity === 'error').length;
  return `${count(errors, 'error')}, ${count(all.length - errors, 'warning')}`;
}

/** The Secrets that the user makes, one per line. */
export function formatSecrets(secrets: Findings['requiredSecrets']): string {
  return Object.entries(secrets)
    .flatMap(([cluster, list]) =>
      list.map(({ namespace, name, keys }) => `  ${cluster}: ${namespace}/${name} with ${keys.join(', ')}`),
    )
    .join('\n');
}

function formatComparison({ cluster, effects, turns }: ClusterComparison): string {
  if (effects.length === 0) return `overlays/${cluster}: committing this disturbs nothing that runs`;
  return [
    `overlays/${cluster}: what committing this does to what runs`,
    ...effects.map(describeEffect),
    ...(turns.length > 1 ? [`  in this order: ${inOrder(turns)}`] : []),
  ].join('\n');
}

/** "Argo CD changes side a, waits for its clients, then side b". */
function inOrder(turns: readonly string[]): string {
  return `Argo CD changes ${turns.map((side) => `side ${side}`).join(', waits for its clients, then ')}`;
}

function formatNotGenerated({ file, clusters, reason }: NotGenerated): string {
  return `${file}: nothing is generated for ${clusters.join(' and ')}: ${reason}`;
}

import type { NotGenerated, RequiredSecret } from '@meshrs/manifests';
import { notMadeReasons } from '@meshrs/router-config/devices';
import { formatIssue, type Issue } from '@meshrs/strict-yaml/issue';
import { describeAct, describeEffect, type Act, type ClientsHit } from '@meshrs/impact';
import type { ClusterComparison } from '../comparing/compare-clusters.ts';
import type { Base } from '../comparing/compare-with-commit.ts';
import type { NotRenderedDevices } from '../generating/render-topologies.ts';
import type { PushedState } from '../git/unpushed.ts';
import { formatProblem, type Problem } from '../problems/problem.ts';
import { count } from './count.ts';

/** What a build and a check have in common to tell. */
export interface Findings {
  readonly ok: boolean;
  readonly issues: readonly Issue[];
  readonly problems: readonly Problem[];
  readonly comparisons: readonly ClusterComparison[];
  readonly acts: readonly Act[];
  readonly notGenerated: readonly NotGenerated[];
  readonly notRendered: readonly NotRenderedDevices[];
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
    ...formatChanges(findings, comparisons),
    ...findings.notGenerated.map(formatNotGenerated),
    ...findings.notRendered.map(formatNotRendered),
  ].join('\n\n');
}

/** What changes, by cluster, and what there is to do: commands of a change that is refused would make it all the same. */
export function formatChanges(
  { ok, acts }: Pick<Findings, 'ok' | 'acts'>,
  comparisons: readonly ClusterComparison[],
): string[] {
  return [
    ...comparisons.map((each) => formatComparison(ok ? each : { ...each, acts: [] })),
    ...formatActs(ok ? acts : []),
  ];
}

/** "3 errors, 1 warning", of issues and problems together. */
export function countFindings({ issues, problems }: Findings): string {
  const all = [...issues, ...problems];
  const errors = all.filter(({ severity }) => severity === 'error').length;
  return `${count(errors, 'error')}, ${count(all.length - errors, 'warning')}`;
}

const nothingBecause = {
  'no-repository': 'this folder is in no git repository',
  'no-commit': 'nothing is committed yet',
} as const;

/** What effects were counted from, so that silence about them is never taken for "none". */
export function formatBase(base: Base): string {
  if (base.kind === 'nothing') {
    const why =
      base.because === 'nothing-generated'
        ? `${base.revision} has nothing that meshrs generates`
        : nothingBecause[base.because];
    return `compared with nothing: ${why}; what runs already, and is disturbed by this, nobody has looked at`;
  }
  const commit = `${base.revision} (${base.id.slice(0, 12)})`;
  const next = 'if another commit runs, name it: --base REVISION';
  const said = base.isSame ? `nothing generated differs from ${commit}` : `compared with ${commit}`;
  const { pushed } = base;
  if (pushed?.kind === 'unknown') {
    return `${said}: what of it is pushed nobody knows, since ${unknownBecause(pushed)}; ${next}`;
  }
  const reasons = [...lackedBy(base), ...(pushed ? readElsewhere(pushed) : [])];
  if (base.isSame && reasons.length === 0) return `${said}; ${next}`;
  return reasons.length === 0 ? said : `${said}: ${reasons.join(', and ')}; ${next}`;
}

function lackedBy({ isSame, pushed }: Extract<Base, { kind: 'commit' }>): string[] {
  if (isSame || pushed?.kind !== 'other' || pushed.unpushed === 0) return [];
  const { unpushed } = pushed;
  return [
    unpushed === 1
      ? 'the commit that it lacks counts as part of this change'
      : `the ${String(unpushed)} commits that it lacks count as part of this change`,
  ];
}

function readElsewhere({ elsewhere }: Exclude<PushedState, { kind: 'unknown' }>): string[] {
  if (elsewhere.length === 0) return [];
  return [
    `whether it runs nobody knows, since Argo CD reads ${elsewhere.join(' and ')} (gitops.revision), which the branch that is checked out does not follow`,
  ];
}

/** And how git is told. */
function unknownBecause(pushed: Extract<PushedState, { kind: 'unknown' }>): string {
  switch (pushed.because) {
    case 'no-branch':
      return 'no branch is checked out (git switch BRANCH)';
    case 'follows-none':
      return `branch ${pushed.branch} follows no branch of a remote (git branch --set-upstream-to=REMOTE/BRANCH ${pushed.branch})`;
    case 'upstream-gone':
      return `${pushed.follows}, which branch ${pushed.branch} follows, is not in this clone (git fetch)`;
  }
}

/** The Secrets that the user makes, one per line. */
export function formatSecrets(secrets: Findings['requiredSecrets']): string {
  return Object.entries(secrets)
    .flatMap(([cluster, list]) =>
      list.map(({ namespace, name, keys }) => `  ${cluster}: ${namespace}/${name} with ${keys.join(', ')}`),
    )
    .join('\n');
}

/** A block of its own: nothing generated tells of these. */
function formatActs(acts: readonly Act[]): string[] {
  return acts.length === 0 ? [] : [['topologies: to do beside the commit:', ...acts.map(describeAct)].join('\n')];
}

/** What a commit does to a cluster, whom it hits, and what else there is to do. */
function formatComparison({ cluster, effects, turns, clients, stuckGates, acts }: ClusterComparison): string {
  const does =
    effects.length === 0
      ? [`overlays/${cluster}: committing this disturbs nothing that runs`]
      : [
          `overlays/${cluster}: what committing this does to what runs`,
          ...effects.map(describeEffect),
          ...Object.entries(clients).map(([side, hit]) => `  clients of side ${side}: ${formatClients(hit)}`),
          ...(turns.length > 1 ? [`  in this order: ${inOrder(turns)}`] : []),
          ...stuckGates.map(
            (gate) =>
              `  the gate before side ${gate.side} does not open while these have a session there, which the side before it refuses: ${gate.clients.join('; ')}. End such sessions on the clients first, or write their addresses, not their names, under gitops.gate.allowMissing in this commit, and remove them there when it is rolled out`,
          ),
        ];
  return [...does, ...(acts.length > 0 ? ['  to do beside it:', ...acts.map(describeAct)] : [])].join('\n');
}

/** "dc1-leaf1, dc2-leaf1 and those from 192.168.0.0/16"; nobody is an answer, too. */
function formatClients(hit: ClientsHit | undefined): string {
  if (!hit) return 'its settings cannot be read: anybody';
  const { declared, ranges } = hit;
  const shown = declared.length > 12 ? [...declared.slice(0, 11), `${String(declared.length - 11)} more`] : declared;
  const guests = ranges.length > 0 ? [`who comes from ${ranges.join(', ')}`] : [];
  return [...shown, ...guests].join(', ') || 'nobody';
}

/** "Argo CD changes side a, waits for its clients, then side b". */
function inOrder(turns: readonly string[]): string {
  return `Argo CD changes ${turns.map((side) => `side ${side}`).join(', waits for its clients, then ')}`;
}

function formatNotGenerated({ file, clusters, reason }: NotGenerated): string {
  return `${file}: nothing is generated for ${clusters.join(' and ')}: ${reason}`;
}

/** Devices of one reason on one line, "dc7-leaf1 (nxos)". */
function formatNotRendered({ file, devices }: NotRenderedDevices): string {
  const byCode = Map.groupBy(devices, ({ code }) => code);
  return [
    `${file}: of these no configuration is made, it is yours`,
    ...[...byCode].map(
      ([code, of]) =>
        `  ${code}: ${of.map(({ name, system }) => `${name} (${system})`).join(', ')}: ${notMadeReasons[code]}`,
    ),
  ].join('\n');
}

import type { CodeDescription, Severity } from '@meshrs/strict-yaml';

/** Something that keeps generated files from being written or committed; it has no line in a topology. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  /** A file, or a cluster's overlay and the object: "overlays/dci: Service meshrr/routeserver-a". */
  readonly where: string;
  readonly message: string;
  readonly seen?: string;
  readonly allowed?: string;
  /** What to do next. */
  readonly hint: string;
}

/** Codes of problems that no rule over built objects finds. */
export const ownCodes = {
  'hand-edited': {
    severity: 'error',
    title: 'A generated file was edited by hand',
    why: 'The edit would be lost without a word; it belongs into the topology, or into the custom folder.',
  },
  'not-owned': {
    severity: 'error',
    title: 'A file that nobody generated stands in the way',
    why: 'It may be a work of yours; generated.json does not list it.',
  },
  'not-built': {
    severity: 'error',
    title: 'A generated file differs from what topologies/ generates',
    why: 'Argo CD applies what is committed, and that would not be what the topologies say.',
  },
  'unknown-file': {
    severity: 'warning',
    title: 'A file that nobody generated stands in a generated folder',
    why: 'No kustomization names it, so it has no effect.',
  },
  'build-interrupted': {
    severity: 'error',
    title: 'A build was interrupted while it wrote',
    why: 'Some files are new and some are old.',
  },
  'both-sides': {
    severity: 'error',
    title: 'The change disturbs more than one side at once',
    why: 'Each client keeps an untouched session on the other side at every moment; with this change it would not.',
  },
  'budget-too-loose': {
    severity: 'error',
    title: 'While the change is applied, a drain of nodes could take a route server of each side',
    why: 'A PodDisruptionBudget is applied before any route server goes; a share that fits the few that stay lets several of the many before go at once.',
  },
  'needs-all-sides-open': {
    severity: 'error',
    title: 'The change is refused by the API server until all sides are open',
    why: 'What all sides share is the turn of none: a sync of it would disturb all of them, or wait for a person.',
  },
  'changes-side': {
    severity: 'error',
    title: 'What keeps its name would get another side',
    why: 'The gate of the new side opens that one, and what changes is what the old side runs.',
  },
  'moves-nodes': {
    severity: 'error',
    title: 'Nodes cannot change their sides in one commit',
    why: 'Their labels are written by hand, one after the other; a side whose only node has the label of another side announces no VIP, and a route server without a node of its side does not start.',
  },
  'metallb-refuses': {
    severity: 'error',
    title: 'MetalLB refuses an object while another one is as it was',
    why: 'Its webhook looks at all objects that are there; what goes, goes at the end of the sync, which does not come.',
  },
  'chosen-once': {
    severity: 'error',
    title: 'What is chosen before the first sync would change on a fleet that runs',
    why: 'No order of commits makes that change while each client keeps a session: it needs an outage of all sides.',
  },
  'api-server-refuses': {
    severity: 'error',
    title: 'The API server refuses an object at any time',
    why: 'It would have the addresses or the clients of a side, or keep its pods from being evicted.',
  },
  'leaves-fleet': {
    severity: 'error',
    title: 'A cluster has no topology any more',
    why: 'No commit ends a fleet: it runs on as it is, and nobody would change or repair it by a commit any more.',
  },
  'removes-route-servers': {
    severity: 'error',
    title: 'The change removes more than one route server',
    why: 'Usually it was meant for one, or comes from a line deleted by mistake.',
  },
  'committed-tree-broken': {
    severity: 'error',
    title: 'What is committed cannot be built',
    why: 'So nobody can say what the change restarts, renumbers or resets.',
  },
  'behind-base': {
    severity: 'warning',
    title: 'The commit to compare with is none of what is checked out',
    why: 'What it has and what is checked out lacks is told as if the change took it back.',
  },
  'wrong-path': {
    severity: 'error',
    title: 'Argo CD would look in another folder than the files stand in',
    why: 'It reads the path of an Application from the root of the git repository, whatever folder of it meshrs has.',
  },
  'custom-not-component': {
    severity: 'error',
    title: 'The custom folder is no Kustomize component',
    why: 'The overlay includes it under components; kustomize refuses anything else there.',
  },
  'custom-transformer': {
    severity: 'error',
    title: 'The custom folder renames everything',
    why: 'Names inside MetalLB objects and annotations are not renamed along: the VIP loses its pool, and kustomize says nothing.',
  },
  'custom-remote': {
    severity: 'error',
    title: 'The custom folder reads what is not in the repository',
    why: 'It may be another thing when Argo CD builds it, and no commit, no gate and no revision of a side shows that.',
  },
  'patch-without-effect': {
    severity: 'error',
    title: 'A patch changes nothing',
    why: 'Usually its target matches nothing any more, and kustomize says nothing of it.',
  },
  'kustomize-failed': {
    severity: 'error',
    title: 'kustomize cannot build the overlay',
    why: 'Argo CD builds it the same way.',
  },
  'kustomize-differs': {
    severity: 'error',
    title: 'Two versions of kustomize build different objects',
    why: "What was checked is not what Argo CD's kustomize applies.",
  },
  'schema-invalid': {
    severity: 'error',
    title: 'An object does not match the schema of its kind',
    why: 'Kubernetes refuses it, or drops the field that it does not know.',
  },
  'schema-missing': {
    severity: 'warning',
    title: 'There is no schema for an object',
    why: 'Nobody has validated its form.',
  },
  'resource-count': {
    severity: 'error',
    title: 'Not every object of the build was validated',
    why: 'What was not looked at can be anything.',
  },
} as const satisfies Record<string, CodeDescription>;

export type ProblemCode = keyof typeof ownCodes | `lint/${string}`;

type OwnFacts = Omit<Problem, 'code' | 'severity'>;

export function problem(code: keyof typeof ownCodes, facts: OwnFacts): Problem {
  return { code, severity: ownCodes[code].severity, ...facts };
}

/** Several lines: place, what, the value seen, what is allowed, what to do. */
export function formatProblem({ code, severity, where, message, seen, allowed, hint }: Problem): string {
  const lines = [`${where}: ${severity} ${code}`, `  ${message}`];
  if (seen !== undefined) lines.push(`  seen:    ${seen}`);
  if (allowed !== undefined) lines.push(`  allowed: ${allowed}`);
  lines.push(`  do:      ${hint}`);
  return lines.join('\n');
}

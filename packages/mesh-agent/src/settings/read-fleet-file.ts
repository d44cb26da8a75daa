import { readFleet, type FailureDescription, type FleetFacts } from '@meshrs/contract';
import { formatPath } from '@meshrs/strict-yaml';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { AgentFailure, describeFailure, systemCode } from '../failure.ts';
import { boundedIssues, type BoundedIssues } from './bounded-issues.ts';
import { readMountedFile } from './read-mounted-file.ts';

/** One reading of fleet.yml. */
export type FleetReading =
  /** No folder for it is mounted: the pod is not one of ours, and its settings name the whole fleet, as upstream's do. */
  | { readonly kind: 'not-mounted' }
  | { readonly kind: 'read'; readonly revision: string; readonly fleet: FleetFacts }
  /** The folder is there, and no right file in it. */
  | { readonly kind: 'failed'; readonly failure: FailureDescription };

/**
 * `revision` is the SHA-256 of the file's bytes in hexadecimal.
 * @param before the reading before, which is given again where the file is still that one: to understand it takes long
 */
export async function readFleetFile(
  paths: { readonly fleetFolder: string; readonly fleet: string },
  before?: FleetReading,
): Promise<FleetReading> {
  try {
    const bytes = await readMountedFile(paths.fleet, { what: 'The file', hintFor: () => whatToDo });
    const revision = createHash('sha256').update(bytes).digest('hex');
    if (before?.kind === 'read' && before.revision === revision) return before;
    const read = readFleet(paths.fleet, bytes.toString('utf8'));
    if (read.ok) return { kind: 'read', revision, fleet: read.value };
    return refused(paths.fleet, boundedIssues(read.issues));
  } catch (thrown) {
    const isMissing = thrown instanceof AgentFailure && systemCode(thrown.cause) === 'ENOENT';
    if (isMissing && (await isAbsent(paths.fleetFolder))) return { kind: 'not-mounted' };
    return { kind: 'failed', failure: describeFailure(thrown) };
  }
}

const whatToDo =
  "The ConfigMap of the fleet's router-ids, base/<fleet>/fleet.yaml, has to be applied as it is generated.";

/** As many as stand in one message; how many more there are is said. */
const mostTold = 10;

/** All that is wrong, each by its place in the file that is named once. */
function refused(file: string, { issues, issueCount }: BoundedIssues): FleetReading {
  const told = issues
    .slice(0, mostTold)
    .map(({ line, column, path, message }) => `${String(line)}:${String(column)} at ${formatPath(path)}: ${message}`);
  const more = issueCount - told.length;
  const failure = new AgentFailure(
    `${file} is wrong: ${[...told, ...(more > 0 ? [`and ${String(more)} more.`] : [])].join(' ')} ${whatToDo}`,
    { code: 'fleet-refused', operation: `read ${file}`, retryable: true },
  );
  return { kind: 'failed', failure: describeFailure(failure) };
}

/** A folder that cannot be looked at is not absent. */
async function isAbsent(folder: string): Promise<boolean> {
  try {
    await stat(folder);
    return false;
  } catch (thrown) {
    return systemCode(thrown) === 'ENOENT';
  }
}

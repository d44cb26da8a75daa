import { readFleet, type FailureDescription, type FleetFacts } from '@meshrs/contract';
import { formatPath, type Issue } from '@meshrs/strict-yaml';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { AgentFailure, describeFailure, systemCode } from '../failure.ts';

/** One reading of fleet.yml. */
export type FleetReading =
  /** No folder for it is mounted: the pod is not one of ours, and its settings name the whole fleet, as upstream's do. */
  | { readonly kind: 'not-mounted' }
  | { readonly kind: 'read'; readonly revision: string; readonly fleet: FleetFacts }
  /** The folder is there, and no right file in it. */
  | { readonly kind: 'failed'; readonly failure: FailureDescription };

/** `revision` is the SHA-256 of the file's bytes in hexadecimal. */
export async function readFleetFile(paths: {
  readonly fleetFolder: string;
  readonly fleet: string;
}): Promise<FleetReading> {
  try {
    const bytes = await readFile(paths.fleet);
    const read = readFleet(paths.fleet, bytes.toString('utf8'));
    if (read.ok) return { kind: 'read', revision: createHash('sha256').update(bytes).digest('hex'), fleet: read.value };
    return refused(paths.fleet, read.issues);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' && (await isAbsent(paths.fleetFolder))) return { kind: 'not-mounted' };
    const failure = new AgentFailure(`${paths.fleet} cannot be read (${code}). ${whatToDo}`, {
      code: 'file-not-readable',
      operation: `read ${paths.fleet}`,
      retryable: true,
      cause,
    });
    return { kind: 'failed', failure: describeFailure(failure) };
  }
}

const whatToDo =
  "The ConfigMap of the fleet's router-ids, base/<fleet>/fleet.yaml, has to be applied as it is generated.";

/** As many as a reader takes in; how many more there are is said. */
const mostTold = 10;

/** All that is wrong, each by its place in the file that is named once. */
function refused(file: string, issues: readonly Issue[]): FleetReading {
  const told = issues
    .slice(0, mostTold)
    .map(({ line, column, path, message }) => `${String(line)}:${String(column)} at ${formatPath(path)}: ${message}`);
  const more = issues.length - told.length;
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

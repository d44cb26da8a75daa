import { seenRequest } from '../drain/drain-files.ts';
import type { AgentPaths } from '../paths.ts';
import type { AgentCommand } from './arguments.ts';

/** What goes on when a command that waits is asked to end: by the file of the request, which this process need not have written yet. */
export function whatGoesOn(kind: AgentCommand['kind'], paths: AgentPaths): string {
  if (kind !== 'drain' && kind !== 'undrain') return '';
  const requester = seenRequest(paths);
  if (kind === 'undrain') {
    return requester
      ? ` The drain that ${requester.by} asked for is still asked for, and goes on.`
      : ' No drain is asked for; where one was, the sidecar takes it back as soon as its engine answers.';
  }
  if (requester?.cause === 'pre-stop') {
    return ` The drain that ${requester.by} asked for goes on: its pod ends, and nothing takes that back.`;
  }
  return requester
    ? ` The drain that ${requester.by} asked for is still asked for, and goes on; "mesh-agent undrain" takes it back.`
    : ' No drain is asked for now.';
}

import { containers } from '@meshrs/contract';
import { existsSync } from 'node:fs';
import { AgentFailure } from '../failure.ts';
import type { AgentPaths } from '../paths.ts';

/**
 * Where the folder of the requests is not, no sidecar of this pod is either, and that no request lies there says nothing.
 * @throws AgentFailure `folder-not-found`
 */
export function requireRequestsFolder({ requestsFolder }: AgentPaths, operation: string): void {
  if (existsSync(requestsFolder)) return;
  throw new AgentFailure(
    `There is no folder ${requestsFolder}, which a sidecar and those who ask it share. Run this in the container ${containers.agent} of the route server's pod.`,
    { code: 'folder-not-found', operation, retryable: false },
  );
}

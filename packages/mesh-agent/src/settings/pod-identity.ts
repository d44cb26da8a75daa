import type { IpAddress } from '@meshrs/network';
import type { RouteServerSettings } from '@meshrs/contract';
import { AgentFailure } from '../failure.ts';

/** Which route server of the fleet a pod is. */
export interface PodIdentity {
  readonly name: string;
  readonly routerId: IpAddress;
}

/**
 * The router-id that the settings give to a pod; the pod IP is never one, because it changes with every restart.
 * @throws AgentFailure `router-id-missing`
 */
export function identifyPod(settings: RouteServerSettings, podName: string): PodIdentity {
  const routerId = settings.routerIds[podName];
  if (routerId !== undefined) return { name: podName, routerId };
  const known = Object.keys(settings.routerIds);
  throw new AgentFailure(
    `The settings have no router-id for the pod "${podName}": routerIds has ${known.length === 0 ? 'no entry' : known.join(', ')}. Add "routerIds: {${podName}: <four numbers as in an IPv4 address>}", unique in the fleet; the topology gives one to each replica.`,
    { code: 'router-id-missing', operation: 'identify the pod', retryable: false },
  );
}

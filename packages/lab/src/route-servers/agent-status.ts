import { agentPaths, ports } from '@meshrs/contract';
import { parseAgentStatus, type SeenSession, type SeenStatus } from '@meshrs/contract/status';
import type { KubernetesApi } from '../kubernetes/api.ts';

/** Asks the agent of a pod, by way of kube-apiserver; undefined when the pod does not answer. */
export async function readAgentStatus(
  api: KubernetesApi,
  namespace: string,
  pod: string,
): Promise<SeenStatus | undefined> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}:${String(ports.agent)}/proxy${agentPaths.status}`;
  if ((await api.probe(path)) !== 200) return undefined;
  return parseAgentStatus(await api.get(path));
}

/** The sessions of a route server; undefined when its agent does not answer, or does not know them. */
export function sessionsOf(status: SeenStatus | undefined): readonly SeenSession[] | undefined {
  return status?.sessions.kind === 'read' ? status.sessions.list : undefined;
}

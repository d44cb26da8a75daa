import { agentPaths, ports } from '@meshrs/contract';
import { parseAgentStatus, type SeenSession, type SeenStatus } from '@meshrs/contract/status';
import { getFrom } from '../lab/http-get.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { listPods } from '../kubernetes/pods.ts';

/**
 * Asks the agent of a pod from its node, as kubelet does: NetworkPolicies let the pod's own node in, and keep the API server
 * out. Undefined when the pod does not answer.
 */
export async function readAgentStatus(
  { lab, plan, api }: LabCluster & { readonly api: KubernetesApi },
  namespace: string,
  name: string,
): Promise<SeenStatus | undefined> {
  const pod = (await listPods(api, namespace)).find((one) => one.name === name);
  const node = plan.nodes.find((one) => one.name === pod?.node);
  if (pod?.address === undefined || !node) return undefined;
  const answer = await getFrom(lab, node.namespace, {
    address: pod.address,
    port: ports.agent,
    path: agentPaths.status,
  });
  return answer?.status === 200 ? parseAgentStatus(JSON.parse(answer.body)) : undefined;
}

/** The sessions of a route server; undefined when its agent does not answer, or does not know them. */
export function sessionsOf(status: SeenStatus | undefined): readonly SeenSession[] | undefined {
  return status?.sessions.kind === 'read' ? status.sessions.list : undefined;
}

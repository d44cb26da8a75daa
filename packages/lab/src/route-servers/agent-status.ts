import { agentPaths, ports } from '@meshrs/contract';
import { z } from 'zod';
import type { KubernetesApi } from '../kubernetes/api.ts';

const sessionSchema = z.object({
  address: z.string(),
  kind: z.string(),
  name: z.string().optional(),
  state: z.string(),
  remoteRouterId: z.string().optional(),
  uptimeSeconds: z.number().optional(),
  receivedPrefixes: z.number().optional(),
  sentPrefixes: z.number().optional(),
});

const statusSchema = z.object({
  agent: z.object({ pod: z.string(), address: z.string(), routerId: z.string() }),
  engine: z.object({ isConnected: z.boolean(), version: z.string().optional(), isApplied: z.boolean() }),
  readiness: z.object({ isReady: z.boolean() }),
  drain: z.object({ phase: z.string() }),
  sessions: z.array(sessionSchema),
  evictions: z.array(z.looseObject({ address: z.string() })),
});

/** What an agent says of its route server, as far as the lab looks at it. */
export type AgentStatus = z.output<typeof statusSchema>;

/** Asks the agent of a pod, by way of kube-apiserver; undefined when the pod does not answer. */
export async function readAgentStatus(
  api: KubernetesApi,
  namespace: string,
  pod: string,
): Promise<AgentStatus | undefined> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}:${String(ports.agent)}/proxy${agentPaths.status}`;
  if ((await api.probe(path)) !== 200) return undefined;
  return statusSchema.parse(await api.get(path));
}

import { z } from 'zod';
import { kubectl } from '../../kubernetes/kubectl.ts';
import type { GitopsContext } from './context.ts';

const listSchema = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({
        name: z.string(),
        generation: z.number().optional(),
        annotations: z.record(z.string(), z.string()).optional(),
        labels: z.record(z.string(), z.string()).optional(),
      }),
      data: z.unknown().optional(),
      spec: z.unknown().optional(),
    }),
  ),
});

/** What a sync could change of each object: its specification (by its generation), data and metadata; not its status. */
export async function readObjects({ cluster, tools, topology }: GitopsContext): Promise<ReadonlyMap<string, string>> {
  const kinds =
    'statefulsets,services,configmaps,networkpolicies,poddisruptionbudgets,serviceaccounts,roles,rolebindings';
  const metallbKinds = 'ipaddresspools,bgppeers,bgpadvertisements';
  const list = async (namespace: string, wanted: string): Promise<[string, string][]> => {
    const text = await kubectl(cluster, tools, ['--namespace', namespace, 'get', wanted, '--output=json']);
    return listSchema
      .parse(JSON.parse(text))
      .items.map(({ kind, metadata: { generation, ...metadata }, data, spec }) => [
        `${kind} ${namespace}/${metadata.name}`,
        // A gate holds the budget and gives it back, which makes generations of it.
        JSON.stringify([metadata, data, kind === 'PodDisruptionBudget' ? spec : generation]),
      ]);
  };
  return new Map([
    ...(await list(topology.routeServers.namespace, kinds)),
    ...(await list(topology.metallb.namespace, metallbKinds)),
  ]);
}

import { gateRevision, labels, type RemovalGateIntent } from '@meshrs/contract';
import { z } from 'zod';
import type { DatedApiClient } from '../sources/kubernetes/api-client.ts';
import { ofSides } from './leaving-sides.ts';
import { listObjects } from './list-objects.ts';

/** An object of a side that no commit names any more. */
export interface Leftover {
  readonly side: string;
  /** "StatefulSet routeserver-b2" */
  readonly what: string;
}

/** The kinds of which a side has objects, by where they are; all are generated with the labels of `ofSides`. */
const kinds = {
  routeServers: [
    ['StatefulSet', '/apis/apps/v1', 'statefulsets'],
    ['Service', '/api/v1', 'services'],
    ['ConfigMap', '/api/v1', 'configmaps'],
    ['NetworkPolicy', '/apis/networking.k8s.io/v1', 'networkpolicies'],
  ],
  metallb: [
    ['BGPAdvertisement', '/apis/metallb.io/v1beta1', 'bgpadvertisements'],
    ['L2Advertisement', '/apis/metallb.io/v1beta1', 'l2advertisements'],
    ['IPAddressPool', '/apis/metallb.io/v1beta1', 'ipaddresspools'],
    ['BGPPeer', '/apis/metallb.io/v1beta2', 'bgppeers'],
    ['BFDProfile', '/apis/metallb.io/v1beta1', 'bfdprofiles'],
  ],
} as const;

const schema = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()).optional(),
    deletionTimestamp: z.string().optional(),
  }),
});

/**
 * What Argo CD is to delete of the sides, in the order of the sides: what says another revision than the sync has just given
 * to all objects of the side. One that is being deleted already needs no turn.
 * @throws AgentFailure
 */
export async function findLeftovers(
  client: Pick<DatedApiClient, 'getDated'>,
  namespace: string,
  { sides, revisions, metallbNamespace }: Pick<RemovalGateIntent, 'sides' | 'revisions' | 'metallbNamespace'>,
  signal: AbortSignal,
): Promise<readonly Leftover[]> {
  const places = [
    ...kinds.routeServers.map((kind) => [kind, namespace] as const),
    ...(metallbNamespace === undefined ? [] : kinds.metallb.map((kind) => [kind, metallbNamespace] as const)),
  ];
  const order = sides.map(({ name }) => name);
  const found: Leftover[] = [];
  for (const [[kind, group, plural], place] of places) {
    const path = `${group}/namespaces/${encodeURIComponent(place)}/${plural}`;
    for (const { metadata } of await listObjects(client, path, { labelSelector: ofSides, schema, signal })) {
      const side = metadata.labels[labels.side] ?? '';
      if (side === '' || metadata.deletionTimestamp !== undefined) continue;
      const revision = metadata.annotations?.[gateRevision];
      // Without a revision for the side, one that has any is of a commit before.
      if (order.includes(side) && revision === revisions[side]) continue;
      found.push({ side, what: `${kind} ${metadata.name}` });
    }
  }
  const rank = (side: string): number => (order.includes(side) ? order.indexOf(side) : order.length);
  return found.sort((one, other) => rank(one.side) - rank(other.side) || compare(one.side, other.side));
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

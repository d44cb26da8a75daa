import { setTimeout as sleep } from 'node:timers/promises';
import { clusterFacts, lintCluster, type ClusterFacts, type KubernetesObject } from '@meshrs/manifests';
import type { Topology } from '@meshrs/topology';
import { pathOf } from '../interlock/guarded-cluster.ts';
import type { MetallbRow } from './metallb-rows.ts';
import type { RealServers } from './real-servers.ts';

/** The rules that stand for what MetalLB and frr-k8s refuse. */
const rules = [
  ...['metallb-takes', 'peers-on-node', 'ebgp-multihop', 'addresses-unique', 'community-values', 'frr-merges'],
];

/** What `check` says of a row beside what is committed: the rules that find something. */
export function saidOfRow({ objects }: MetallbRow, committed: readonly unknown[], facts: ClusterFacts): string[] {
  const { findings } = lintCluster([...committed, ...objects], facts);
  return [...new Set(findings.map(({ rule }) => rule))].filter((rule) => rules.includes(rule));
}

export function factsOfTopology(topology: Topology): ClusterFacts {
  return clusterFacts({ cluster: 'dci', topology, hasCustom: false });
}

/** Whether MetalLB refuses the last object of a row; the ones before it must pass. All are gone afterwards. */
export async function isRefusedByMetallb({ objects }: MetallbRow, servers: RealServers): Promise<string | undefined> {
  const applied: KubernetesObject[] = [];
  try {
    for (const object of objects) {
      const { status, message } = await servers.apply(object);
      const isLast = applied.length === objects.length - 1;
      if (status >= 400 && !isLast) throw new Error(`${object.kind} ${object.metadata.name}: ${message}`);
      if (status >= 400) return message;
      applied.push(object);
      if (object.kind === 'Service' && !(await hasAddress(object, servers, !isLast))) return 'no address';
    }
    return undefined;
  } finally {
    for (const object of applied.reverse()) await servers.remove(object);
  }
}

async function hasAddress(service: KubernetesObject, servers: RealServers, mustHave: boolean): Promise<boolean> {
  // The controller is quick; who has no address after a second has asked for what it may not have.
  for (let tries = 0; tries < (mustHave ? 100 : 20); tries += 1) {
    const { body } = await servers.get(pathOf(service));
    const { status } = body as {
      readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } };
    };
    if ((status?.loadBalancer?.ingress ?? []).length > 0) return true;
    await sleep(50);
  }
  if (mustHave) throw new Error(`Service ${service.metadata.name} gets no address.`);
  return false;
}

import type { IpAddress } from '@meshrs/network';
import type { MeshSource } from '@meshrs/contract';
import { createDnsSource } from './dns/dns-source.ts';
import type { ApiClient } from './kubernetes/api-client.ts';
import { createKubernetesSource } from './kubernetes/kubernetes-source.ts';
import type { PeerSource } from './source.ts';
import { createStaticSource } from './static-source.ts';

/** What sources need of the world around the agent. */
export interface SourceSurroundings {
  readonly podName: string;
  /** Where a Service lies whose namespace the settings leave out. */
  readonly namespace: string;
  readonly own: () => readonly IpAddress[];
  readonly resolvConf: string;
  readonly updateSeconds: number;
  readonly apiClient: () => ApiClient;
  readonly random: () => number;
}

/** Lists are read anew after five minutes, give or take one, so that many route servers do not do it together. */
const resyncMs = 300_000;

export function createSource(source: MeshSource, surroundings: SourceSurroundings): PeerSource {
  const { podName, namespace, own, resolvConf, updateSeconds, apiClient, random } = surroundings;
  switch (source.sourcetype) {
    case 'static':
      return createStaticSource(source.addresses);
    case 'dns':
      return createDnsSource({ hostname: source.hostname, resolvConf, updateSeconds });
    case 'kubernetes':
      return createKubernetesSource({
        client: apiClient(),
        namespace: source.namespace ?? namespace,
        service: source.service,
        ownPod: podName,
        own,
        resyncMs: resyncMs * (0.8 + 0.4 * random()),
        random,
      });
  }
}

import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Topology } from '../schema/index.ts';
import { listWords } from './check.ts';

/** The port of the Service "kubernetes", which nobody can change (kube-apiserver, `APIServerServicePort`). */
const servicePort = 443;

/** Pods dial the Service; networks that look at a packet before kube-proxy see its port. */
export function checkApiServerPorts({ placement: { clusters } }: Topology): Finding<CheckCode>[] {
  return Object.entries(clusters).flatMap(([cluster, { apiServerPorts }]): Finding<CheckCode>[] => {
    if (apiServerPorts.includes(servicePort)) return [];
    return [
      {
        code: 'api-server-port-missing',
        path: ['placement', 'clusters', cluster, 'apiServerPorts'],
        message: `Agents and gates dial the Service of the Kubernetes API at ${String(servicePort)}, and this list, which stands instead of the default, would shut them off from it.`,
        seen: listWords(apiServerPorts.map(String)),
        allowed: `${String(servicePort)}, and the port at which the API servers themselves listen`,
        hint: `write [${[servicePort, ...apiServerPorts].join(', ')}]`,
      },
    ];
  });
}

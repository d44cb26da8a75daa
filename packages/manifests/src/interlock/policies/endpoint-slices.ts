import { sortedTexts } from '../../sorted.ts';
import { celList, celText } from '../cel.ts';
import { controllersPolicy } from '../controllers-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import type { PolicyIntent } from '../policy.ts';
import { controllers, isKubelet, username } from '../requests.ts';

const label = (object: string, key: string): string => `${object}.metadata.?labels[?${celText(key)}].orValue('')`;
const keptLabels = ['kubernetes.io/service-name', 'endpointslice.kubernetes.io/managed-by'] as const;

/**
 * Where the traffic of a Service goes: kube-proxy, MetalLB's speakers, the cluster's DNS and agents read nothing else of it. The
 * controller that writes them must never be held back: a pod that is gone has to leave them. So every account of kube-system
 * passes, whatever its name.
 */
export function endpointSlicePolicy(fleet: GuardedFleet, services: readonly string[]): PolicyIntent {
  const own = celList(sortedTexts(services));
  return controllersPolicy(fleet, {
    id: 'endpoint-slices',
    ...{ apiGroup: 'discovery.k8s.io', resource: 'endpointslices', what: 'EndpointSlice' },
    conditions: {
      'not-of-the-cluster':
        `!(${username}.startsWith('system:serviceaccount:kube-system:')) && ` +
        `${username} != ${celText(controllers.shared)} && !(${isKubelet})`,
    },
    isOurs: (object) => `${label(object, keptLabels[0])} in ${own}`,
    free: [
      same('endpoints'),
      same('ports'),
      ...keptLabels.map((key) => `${label('object', key)} == ${label('oldObject', key)}`),
      same('metadata', 'ownerReferences'),
    ],
    why: "it says where the clients and the mesh of the fleet are sent to. The cluster's own controller alone writes it, by the pods that are there: change those.",
  });
}

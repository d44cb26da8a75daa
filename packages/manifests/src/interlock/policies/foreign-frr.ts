import { sortedTexts } from '../../sorted.ts';
import type { IpAddress } from '@meshrs/network';
import { actingPolicy } from '../acting-policy.ts';
import { addressPattern, isAddress } from '../address-spellings.ts';
import { celList } from '../cel.ts';
import { written } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import type { PolicyIntent } from '../policy.ts';
import { isSpeaker } from './side-objects.ts';

/**
 * FRRConfigurations beside those that the speakers write: frr-k8s makes one configuration of all that select a node. One that
 * names a router of the sides changes the session with it, and raw lines change anything; some need them to let their nodes
 * take routes. So they come, change and go while all sides are open. Others are free.
 */
export function foreignFrrPolicy(fleet: GuardedFleet, routers: readonly IpAddress[]): PolicyIntent {
  const { metallbNamespace, nodes, speakers } = fleet;
  const own = celList(sortedTexts(Object.keys(nodes).map((node) => `metallb-${node}`)));
  return actingPolicy(fleet, {
    id: 'foreign-frr-configurations',
    namespace: metallbNamespace,
    rules: [
      {
        apiGroups: ['frrk8s.metallb.io'],
        apiVersions: ['*'],
        resources: ['frrconfigurations'],
        operations: [...written, 'DELETE'],
      },
    ],
    conditions: {
      'no-speaker': `!(${isSpeaker(speakers)})`,
      // Those of the nodes have a policy of their own, once they are there.
      'not-of-a-node': `oldObject == null || !(oldObject.metadata.name in ${own})`,
    },
    acts: (object) =>
      `(${object} != null && (${object}.?spec.?raw.?rawConfig.orValue('') != '' || ` +
      `${object}.?spec.?bgp.?routers.orValue([]).exists(r, ` +
      `r.?neighbors.orValue([]).exists(n, ${isAddress("n.?address.orValue('')", addressPattern(routers))}))))`,
    what: "'FRRConfiguration'",
    why: 'names a router of the sides or has lines of plain FRR configuration',
    fields: ['spec'],
  });
}

import { sortedTexts } from '../../sorted.ts';
import type { Asn, IpAddress } from '@meshrs/network';
import { actingPolicy } from '../acting-policy.ts';
import { addressPattern, isAddress } from '../address-spellings.ts';
import { celAll, celAny, celList, celText } from '../cel.ts';
import { written } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import type { PolicyIntent } from '../policy.ts';
import { isSpeaker } from './side-objects.ts';

/** What MetalLB's speakers ask of FRR on the nodes of the sides. */
export interface OwnFrr {
  readonly routers: readonly IpAddress[];
  /** AS numbers of its router in the default VRF. */
  readonly asns: readonly Asn[];
  readonly bfdProfiles: readonly string[];
}

/**
 * FRRConfigurations beside those that the speakers write: frr-k8s makes one configuration of all that select a node (its
 * internal/controller/merge.go). Free is a router in a VRF of its own, and in the default VRF one of MetalLB's AS that brings other
 * neighbors and prefixes: its router ID would be that of MetalLB's router, which has none, and FRR ends all sessions for a new
 * one (bgpd, `bgp_router_id_set`); with another AS, or another profile of the same name, nothing of the node is changed any more, not even by
 * a speaker. Raw lines change anything; some need them to let their nodes take routes. So these come, change and go while all
 * sides are open.
 */
export function foreignFrrPolicy(fleet: GuardedFleet, own: OwnFrr): PolicyIntent {
  const { metallbNamespace, nodes, speakers } = fleet;
  const ofNodes = celList(sortedTexts(Object.keys(nodes).map((node) => `metallb-${node}`)));
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
      'not-of-a-node': `oldObject == null || !(oldObject.metadata.name in ${ofNodes})`,
    },
    acts: (object) => celAll([`${object} != null`, mayReachSides(object, fleet), celAny(actsBy(object, own))]),
    what: "'FRRConfiguration'",
    why: 'changes the router that MetalLB has in FRR on nodes of the sides, or has lines of plain FRR configuration',
    fields: ['spec'],
  });
}

/** Conditions of an object in CEL. */
function actsBy(object: string, { routers, asns, bfdProfiles }: OwnFrr): string[] {
  const isOwnRouter = isAddress("n.?address.orValue('')", addressPattern(routers));
  const changesRouter = celAll([
    "r.?vrf.orValue('') == ''",
    celAny([
      "r.?id.orValue('') != ''",
      'r.?imports.orValue([]).size() > 0',
      `!(r.asn in [${asns.map(String).join(', ')}])`,
    ]),
  ]);
  return [
    `${object}.?spec.?raw.?rawConfig.orValue('') != ''`,
    `${object}.?spec.?bgp.?routers.orValue([]).exists(r, ${celAny([
      changesRouter,
      `r.?neighbors.orValue([]).exists(n, ${isOwnRouter})`,
    ])})`,
    `${object}.?spec.?bgp.?bfdProfiles.orValue([]).exists(p, p.?name.orValue('') in ${celList(bfdProfiles)})`,
  ];
}

/** Whoever names the label of another side in so many words has none of ours. */
function mayReachSides(object: string, { nodeLabel, sides }: GuardedFleet): string {
  const named = `${object}.?spec.?nodeSelector.?matchLabels[?${celText(nodeLabel)}]`;
  return `!${named}.hasValue() || ${named}.orValue('') in ${celList(sides)}`;
}

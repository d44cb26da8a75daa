import type { IpAddress } from '@meshrs/network';
import { addressPattern, isAddress } from '../address-spellings.ts';
import { celAll, celAny, celList, celMap, celText } from '../cel.ts';
import { creationPolicy, written } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import { freeLabels, same } from '../free-changes.ts';
import type { PolicyIntent } from '../policy.ts';

/** What other objects of MetalLB's would do with the sides' addresses and routers. */
export function foreignMetallbPolicy(
  fleet: GuardedFleet,
  own: {
    readonly peers: readonly string[];
    readonly advertisements: readonly string[];
    readonly pools: readonly string[];
    /** The labels of the pools; which of them are there, no program but the generator says. */
    readonly poolLabels: readonly Readonly<Record<string, string>>[];
  },
  addresses: { readonly routers: readonly IpAddress[]; readonly vips: readonly IpAddress[] },
): PolicyIntent {
  const is = (resource: string): string => `request.resource.resource == ${celText(resource)}`;
  const isOther = (names: readonly string[]): string => `!(object.metadata.name in ${celList(names)})`;
  const isVip = isAddress("a.split('/')[0].split('-')[0]", 'variables.vips');
  return creationPolicy(fleet, {
    id: 'foreign-announcements',
    namespace: fleet.metallbNamespace,
    rules: [
      {
        apiGroups: ['metallb.io'],
        apiVersions: ['*'],
        resources: ['bgppeers', 'bgpadvertisements', 'l2advertisements', 'ipaddresspools'],
        operations: written,
      },
    ],
    conditions: {},
    variables: [
      { name: 'vips', expression: addressPattern(addresses.vips) },
      { name: 'routers', expression: addressPattern(addresses.routers) },
      { name: 'pools', expression: celList(own.pools) },
      { name: 'poolLabels', expression: `[${own.poolLabels.map(celMap).join(', ')}]` },
      { name: 'announced', expression: 'object.?spec.?ipAddressPools.orValue([])' },
      { name: 'selectors', expression: 'object.?spec.?ipAddressPoolSelectors.orValue([])' },
    ],
    isRefused: celAny([
      celAll([
        is('bgppeers'),
        isOther(own.peers),
        isAddress("object.spec.?peerAddress.orValue('')", 'variables.routers'),
      ]),
      celAll([
        `${is('bgpadvertisements')} || ${is('l2advertisements')}`,
        isOther(own.advertisements),
        celAny([
          'variables.announced.exists(p, p in variables.pools)',
          'size(variables.announced) == 0 && size(variables.selectors) == 0',
          `variables.selectors.exists(s, variables.poolLabels.exists(l, ${mayMatch}))`,
        ]),
      ]),
      celAll([is('ipaddresspools'), isOther(own.pools), `object.spec.?addresses.orValue([]).exists(a, ${isVip})`]),
    ]),
    wasThere: same('spec'),
    why: 'would have an address of the sides, announce their pools, or peer with their routers beside what is generated. Name other pools, addresses or routers.',
  });
}

/**
 * CEL: whether the selector `s` may match a pool that has the labels `l`. Those that anybody may give a pool at any time
 * (`freeLabels`) may have any value.
 */
const mayMatch = ((): string => {
  const isFree = (key: string): string => `${key} in ${celList(freeLabels)}`;
  const has = 'e.key in l';
  const isAmong = `(${has} && l[e.key] in e.?values.orValue([]))`;
  const matches = `(e.operator == 'In' ? ${isAmong} : (e.operator == 'NotIn' ? !${isAmong} : (e.operator == 'Exists' ? ${has} : !(${has}))))`;
  return celAll([
    `s.?matchLabels.orValue({}).all(k, ${isFree('k')} || (k in l && l[k] == s.matchLabels[k]))`,
    `s.?matchExpressions.orValue([]).all(e, ${isFree('e.key')} || ${matches})`,
  ]);
})();

import { labels } from '@meshrs/contract';
import { familyOf } from '@meshrs/network';
import { addressPattern, isAddress } from '../address-spellings.ts';
import { celAll, celAny, celList, celText } from '../cel.ts';
import { core, creationPolicy } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import type { PolicyIntent } from '../policy.ts';
import type { TakenAddresses } from '../taken.ts';

/**
 * A Service that announces the address of a side, or takes its clients: kube-proxy of every node sends what goes to an address that a
 * Service has, or says to have, to its pods, the speakers' sessions with the routers too, and those that routers dial to nodes.
 */
export function foreignServicePolicy(
  fleet: GuardedFleet,
  own: readonly string[],
  { vips, routers, management, nodes }: TakenAddresses,
  pools: readonly string[],
): PolicyIntent {
  const isOurs = (text: string): string =>
    `${isAddress(text, 'variables.addresses')} || ${text}.trim() in variables.nodes`;
  // A pattern of all spellings would grow with the nodes, and each match of it with that.
  const ofNodes = nodes.flatMap((node) => (familyOf(node) === 'ipv4' ? [node, `::ffff:${node}`] : [node]));
  const ingress = (object: string): string => `${object}.?status.?loadBalancer.?ingress`;
  const [asking, pool] = ['loadBalancerIPs', 'address-pool'].map((key) => [
    `metallb.io/${key}`,
    `metallb.universe.tf/${key}`,
  ]) as [string[], string[]];
  const annotations = [...asking, ...pool];
  const annotation = (object: string, key: string): string =>
    `${object}.metadata.?annotations[?${celText(key)}].orValue('')`;
  const asked = [
    ...asking.map((key) => `${annotation('object', key)}.split(',').exists(a, ${isOurs('a')})`),
    // A pool of a side gives its address to whoever asks first, while the side's own Service has none.
    ...pool.map((key) => `${annotation('object', key)} in ${celList(pools)}`),
  ];
  const selects = `object.spec.?selector[?${celText(labels.app)}].orValue('') == ${celText(fleet.app)}`;
  const isInside = `object.metadata.namespace == ${celText(fleet.namespace)}`;
  return creationPolicy(fleet, {
    id: 'foreign-services',
    // A status is written with annotations, too.
    rules: [core('services'), { ...core('services/status'), operations: ['UPDATE'] }],
    conditions: { 'not-generated': `!(${isInside} && object.metadata.name in ${celList(own)})` },
    variables: [
      { name: 'addresses', expression: addressPattern([...vips, ...routers, ...management]) },
      { name: 'nodes', expression: celList(ofNodes) },
    ],
    isRefused: celAny([
      ...asked,
      `object.spec.?externalIPs.orValue([]).exists(a, ${isOurs('a')})`,
      isOurs("object.spec.?loadBalancerIP.orValue('')"),
      `${ingress('object')}.orValue([]).exists(i, ${isOurs("i.?ip.orValue('')")})`,
      `${isInside} && ${selects} && object.spec.?type.orValue('') == 'LoadBalancer'`,
    ]),
    wasThere: celAll([
      same('spec'),
      `${ingress('object')} == ${ingress('oldObject')}`,
      ...annotations.map((key) => `${annotation('object', key)} == ${annotation('oldObject', key)}`),
    ]),
    why: 'would have an address of a side, of its nodes or of a router, or announce its route servers at another one. Leave the address out, or choose another type than LoadBalancer.',
  });
}

/** Where two budgets select a pod, it cannot be evicted at all. */
export function foreignBudgetPolicy(fleet: GuardedFleet, own: string): PolicyIntent {
  const value = `object.spec.?selector.?matchLabels[?${celText(labels.app)}]`;
  return creationPolicy(fleet, {
    id: 'foreign-budgets',
    namespace: fleet.namespace,
    rules: [{ ...core('poddisruptionbudgets'), apiGroups: ['policy'] }],
    conditions: { 'not-generated': `object.metadata.name != ${celText(own)}` },
    isRefused: `has(object.spec.selector) && ${value}.orValue(${celText(fleet.app)}) == ${celText(fleet.app)}`,
    wasThere: same('spec'),
    why: `selects route servers, or does not say that it does not. Pods with two budgets cannot be evicted. Select by the label ${labels.app} with another value.`,
  });
}

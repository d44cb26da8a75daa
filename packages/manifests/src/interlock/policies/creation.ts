import { labels } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import { celAll, celAny, celList, celText } from '../cel.ts';
import type { GuardedFleet } from '../fleet.ts';
import { isLeftoverUpdate } from '../leftovers.ts';
import { cel, sentence } from '../messages.ts';
import type { Operation, PolicyIntent, ResourceRule, Validation } from '../policy.ts';
import { asker, controllers, isUpdate, username } from '../requests.ts';

/*
 * Objects that nobody guards, because there was none of the name, and that disturb by being there. They need no turn: they
 * are refused at any time, and what is there already may be changed in all but what makes it one of them.
 */

const written: Operation[] = ['CREATE', 'UPDATE'];

/** A pod that clients would be sent to, and that the mesh takes for a route server. */
export function foreignPodPolicy(fleet: GuardedFleet): PolicyIntent {
  const app = celText(labels.app);
  const bears = (object: string): string => `${object}.metadata.?labels[?${app}].orValue('') == ${celText(fleet.app)}`;
  return creation(fleet, {
    id: 'foreign-pods',
    namespace: fleet.namespace,
    rules: [core('pods')],
    conditions: {
      'no-stateful-set': `!(${username} in ${celList([controllers.shared, controllers.statefulSets])})`,
      selected: bears('object'),
    },
    isRefused: `!(${isUpdate} && ${bears('oldObject')})`,
    why: `bears the label ${labels.app}=${fleet.app}, by which clients and the mesh find route servers, and no StatefulSet made it. Leave the label out.`,
  });
}

/** A Service that announces the address of a side, or takes its clients. */
export function foreignServicePolicy(
  fleet: GuardedFleet,
  own: readonly string[],
  vips: readonly IpAddress[],
): PolicyIntent {
  const asked = ['metallb.io/loadBalancerIPs', 'metallb.universe.tf/loadBalancerIPs'].map(
    (key) =>
      `object.metadata.?annotations[?${celText(key)}].orValue('').split(',').exists(a, a.trim() in variables.vips)`,
  );
  const selects = `object.spec.?selector[?${celText(labels.app)}].orValue('') == ${celText(fleet.app)}`;
  const isInside = `object.metadata.namespace == ${celText(fleet.namespace)}`;
  return creation(fleet, {
    id: 'foreign-services',
    rules: [core('services')],
    conditions: { 'not-generated': `!(${isInside} && object.metadata.name in ${celList(own)})` },
    variables: [{ name: 'vips', expression: celList(vips) }],
    isRefused: celAny([
      ...asked,
      'object.spec.?externalIPs.orValue([]).exists(a, a in variables.vips)',
      "object.spec.?loadBalancerIP.orValue('') in variables.vips",
      `${isInside} && ${selects} && object.spec.?type.orValue('') == 'LoadBalancer'`,
    ]),
    why: 'would have the address of a side, or announce its route servers at another one. Leave the address out, or choose another type than LoadBalancer.',
  });
}

/** Where two budgets select a pod, it cannot be evicted at all. */
export function foreignBudgetPolicy(fleet: GuardedFleet, own: string): PolicyIntent {
  const app = `object.spec.?selector.?matchLabels[?${celText(labels.app)}]`;
  return creation(fleet, {
    id: 'foreign-budgets',
    namespace: fleet.namespace,
    rules: [{ ...core('poddisruptionbudgets'), apiGroups: ['policy'] }],
    conditions: { 'not-generated': `object.metadata.name != ${celText(own)}` },
    isRefused: `has(object.spec.selector) && ${app}.orValue(${celText(fleet.app)}) == ${celText(fleet.app)}`,
    why: `selects route servers, or does not say that it does not. Pods with two budgets cannot be evicted. Select by the label ${labels.app} with another value.`,
  });
}

/** What other objects of MetalLB's would do with the sides' addresses and routers. */
export function foreignMetallbPolicy(
  fleet: GuardedFleet,
  own: {
    readonly peers: readonly string[];
    readonly advertisements: readonly string[];
    readonly pools: readonly string[];
  },
  addresses: { readonly routers: readonly IpAddress[]; readonly vips: readonly IpAddress[] },
): PolicyIntent {
  const is = (resource: string): string => `request.resource.resource == ${celText(resource)}`;
  const isOther = (names: readonly string[]): string => `!(object.metadata.name in ${celList(names)})`;
  const isVip = `a.split('/')[0].split('-')[0].trim() in variables.vips`;
  return creation(fleet, {
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
      { name: 'vips', expression: celList(addresses.vips) },
      { name: 'pools', expression: celList(own.pools) },
      { name: 'announced', expression: 'object.?spec.?ipAddressPools.orValue([])' },
    ],
    isRefused: celAny([
      celAll([
        is('bgppeers'),
        isOther(own.peers),
        `object.spec.?peerAddress.orValue('') in ${celList(addresses.routers)}`,
      ]),
      celAll([
        `${is('bgpadvertisements')} || ${is('l2advertisements')}`,
        isOther(own.advertisements),
        celAny([
          'variables.announced.exists(p, p in variables.pools)',
          'size(variables.announced) == 0 && size(object.?spec.?ipAddressPoolSelectors.orValue([])) == 0',
        ]),
      ]),
      celAll([is('ipaddresspools'), isOther(own.pools), `object.spec.?addresses.orValue([]).exists(a, ${isVip})`]),
    ]),
    why: 'would have an address of the sides, announce their pools, or peer with their routers beside what is generated. Name other pools, addresses or routers.',
  });
}

interface Creation extends Pick<PolicyIntent, 'id' | 'rules' | 'conditions'> {
  readonly namespace?: string;
  readonly variables?: PolicyIntent['variables'];
  /** CEL, of the new object. */
  readonly isRefused: string;
  readonly why: string;
}

function creation({ turn }: GuardedFleet, { isRefused, why, variables = [], ...rest }: Creation): PolicyIntent {
  const validation: Validation = {
    expression: `!(${isRefused})`,
    message: sentence(
      cel('request.kind.kind'),
      ' ',
      cel("object.metadata.?name.orValue('')"),
      ', which ',
      cel(asker),
      ` writes, ${why}`,
    ),
    plainMessage: `This object ${why}`,
  };
  const conditions = { ...rest.conditions, 'no-leftover': `!(${isLeftoverUpdate})` };
  return { ...rest, turn, conditions, withoutTurn: 'unused', variables, validations: [validation] };
}

function core(resource: string): ResourceRule {
  return { apiGroups: [''], apiVersions: ['*'], resources: [resource], operations: written };
}

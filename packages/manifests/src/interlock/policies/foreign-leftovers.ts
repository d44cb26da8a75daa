import { labels } from '@meshrs/contract';
import { metallbResources } from '../../kubernetes/metallb-types.ts';
import { partOf } from '../../metadata.ts';
import { celAll, celText } from '../cel.ts';
import { core, creationPolicy, written } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import type { PolicyIntent, ResourceRule } from '../policy.ts';
import { mayWriteTurn } from '../requests.ts';

const [[key, value] = ['', '']] = Object.entries(partOf);
const label = (object: string, name: string): string => `${object}.metadata.?labels[?${celText(name)}]`;

/** CEL: whether an object is of a side by the labels of what is generated. */
const bears = (object: string): string =>
  `${label(object, key)}.orValue('') == ${celText(value)} && ${label(object, labels.side)}.hasValue()`;

/**
 * What bears the labels of a side under a name that no commit gives is what a commit before has left (`../leftovers.ts`): it is guarded,
 * a gate opens its side to have it deleted, and counts its pods. So nobody makes such a one, or makes one such, who may not
 * write the turn himself, as Argo CD may, which applies it.
 */
export function foreignLeftoverPolicies(fleet: GuardedFleet, hasMetallb: boolean): PolicyIntent[] {
  const { namespace, metallbNamespace } = fleet;
  const apps = ['statefulsets', 'statefulsets/status'];
  const policy = (id: string, place: string, rules: readonly ResourceRule[]): PolicyIntent =>
    creationPolicy(fleet, {
      ...{ id, namespace: place, rules },
      conditions: { 'of-a-side': bears('object') },
      isRefused: `!(${mayWriteTurn(fleet.turn)})`,
      wasThere: celAll([bears('oldObject'), `${label('object', labels.side)} == ${label('oldObject', labels.side)}`]),
      why: `bears the labels ${key}=${value} and ${labels.side}, by which it is taken for an object of that side. Only who may write the turn ${fleet.turn} makes one, as Argo CD does. Leave one of the labels out.`,
    });
  return [
    policy('foreign-leftovers', namespace, [
      core('configmaps'),
      core('services'),
      core('services/status'),
      { apiGroups: ['apps'], apiVersions: ['*'], resources: apps, operations: written },
      { apiGroups: ['networking.k8s.io'], apiVersions: ['*'], resources: ['networkpolicies'], operations: written },
    ]),
    ...(hasMetallb
      ? [
          policy('foreign-metallb-leftovers', metallbNamespace, [
            {
              apiGroups: ['metallb.io'],
              apiVersions: ['*'],
              resources: Object.keys(metallbResources),
              operations: written,
            },
          ]),
        ]
      : []),
  ];
}

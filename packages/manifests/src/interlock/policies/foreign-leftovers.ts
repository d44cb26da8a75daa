import { labels } from '@meshrs/contract';
import { metallbResources } from '../../kubernetes/metallb-types.ts';
import { partOf } from '../../metadata.ts';
import { answersForFleet, inCharge } from '../authority.ts';
import { celAll, celAny, celList, celText } from '../cel.ts';
import { core, creationPolicy, written } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import type { PolicyIntent, ResourceRule } from '../policy.ts';
import type { TakenNames } from '../taken.ts';

const [[key, value] = ['', '']] = Object.entries(partOf);
const label = (object: string, name: string): string => `${object}.metadata.?labels[?${celText(name)}]`;

/** CEL: whether an object is of a side by the labels of what is generated. */
const bears = (object: string): string =>
  `${label(object, key)}.orValue('') == ${celText(value)} && ${label(object, labels.side)}.hasValue()`;

/**
 * What bears the labels of a side under a name that no commit gives is what a commit before has left (`../leftovers.ts`): it is guarded,
 * a gate opens its side to have it deleted, and counts its pods. What bears a name that a commit gives is guarded as what it made, whoever made
 * it: clients come to the Service of that name, and the commit cannot make its own in the place of a StatefulSet that selects other
 * pods. So nobody makes such a one, or makes one such, who does not answer for the fleet, as Argo CD does, which applies it.
 */
export function foreignLeftoverPolicies(fleet: GuardedFleet, taken: TakenNames, hasMetallb: boolean): PolicyIntent[] {
  const { namespace, metallbNamespace } = fleet;
  const apps = ['statefulsets', 'statefulsets/status'];
  const policy = (id: string, place: string, names: readonly string[], rules: readonly ResourceRule[]): PolicyIntent =>
    creationPolicy(fleet, {
      ...{ id, namespace: place, rules },
      conditions: { 'of-a-side': celAny([bears('object'), isTaken(names)]) },
      isRefused: `!(${answersForFleet(fleet)})`,
      wasThere: celAll([bears('oldObject'), `${label('object', labels.side)} == ${label('oldObject', labels.side)}`]),
      why: `bears the labels ${key}=${value} and ${labels.side}, or a name of a generated object, by which it is taken for one of the fleet. ${inCharge(fleet)}, make those. Leave one of the labels out, or choose another name.`,
    });
  return [
    policy('foreign-leftovers', namespace, taken.routeServers, [
      core('configmaps'),
      core('services'),
      core('services/status'),
      { apiGroups: ['apps'], apiVersions: ['*'], resources: apps, operations: written },
      { apiGroups: ['networking.k8s.io'], apiVersions: ['*'], resources: ['networkpolicies'], operations: written },
      // By their names alone.
      core('serviceaccounts'),
      { ...core('poddisruptionbudgets'), apiGroups: ['policy'] },
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        apiVersions: ['*'],
        resources: ['roles', 'rolebindings'],
        operations: written,
      },
    ]),
    ...(hasMetallb
      ? [
          policy('foreign-metallb-leftovers', metallbNamespace, taken.metallb, [
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

/** CEL: whether an object is made under one of the names. What is there already is guarded by it. */
function isTaken(names: readonly string[]): string {
  const own = "request.resource.resource + '/' + object.metadata.?name.orValue('')";
  return `request.operation == 'CREATE' && !has(request.subResource) && ${own} in ${celList(names)}`;
}

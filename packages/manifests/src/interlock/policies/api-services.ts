import { celAny, celText } from '../cel.ts';
import { controllersPolicy } from '../controllers-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import type { PolicyIntent } from '../policy.ts';
import { apiserver, username } from '../requests.ts';

const managed = "metadata.?labels[?'kube-aggregator.kubernetes.io/automanaged']";

/**
 * Who serves a group of kinds. The API server writes one for each version of its definitions, and serves it itself; by another one, or one of
 * somebody's, MetalLB's programs and the gates would read what somebody else's server says.
 */
export function apiServicePolicy(fleet: GuardedFleet): PolicyIntent {
  return controllersPolicy(fleet, {
    id: 'api-services',
    isOfCluster: true,
    ...{ apiGroup: 'apiregistration.k8s.io', resource: 'apiservices', what: 'APIService' },
    conditions: { 'not-the-api-server': `${username} != ${celText(apiserver)}` },
    isOurs: (object) =>
      celAny(
        ['.metallb.io', '.meshrs.dev'].map(
          (group) => `${object}.metadata.?name.orValue('').endsWith(${celText(group)})`,
        ),
      ),
    free: [same('spec'), `object.${managed} == oldObject.${managed}`, same('metadata', 'ownerReferences')],
    why: 'by it the API server knows who serves the kinds of the turn and of MetalLB. It alone writes it, by their definitions: change those by a commit.',
  });
}

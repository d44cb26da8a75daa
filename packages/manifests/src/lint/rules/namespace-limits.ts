import { kindName } from '../../built/object-id.ts';
import type { Rule } from '../rule.ts';

/** By what they say the API server refuses pods, or gives their containers limits of its own (Kubernetes API). */
const kinds = ['ResourceQuota', 'LimitRange'];

export const namespaceLimits: Rule = {
  id: 'namespace-limits',
  title: 'A ResourceQuota or LimitRange limits the pods of route servers or of MetalLB',
  why: 'Nobody counts whether all pods, the gates among them, still fit: one that ends does not come back, and a default limit holds up or ends the engine.',
  isWaivable: false,
  check: ({ objects }, { namespace, metallbNamespace }) =>
    objects
      .filter(({ view }) => kinds.includes(kindName(view)))
      .filter(({ view: { metadata } }) => [namespace, metallbNamespace].includes(metadata.namespace ?? ''))
      .map(({ id, view: { kind, metadata } }) => ({
        object: id,
        message: `The ${kind} limits the pods of the namespace ${metadata.namespace ?? ''}, where ${metadata.namespace === namespace ? 'route servers and gates' : "MetalLB's speakers"} run.`,
        seen: id,
        allowed: `none in ${namespace} and ${metallbNamespace}`,
        hint: 'remove it; what route servers may use stands in the topology',
      })),
};

import { turnName } from '@meshrs/contract';
import { forArgoCd } from '../argo-cd/for-argo-cd.ts';
import type { KubernetesObject } from '../kubernetes/core-types.ts';
import { turnRoles } from '../objects/turn-access.ts';
import type { ClusterScope } from '../scope.ts';
import type { GuardedObjects } from './guarded-objects.ts';
import { interlockPolicies } from './interlock-policies.ts';
import { policyWithBinding } from './policy.ts';
import { turnDefinition } from './turn-definition.ts';
import { turnObject } from './turn-object.ts';

/** First the kind, then the turn of it, then the policies that read it, and last what makes them count. */
const waves = { definition: 0, turn: 1, policies: 2, bindings: 3 } as const;

/** The name of a file, and its object. */
export interface InterlockEntry {
  readonly name: string;
  readonly object: KubernetesObject;
}

/** Everything by which the API server of a cluster keeps one side at a time. */
export function interlockEntries(scope: ClusterScope, guarded: GuardedObjects): InterlockEntry[] {
  const policies = interlockPolicies(scope, guarded).map((intent) => ({
    id: intent.id,
    objects: policyWithBinding(intent),
  }));
  return [
    { name: 'turn-definition.yaml', object: forArgoCd(turnDefinition(), waves.definition) },
    { name: 'turn.yaml', object: forArgoCd(turnObject(turnName(scope.topology.routeServers)), waves.turn) },
    ...turnRoles(scope).map((object) => ({
      name: `${object.kind === 'ClusterRole' ? 'role' : 'role-binding'}-${object.metadata.name}.yaml`,
      object: forArgoCd(object, waves.turn),
    })),
    ...policies.map(({ id, objects: [policy] }) => ({
      name: `policy-${id}.yaml`,
      object: forArgoCd(policy, waves.policies),
    })),
    ...policies.map(({ id, objects: [, binding] }) => ({
      name: `binding-${id}.yaml`,
      object: forArgoCd(binding, waves.bindings),
    })),
  ];
}

import { turnName } from '@meshrs/contract';
import { forArgoCd } from '../argo-cd/for-argo-cd.ts';
import type { FolderEntry } from '../layout/manifest-file.ts';
import type { ClusterScope } from '../scope.ts';
import { interlockPolicies } from './interlock-policies.ts';
import { policyWithBinding } from './policy.ts';
import { turnDefinition } from './turn-definition.ts';
import { turnObject } from './turn-object.ts';

/** First the kind, then the turn of it, then the policies that read it, and last what makes them count. */
const waves = { definition: 0, turn: 1, policies: 2, bindings: 3 } as const;

/** Everything by which the API server of a cluster keeps one side at a time. */
export function interlockObjects(scope: ClusterScope): FolderEntry[] {
  const policies = interlockPolicies(scope).map((intent) => ({ id: intent.id, objects: policyWithBinding(intent) }));
  return [
    { name: 'turn-definition.yaml', object: forArgoCd(turnDefinition(), waves.definition) },
    { name: 'turn.yaml', object: forArgoCd(turnObject(turnName(scope.topology.routeServers)), waves.turn) },
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

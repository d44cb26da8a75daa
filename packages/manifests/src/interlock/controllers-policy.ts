import { celAll } from './cel.ts';
import type { GuardedFleet } from './fleet.ts';
import { sentence, cel } from './messages.ts';
import type { PolicyIntent, ResourceRule } from './policy.ts';
import { asker, isUpdate, namespaceTerminates } from './requests.ts';

/** A kind that controllers of the cluster alone write. */
export interface ControllersKind extends Pick<PolicyIntent, 'id' | 'conditions'> {
  /** Left out: it is of the route servers' namespace. */
  readonly isOfCluster?: boolean;
  readonly apiGroup: string;
  readonly resource: string;
  readonly what: string;
  /** CEL of an object: whether it is the fleet's. */
  readonly isOurs: (object: string) => string;
  /** Conditions in CEL under which an update is free. */
  readonly free: readonly string[];
  /** Behind the colon. */
  readonly why: string;
}

/**
 * Nobody else writes them by hand or by a commit, so that they need no turn: they are refused at any time. A policy that looks at
 * the turn is asked before it knows who asks, and may refuse everybody while the turn is gone, or an API server has just
 * started: what follows the pods must not stand still then.
 */
export function controllersPolicy(fleet: GuardedFleet, kind: ControllersKind): PolicyIntent {
  const { id, conditions, isOfCluster = false, apiGroup, resource, what, isOurs, free, why } = kind;
  const { turn, namespace } = fleet;
  const rule: ResourceRule = {
    ...{ apiGroups: [apiGroup], apiVersions: ['*'], resources: [resource] },
    operations: ['CREATE', 'UPDATE', 'DELETE'],
  };
  const name = "(oldObject != null ? oldObject : object).metadata.?name.orValue('')";
  const verb = `(oldObject == null ? 'made' : (${isUpdate} ? 'changed' : 'deleted'))`;
  return {
    ...{ id, turn, rules: [rule], withoutTurn: 'unused', variables: [] },
    ...(!isOfCluster && { namespace }),
    conditions: {
      ...conditions,
      ours: `(object != null && (${isOurs('object')})) || (oldObject != null && (${isOurs('oldObject')}))`,
    },
    validations: [
      {
        expression: `(${celAll([isUpdate, ...free])}) || (${namespaceTerminates})`,
        message: sentence(`${what} `, cel(name), ' cannot be ', cel(verb), ' by ', cel(asker), `: ${why}`),
        plainMessage: why.charAt(0).toUpperCase() + why.slice(1),
      },
    ],
  };
}

import type { GuardedFleet } from './fleet.ts';
import { cel, sentence } from './messages.ts';
import type { Operation, PolicyIntent, ResourceRule, Validation } from './policy.ts';
import { asker, isUpdate } from './requests.ts';

/*
 * Objects that nobody guards, because there was none of the name, and that disturb by being there. They need no turn: they
 * are refused at any time, and what is there already may be changed in all but what makes it one of them.
 */

export const written: Operation[] = ['CREATE', 'UPDATE'];

export interface Creation extends Pick<PolicyIntent, 'id' | 'rules' | 'conditions'> {
  readonly namespace?: string;
  readonly variables?: PolicyIntent['variables'];
  /** CEL, of the new object. */
  readonly isRefused: string;
  /**
   * CEL, of an update: what would be refused was there before, and stays as it was. So a commit before has left it, or somebody
   * before there were policies, and controllers take it away. Left out: there are no updates.
   */
  readonly wasThere?: string;
  /** CEL; left out: of the new object. */
  readonly name?: string;
  readonly why: string;
}

export function creationPolicy(
  { turn }: GuardedFleet,
  { isRefused, wasThere, why, variables = [], ...rest }: Creation,
): PolicyIntent {
  const { name = "object.metadata.?name.orValue('')", ...intent } = rest;
  const isThere = wasThere === undefined ? '' : ` || (${isUpdate} && (${wasThere}))`;
  const validation: Validation = {
    expression: `!(${isRefused})${isThere}`,
    message: sentence(cel('request.kind.kind'), ' ', cel(name), ', which ', cel(asker), ` writes, ${why}`),
    plainMessage: `This object ${why}`,
  };
  return { ...intent, turn, withoutTurn: 'unused', variables, validations: [validation] };
}

export function core(resource: string): ResourceRule {
  return { apiGroups: [''], apiVersions: ['*'], resources: [resource], operations: written };
}

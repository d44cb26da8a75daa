import { celAll, celList, celText } from './cel.ts';
import type { GuardedFleet } from './fleet.ts';
import { same } from './free-changes.ts';
import { cel, changeByCommit, changeShared, notOpen, refused, sentence } from './messages.ts';
import type { PolicyIntent, ResourceRule } from './policy.ts';
import { refusal } from './refusal.ts';
import { isAllOpen, isNoController, isUpdate, namespaceTerminates, oldName, turnVariables } from './requests.ts';
import { timely } from './side-policy.ts';

/** A kind whose objects all sides share. */
export interface SharedKind {
  readonly id: string;
  /** CEL: what the kind is called in a message. */
  readonly what: string;
  readonly rules: readonly ResourceRule[];
  readonly namespace?: string;
  /** The names of the guarded objects; left out: `conditions` say which. */
  readonly names?: readonly string[];
  readonly conditions?: Readonly<Record<string, string>>;
  /** Conditions in CEL under which an update disturbs no side, whatever else it changes. */
  readonly free: readonly string[];
  /** Some of it is free to a commit (`authority.ts`). Left out: nothing is. */
  readonly byCommit?: boolean;
  readonly withoutTurn?: PolicyIntent['withoutTurn'];
}

/** No commit deletes what all sides share. */
const hint = `(${isUpdate} ? ${celText(changeByCommit)} : ${celText(changeShared)})`;

const sameOwners = same('metadata', 'ownerReferences');

/** What the sides share is no side's to change: what would disturb all of them passes only while all of them are open. */
export function sharedPolicy({ turn }: GuardedFleet, kind: SharedKind): PolicyIntent {
  const { id, rules, namespace, names, free, what, byCommit = false, withoutTurn = 'Deny' } = kind;
  return {
    ...{ id, turn, rules, withoutTurn },
    ...(namespace !== undefined && { namespace }),
    conditions: {
      'no-controller': isNoController,
      ...(names !== undefined && { guarded: `${oldName} in ${celList(names)}` }),
      ...kind.conditions,
    },
    variables: [
      ...turnVariables,
      { name: 'refused', expression: refusal(what) },
      // Of what has an owner that is not there the garbage collector makes a deletion, which nobody asks.
      { name: 'free', expression: `(${isUpdate} && ${celAll([...free, sameOwners])}) || (${namespaceTerminates})` },
    ],
    validations: [
      {
        expression: `variables.free || ${isAllOpen}`,
        message: sentence(refused, notOpen, byCommit ? cel(hint) : changeShared),
        plainMessage: 'All sides share this object, and not all of them are open.',
      },
      ...timely,
    ],
  };
}

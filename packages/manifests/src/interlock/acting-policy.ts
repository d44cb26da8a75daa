import { celAll } from './cel.ts';
import type { GuardedFleet } from './fleet.ts';
import { same } from './free-changes.ts';
import { changeShared, notOpen, refused, sentence } from './messages.ts';
import type { PolicyIntent } from './policy.ts';
import { asker, isAllOpen, isNoController, isUpdate, namespaceTerminates, turnVariables } from './requests.ts';

/** Objects that are of no side, need not be there, and act on all sides by what stands in them. */
export interface Acting extends Pick<PolicyIntent, 'id' | 'namespace' | 'rules' | 'conditions'> {
  /** CEL of an object that may be null: whether it is one of them. */
  readonly acts: (object: string) => string;
  /** CEL: what it is called, before its name. */
  readonly what: string;
  /** Behind its name: why it is not free. */
  readonly why: string;
  /** Fields by which it acts; an update of all else is free. */
  readonly fields: readonly string[];
}

/** They come, change and go while all sides are open. */
export function actingPolicy({ turn }: GuardedFleet, acting: Acting): PolicyIntent {
  const { id, namespace, rules, conditions, acts, what, why, fields } = acting;
  const name = "(oldObject != null ? oldObject : object).metadata.?name.orValue('')";
  const verb = `(oldObject == null ? 'made' : (${isUpdate} ? 'changed' : 'deleted'))`;
  return {
    ...{ id, turn, rules, withoutTurn: 'Deny' },
    ...(namespace !== undefined && { namespace }),
    conditions: {
      'no-controller': isNoController,
      ...conditions,
      acts: `${acts('object')} || ${acts('oldObject')}`,
    },
    variables: [
      ...turnVariables,
      {
        name: 'refused',
        expression: `${what} + ' ' + ${name} + ', which ${why}, cannot be ' + ${verb} + ' by ' + ${asker} + ': '`,
      },
      {
        name: 'free',
        expression: `(${celAll([isUpdate, ...fields.map((field) => same(field))])}) || (${namespaceTerminates})`,
      },
    ],
    validations: [
      {
        expression: `variables.free || ${isAllOpen}`,
        message: sentence(refused, notOpen, changeShared),
        plainMessage: `This object ${why}, and not all sides are open.`,
      },
    ],
  };
}

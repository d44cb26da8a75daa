import { gateRevision } from '@meshrs/contract';
import { celAll, celText } from './cel.ts';
import type { GuardedFleet } from './fleet.ts';
import { byHand, cel, changeSide, notOpen, opening, refused, sentence } from './messages.ts';
import type { PolicyIntent, ResourceRule, Validation } from './policy.ts';
import { refusal } from './refusal.ts';
import {
  isAllOpen,
  isNoController,
  isOverdue,
  isServiceAccount,
  isUpdate,
  namespaceTerminates,
  tellsNoTime,
  turnVariables,
} from './requests.ts';

/** A kind whose objects belong to a side each. */
export interface SideKind {
  readonly id: string;
  /** CEL: what the kind is called in a message. */
  readonly what: string;
  readonly rules: readonly ResourceRule[];
  readonly namespace?: string;
  readonly label?: NonNullable<PolicyIntent['label']>;
  /** By name, conditions in CEL without which the policy does not look at a request. */
  readonly conditions?: Readonly<Record<string, string>>;
  /** CEL: the side of the old object; '' is none. */
  readonly side: string;
  /** Conditions in CEL under which an update is free. */
  readonly free: readonly string[];
  readonly bears: {
    /** managedFields, by which the time of an update is known; what lacks them is refused by closing alone. */
    readonly time: boolean;
    /** The revision of its side, in an annotation. */
    readonly revision: boolean;
  };
  /** Left out: refused without a turn, too. */
  readonly withoutTurn?: PolicyIntent['withoutTurn'];
}

/** What belongs to a side changes while the side is open, and else only in what is free. */
export function sidePolicy({ turn }: GuardedFleet, kind: SideKind): PolicyIntent {
  const { id, rules, namespace, label, bears, what, side, free, withoutTurn = 'Deny' } = kind;
  return {
    ...{ id, turn, rules, withoutTurn },
    ...(namespace !== undefined && { namespace }),
    ...(label !== undefined && { label }),
    conditions: { 'no-controller': isNoController, ...kind.conditions, 'of-a-side': `(${side}) != ''` },
    variables: [
      ...turnVariables,
      { name: 'side', expression: side },
      { name: 'refused', expression: refusal(what, " + ' of side ' + variables.side") },
      { name: 'free', expression: `(${isUpdate} && ${celAll(free)}) || (${namespaceTerminates})` },
      { name: 'isOpen', expression: `${isAllOpen} || variables.open == variables.side` },
      ...(bears.revision ? [revisionVariable, oldRevisionVariable] : []),
    ],
    validations: [closed, ...(bears.time ? timely : []), ...(bears.revision ? [otherRevision] : [])],
  };
}

const closed: Validation = {
  expression: 'variables.free || variables.isOpen',
  message: sentence(refused, notOpen, ...changeSide),
  plainMessage:
    'The side of this object is not open. Change the object by a commit, which waits for the turn of its side.',
};

/** What cannot be changed when the turn is over. */
export const timely: readonly Validation[] = [
  {
    expression: `variables.free || !(${isOverdue})`,
    message: sentence(
      refused,
      opening,
      `, and that time is over. A new sync of the whole Application opens what it changes; or open it by hand (${byHand}).`,
    ),
    plainMessage: 'The time for which this object was open is over.',
  },
  {
    expression: `variables.free || !(${tellsNoTime})`,
    message: sentence(
      refused,
      opening,
      ', and without managedFields the object does not tell whether that time is over. Change it by kubectl apply --server-side.',
    ),
    plainMessage: 'Without managedFields the object does not tell whether the time for which it was open is over.',
  },
];

const revisionVariable = { name: 'revision', expression: revisionOf('object') } as const;
const oldRevisionVariable = { name: 'oldRevision', expression: revisionOf('oldObject') } as const;

function revisionOf(object: string): string {
  return `${object} == null ? '' : ${object}.metadata.?annotations[?${celText(gateRevision)}].orValue('')`;
}

/**
 * A turn that a gate opened is for one revision of the side. What a program applies bears it; a person who changes a field
 * by hand need not, but neither can a person apply another commit.
 */
const otherRevision: Validation = {
  expression:
    `variables.free || !(${isUpdate}) || !has(params.spec) || !has(params.spec.revision) || ` +
    `variables.revision == params.spec.revision || (!(${isServiceAccount}) && variables.revision == variables.oldRevision)`,
  message: sentence(
    refused,
    opening,
    ' for its revision ',
    cel('params.spec.revision'),
    ' alone, and this is ',
    cel("(variables.revision == '' ? 'none' : variables.revision)"),
    '. Sync the whole Application again: its gate opens the side for what is committed now.',
  ),
  plainMessage: 'The side of this object is open for another revision than this one.',
};

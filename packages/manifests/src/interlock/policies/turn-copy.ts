import { turnCopyProbe, turnKind } from '@meshrs/contract';
import { celText } from '../cel.ts';
import type { GuardedFleet } from '../fleet.ts';
import { cel, sentence } from '../messages.ts';
import type { PolicyIntent } from '../policy.ts';

/**
 * What tells which version of the turn an API server decides by. It asks for a dry run and refuses every one, so that a
 * gate sees a server without policies, too.
 */
export function turnCopyPolicy({ turn }: GuardedFleet): PolicyIntent {
  const { label, value, before, between } = turnCopyProbe;
  return {
    id: 'turn-copy',
    turn,
    rules: [{ apiGroups: [turnKind.group], apiVersions: ['*'], resources: [turnKind.plural], operations: ['UPDATE'] }],
    // By a label, so that it looks at no other write: an API server that has just started may refuse, for 30 s, whatever a
    // policy with a turn looks at (seen on 1.36.3), and a turn must always be closed.
    label: { key: label, values: [value] },
    // Without a turn there is nothing to ask it of.
    withoutTurn: 'Allow',
    dryRuns: 'alone',
    conditions: {
      'this-turn': `oldObject.metadata.name == ${celText(turn)}`,
      probe: `object.metadata.?labels[?${celText(label)}].orValue('') == ${celText(value)}`,
    },
    variables: [],
    validations: [
      {
        expression: 'false',
        message: sentence(before, cel('params.metadata.name'), between, cel('params.metadata.resourceVersion')),
        plainMessage: 'This is a question about the turn, and its answer cannot be made.',
      },
    ],
  };
}

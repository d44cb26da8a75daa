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
  const { annotation, before, between } = turnCopyProbe;
  return {
    id: 'turn-copy',
    turn,
    rules: [{ apiGroups: [turnKind.group], apiVersions: ['*'], resources: [turnKind.plural], operations: ['UPDATE'] }],
    // Without a turn there is nothing to ask it of.
    withoutTurn: 'Allow',
    dryRuns: 'alone',
    conditions: {
      'this-turn': `oldObject.metadata.name == ${celText(turn)}`,
      probe: `object.metadata.?annotations[?${celText(annotation)}].hasValue()`,
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

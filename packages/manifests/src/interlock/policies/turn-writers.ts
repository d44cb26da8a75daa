import { longestTurnSeconds, openAllVerb, turnKind, turnWords } from '@meshrs/contract';
import { celAll, celAny, celList, celLookup, celText } from '../cel.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import { byHand, cel, sentence } from '../messages.ts';
import type { PolicyIntent, Validation } from '../policy.ts';
import { asker, isPerson, isPodOf, username } from '../requests.ts';

const closed = celText(turnWords.closed);
const all = celText(turnWords.all);

/**
 * Who may write the turn, beside what the schema of its kind holds. It looks at no turn: without this one anybody who may
 * write the object could open. Argo CD writes its own marks into it, and never the spec, which is not in Git.
 */
export function turnWriterPolicy(fleet: GuardedFleet): PolicyIntent {
  const { turn, users } = fleet;
  const spec = (object: string): string => `${object} != null && has(${object}.spec)`;
  const open = (object: string): string => `${spec(object)} ? ${object}.spec.open : ${closed}`;
  return {
    id: 'turn-writers',
    turn,
    rules: [
      {
        apiGroups: [turnKind.group],
        apiVersions: ['*'],
        resources: [turnKind.plural],
        operations: ['CREATE', 'UPDATE', 'DELETE'],
      },
    ],
    withoutTurn: 'unused',
    conditions: {
      'this-turn': `(oldObject != null ? oldObject : object).metadata.name == ${celText(turn)}`,
    },
    variables: [
      { name: 'was', expression: open('oldObject') },
      { name: 'open', expression: open('object') },
      {
        name: 'isWritten',
        expression:
          `object != null && ((${spec('object')}) != (${spec('oldObject')}) || ` +
          `((${spec('object')}) && object.spec != oldObject.spec))`,
      },
      { name: 'isGate', expression: isPodOf(users.gate) },
      { name: 'isAgent', expression: isPodOf(users.agent) },
      { name: 'isPerson', expression: isPerson },
      { name: 'opens', expression: `variables.isWritten && variables.open != ${closed}` },
      { name: 'times', expression: `object == null ? [] : ${entries('object')}.filter(f, has(f.time))` },
      {
        name: 'fresh',
        expression: `variables.times.filter(f, oldObject == null || !${entries('oldObject')}.exists(o, o == f))`,
      },
      // Two writes of one manager within a second leave one entry.
      {
        name: 'now',
        expression: '(size(variables.fresh) > 0 ? variables.fresh : variables.times).map(f, timestamp(f.time))',
      },
      {
        name: 'seconds',
        expression: `duration(variables.isGate ? '${String(longestTurnSeconds.gate)}s' : '${String(longestTurnSeconds.person)}s')`,
      },
      { name: 'refused', expression: `'The turn ' + ${celText(turn)} + ' cannot be written by ' + ${asker} + ': '` },
    ],
    validations: [
      rule(
        `object != null || variables.was == ${all}`,
        `without the turn nothing could change, so that it goes only while all sides are open`,
      ),
      rule(
        celAny(['!variables.isWritten', 'variables.isGate', 'variables.isAgent', 'variables.isPerson']),
        'gates and agents say what is open, each from its pod, and persons by their own name; nobody else does',
      ),
      rule(
        `!variables.isWritten || has(object.spec)`,
        `its spec cannot be taken away. Write open: ${turnWords.closed} to close`,
      ),
      rule(
        `!variables.isWritten || !has(object.spec) || object.spec.by == ${username}`,
        'spec.by has to be the name of who writes it',
      ),
      ...narrowed,
      ...openedByPersons(fleet),
      rule(
        `!(variables.opens && variables.open == ${all}) || (variables.isPerson && ` +
          `authorizer.group(${celText(turnKind.group)}).resource(${celText(turnKind.plural)}).name(${celText(turn)}).check(${celText(openAllVerb)}).allowed())`,
        `a person alone opens all sides, with the right to the verb "${openAllVerb}" on this turn`,
      ),
      rule(
        '!variables.opens || (size(variables.now) > 0 && timestamp(object.spec.until) <= variables.now.min() + variables.seconds)',
        `spec.until lies too far ahead: an hour is the most for a person, a day for a gate`,
      ),
    ],
  };
}

/**
 * Whoever has a shell in a route server has the token of its agent. It closes what is overdue, which nobody else may do, and
 * that is all: else he ended turns in the middle of a roll-out, for as long as he liked.
 */
const narrowed: Validation[] = [
  rule('!(variables.opens && variables.isAgent)', 'agents close it, and open nothing'),
  rule(
    '!(variables.isWritten && variables.isAgent) || (size(variables.now) > 0 && ' +
      'oldObject != null && has(oldObject.spec) && has(oldObject.spec.until) && ' +
      'variables.now.min() >= timestamp(oldObject.spec.until))',
    'agents close it only when its time is over',
  ),
  rule(
    `!(variables.isAgent || variables.isGate) || object == null || oldObject == null || (${celAll(keptMetadata())})`,
    'gates and agents write its spec, and nothing else of it',
  ),
];

function keptMetadata(): string[] {
  return (['labels', 'annotations', 'ownerReferences', 'finalizers'] as const).map((field) => same('metadata', field));
}

/** A gate opens a side that no commit names any more as well, for what has to be deleted of it, and knows nodes by their labels. */
function openedByPersons({ sides, nodes }: GuardedFleet): Validation[] {
  return [
    rule(
      `!(variables.opens && variables.isPerson) || variables.open in ${celList([...sides, turnWords.all])}`,
      `there is no such side: ${sides.join(', ')} or ${turnWords.all} may be opened. What is left of a side of before goes by a sync, whose last gate opens it`,
    ),
    rule(
      `!(variables.opens && variables.isPerson) || variables.open == ${all} || ` +
        `object.spec.?nodes.orValue([]).all(n, ${celLookup(nodes, 'n')} == variables.open)`,
      'spec.nodes names a node that the topology does not have for the side that is opened. Leave it out, or commit the node first',
    ),
  ];
}

function entries(object: string): string {
  return `${object}.metadata.?managedFields.orValue([])`;
}

function rule(expression: string, why: string): Validation {
  return {
    expression,
    message: sentence(cel('variables.refused'), `${why}. How a side is opened and closed: ${byHand}.`),
    plainMessage: `${why.charAt(0).toUpperCase()}${why.slice(1)}.`,
  };
}

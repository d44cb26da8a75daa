import { passwordSecretsOf, type Topology } from '@meshrs/topology';
import { celList, celLookup, celText } from '../cel.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import { notOpen, opening, refused, sentence } from '../messages.ts';
import type { PolicyIntent, ResourceRule, Validation } from '../policy.ts';
import { asker, isAllOpen, isNoController, oldName, turnVariables } from '../requests.ts';
import { sharedPolicy } from '../shared-policy.ts';
import { sidePolicy } from '../side-policy.ts';
import { sortedTexts } from '../../sorted.ts';

const rules: readonly ResourceRule[] = [
  { apiGroups: [''], apiVersions: ['*'], resources: ['secrets'], operations: ['UPDATE', 'DELETE'] },
];
const passwordWords = 'docs/operations.md, "A password for each side"';

interface Passwords {
  /** Each with its side. */
  readonly own: readonly (readonly [string, string])[];
  readonly shared: readonly string[];
}

/** MetalLB reads no metadata of a Secret. */
const free = [same('data'), same('type'), same('immutable')];
const what = "'Secret'";

/** The passwords of MetalLB's sessions with the routers: another one resets those of the sides that have it. */
export function passwordPolicies(fleet: GuardedFleet, topology: Topology): PolicyIntent[] {
  const passwords = guardedPasswords(fleet, topology);
  const { own, shared } = passwords;
  const namespace = fleet.metallbNamespace;
  return [
    ...(own.length === 0 ? [] : [ofSides(fleet, own)]),
    ...(shared.length === 0
      ? []
      : [sharedPolicy(fleet, { ...{ id: 'shared-bgp-password', what, namespace, rules }, names: shared, free })]),
    newPasswordPolicy(fleet, passwords),
  ];
}

/**
 * A person opens the side for it. The turn of a sync is for what is committed, and no commit holds a password: none would put it
 * back, and the routers would not know it.
 */
function ofSides(fleet: GuardedFleet, own: Passwords['own']): PolicyIntent {
  const policy = sidePolicy(fleet, {
    ...{ id: 'bgp-password', what, namespace: fleet.metallbNamespace, rules },
    side: celLookup(Object.fromEntries(own), oldName),
    free: [...free, same('metadata', 'ownerReferences')],
    bears: { time: true, revision: false },
  });
  return { ...policy, validations: [...policy.validations, byPersons(fleet, 'variables.free || ')] };
}

function byPersons({ users }: GuardedFleet, unless: string): Validation {
  return {
    expression: `${unless}!has(params.spec) || params.spec.by != ${celText(users.gate)}`,
    message: sentence(
      refused,
      opening,
      ` for what is committed, and no commit holds a password. Open the side by hand, and change it at its routers, too (${passwordWords}).`,
    ),
    plainMessage: 'The side of this Secret is open for what is committed, and no commit holds a password.',
  };
}

/**
 * One that is named and not there is waited for: MetalLB's speakers keep the sessions that they have, until it comes, and then
 * begin all of them anew. Were it free, both sides would wait for the person who makes both in one moment. One that no commit
 * names yet is free, and so is whatever comes before the interlock.
 */
function newPasswordPolicy({ turn, metallbNamespace, users }: GuardedFleet, { own, shared }: Passwords): PolicyIntent {
  const name = "object.metadata.?name.orValue('')";
  const isOpen = `${isAllOpen} || (variables.side != '' && variables.open == variables.side)`;
  return {
    ...{ id: 'new-bgp-passwords', turn, namespace: metallbNamespace, withoutTurn: 'Allow' },
    rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['secrets'], operations: ['CREATE'] }],
    conditions: {
      'no-controller': isNoController,
      named: `${name} in ${celList(sortedTexts([...own.map(([each]) => each), ...shared]))}`,
    },
    variables: [
      ...turnVariables,
      { name: 'side', expression: celLookup(Object.fromEntries(own), name) },
      {
        name: 'refused',
        expression: `'Secret ' + ${name} + (variables.side == '' ? ' of all sides' : ' of side ' + variables.side) + ', the password of sessions with routers, cannot be made by ' + ${asker} + ': '`,
      },
    ],
    validations: [
      {
        expression: `(${isOpen}) && (!has(params.spec) || params.spec.by != ${celText(users.gate)})`,
        message: sentence(
          refused,
          notOpen,
          `. MetalLB's speakers wait for it and then begin their sessions anew: open the side by hand first, and one side after the other (${passwordWords}).`,
        ),
        plainMessage:
          'MetalLB waits for this Secret and then begins its sessions anew: open its side by hand first, and one side after the other.',
      },
    ],
  };
}

/**
 * Each Secret that one side alone has, and all others. What the topology names for every side stays guarded while it is named:
 * on the way to a Secret for each side BGPPeers have it until the turn of their side comes.
 */
function guardedPasswords({ sides }: GuardedFleet, topology: Topology): Passwords {
  const { secret } = topology.metallb.password;
  const used = [...passwordSecretsOf(topology, sides)];
  const own = used.flatMap(([name, [side, ...others]]) =>
    side === undefined || others.length > 0 || name === secret ? [] : [[name, side] as const],
  );
  const names = [...used.map(([name]) => name), ...(secret === undefined ? [] : [secret])];
  return { own, shared: sortedTexts([...new Set(names)].filter((name) => !own.some(([each]) => each === name))) };
}

import { passwordSecretsOf, type Topology } from '@meshrs/topology';
import { celLookup } from '../cel.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import type { PolicyIntent, ResourceRule } from '../policy.ts';
import { oldName } from '../requests.ts';
import { sharedPolicy } from '../shared-policy.ts';
import { sidePolicy } from '../side-policy.ts';
import { sortedTexts } from '../../sorted.ts';

const rules: readonly ResourceRule[] = [
  { apiGroups: [''], apiVersions: ['*'], resources: ['secrets'], operations: ['UPDATE', 'DELETE'] },
];
/** MetalLB reads no metadata of a Secret. */
const free = [same('data'), same('type'), same('immutable')];
const what = "'Secret'";

/** The passwords of MetalLB's sessions with the routers: another one resets those of the sides that have it. */
export function passwordPolicies(fleet: GuardedFleet, topology: Topology): PolicyIntent[] {
  const { own, shared } = guardedPasswords(fleet, topology);
  const namespace = fleet.metallbNamespace;
  return [
    ...(own.length === 0
      ? []
      : [
          sidePolicy(fleet, {
            ...{ id: 'bgp-password', what, namespace, rules },
            side: celLookup(Object.fromEntries(own), oldName),
            free: [...free, same('metadata', 'ownerReferences')],
            // No commit holds it.
            bears: { time: true, revision: false },
          }),
        ]),
    ...(shared.length === 0
      ? []
      : [sharedPolicy(fleet, { ...{ id: 'shared-bgp-password', what, namespace, rules }, names: shared, free })]),
  ];
}

/**
 * Each Secret that one side alone has, and all others. What the topology names for every side stays guarded while it is named:
 * on the way to a Secret for each side BGPPeers have it until the turn of their side comes.
 */
function guardedPasswords(
  { sides }: GuardedFleet,
  topology: Topology,
): { readonly own: readonly (readonly [string, string])[]; readonly shared: readonly string[] } {
  const { secret } = topology.metallb.password;
  const used = [...passwordSecretsOf(topology, sides)];
  const own = used.flatMap(([name, [side, ...others]]) =>
    side === undefined || others.length > 0 || name === secret ? [] : [[name, side] as const],
  );
  const names = [...used.map(([name]) => name), ...(secret === undefined ? [] : [secret])];
  return { own, shared: sortedTexts([...new Set(names)].filter((name) => !own.some(([each]) => each === name))) };
}

import { describeEffect, disturbedTogether, type RefusedChange } from '@meshrs/impact';
import { problem, type Problem } from '../problems/problem.ts';
import type { CommitComparison } from './compare-with-commit.ts';
import type { ClusterComparison } from './compare-clusters.ts';
import type { StuckNodes } from './moved-nodes.ts';

/** What a person has said yes to. */
export interface Permissions {
  /** To a change that disturbs several sides at once. */
  readonly allowBothSides?: boolean;
  /** To the removal of several route servers. */
  readonly allowRemoval?: boolean;
}

/**
 * What keeps a change from being committed as it is, and what a person has to do outside where nothing does: commands of a change that is
 * refused would make it all the same.
 */
export function decideChange(
  change: Pick<CommitComparison, 'comparisons' | 'stuckNodes' | 'acts'>,
  permissions: Permissions,
): { readonly refusals: readonly Problem[]; readonly acts: CommitComparison['acts'] } {
  const refusals = refusalsOf(change, permissions);
  return { refusals, acts: refusals.some(({ severity }) => severity === 'error') ? [] : change.acts };
}

/** What keeps a change from being committed as it is. */
export function refusalsOf(
  { comparisons, stuckNodes }: Pick<CommitComparison, 'comparisons' | 'stuckNodes'>,
  permissions: Permissions,
): Problem[] {
  return [
    ...(permissions.allowBothSides === true
      ? []
      : [
          ...comparisons.flatMap(changesSide),
          ...stuckNodes.map(movesNodes),
          ...comparisons.flatMap(bothSides),
          ...comparisons.flatMap(loose),
          ...comparisons.flatMap(needsAll),
          ...comparisons.flatMap(metallbRefuses),
        ]),
    ...comparisons.flatMap(neverPasses),
    ...(permissions.allowBothSides === true ? [] : comparisons.flatMap(chosenOnce)),
    ...(permissions.allowRemoval === true ? [] : [...comparisons.flatMap(leavesFleet), ...removals(comparisons)]),
  ];
}

/** Where several reasons are of one kind of mistake, or of a fleet that is not there yet, one word lets them through. */
const meant = 'or, if an outage is planned or nothing of this fleet runs yet, add --allow-both-sides';

/** A side with another name, or route servers that go to another side under the name that they have. */
function changesSide({ cluster, movedObjects }: ClusterComparison): Problem[] {
  if (movedObjects.length === 0) return [];
  const moves = [...new Set(movedObjects.map(({ from, to }) => `from side ${from} to side ${to}`))];
  return [
    problem('changes-side', {
      where: `overlays/${cluster}`,
      message: `What keeps its name would get another side. The gate of the new side opens that one alone, and asks for its clients, while what changes is what the old side runs:\n${movedObjects.map(({ object, from, to }) => `    ${object}, from side ${from} to side ${to}`).join('\n')}`,
      seen: moves.join(', '),
      allowed: 'objects that stay on their side, whatever the side is called',
      hint: `keep the name of the side; a side with another name is a new one: give it a service, StatefulSets, router-ids, VIPs and nodes of its own, commit, wait until clients have sessions with it, and take the old side out in a second commit; ${meant}`,
    }),
  ];
}

/** No command takes a node to another side while that which it leaves needs it, or before that which it comes to is there. */
function movesNodes({ file, moves, because }: StuckNodes): Problem {
  const list = moves.map(({ node, from, to }) =>
    to === undefined ? `${node} leaves side ${from}` : `${node} from side ${from} to side ${to}`,
  );
  const first = moves[0];
  const facts = {
    'side-comes': {
      message: `A node would change to a side that comes with this commit: its pods need the node before the sync ends, and the side that it leaves serves from it until then.`,
      hint: `give side ${String(first?.to)} nodes that are of no side yet; or make two commits: take ${String(first?.node)} out of side ${String(first?.from)} first, which keeps another node, wait for the sync, take its label off as that build says, and bring side ${String(first?.to)} with it in the second`,
    },
    'side-grows': {
      message: `Side ${String(first?.to)} would get route servers that need a node which comes from another side: that gets its label when the sync is over, and the sync waits for the route servers.`,
      hint: `make two commits: let ${String(first?.node)} change its side first, wait for the sync, type what that build says, and raise the replicas of side ${String(first?.to)} in the second; or give side ${String(first?.to)} nodes that are of no side yet`,
    },
    'last-nodes': {
      message:
        'Nodes would change their sides, and in every order of their labels a side has fewer nodes than route servers for a while: a route server finds no node, and without any node its VIP is withdrawn.',
      hint: 'give one of the sides another node first, in a commit of its own, or let fewer nodes change their sides in one commit',
    },
  }[because];
  return problem('moves-nodes', {
    where: file,
    message: facts.message,
    seen: list.join(', '),
    allowed:
      'nodes that change their sides one after the other, while each side keeps a node for each of its route servers',
    hint: `${facts.hint}; ${meant}`,
  });
}

/** What Argo CD changes one side at a time, with a gate between, is no problem. */
function bothSides({ cluster, ...comparison }: ClusterComparison): Problem[] {
  const disturbed = disturbedTogether(comparison);
  if (!disturbed) return [];
  const { sides, atOnce, inTurn } = disturbed;
  return [
    problem('both-sides', {
      where: `overlays/${cluster}`,
      message: [
        `The change disturbs the sides ${sides.join(' and ')}, and Argo CD would change both at the same time. These changes have no order:`,
        ...atOnce.map(describeEffect),
        ...(inTurn.length > 0 ? ['  and these come in turn:', ...inTurn.map(describeEffect)] : []),
      ].join('\n'),
      seen: `sides ${sides.join(', ')}`,
      allowed: "one side in this commit, or only changes that Argo CD makes in a side's turn",
      hint: `change one side, commit, wait for its clients, then the other; ${meant}`,
    }),
  ];
}

/** A drain of nodes would take a route server of each side, while Argo CD applies the change or waits before a gate. */
function loose({ cluster, looseBudgets }: ClusterComparison): Problem[] {
  return looseBudgets.map(({ object, allows, staying, running, evictable }) =>
    problem('budget-too-loose', {
      where: `overlays/${cluster}`,
      message: `${object} fits the ${String(staying)} route servers that stay; until those that go are gone, up to ${String(running)} run, and it would let ${String(evictable)} of them be evicted at once, one of each side.`,
      seen: `${allows} of ${String(running)}`,
      allowed: 'a budget that lets one route server go at a time, until the sync has ended',
      hint: `remove or rename fewer route servers in one commit, and wait for its sync; from ${String(running)} to ${String(running - 1)} always works; ${meant}`,
    }),
  );
}

/** What all sides share, and no gate opens. */
function needsAll({ cluster, refused }: ClusterComparison): Problem[] {
  const changes = refused.filter(({ needs }) => needs === 'all');
  if (changes.length === 0) return [];
  return [
    problem('needs-all-sides-open', {
      where: `overlays/${cluster}`,
      message: `All sides share what is changed here, and the API server refuses that until all of them are open; Argo CD would try again and again, and the sync would not end:\n${changes.map(describeRefused).join('\n')}`,
      allowed: 'changes that wait for the turn of a side, or disturb nobody',
      hint: `take these changes back; ${meant}, and, where it runs, end the sync, open all sides by hand and sync these objects alone (docs/operations.md, "What all sides share")`,
    }),
  ];
}

/** What MetalLB takes only when another object is gone, or is another one. */
function metallbRefuses({ cluster, metallbRefusals }: ClusterComparison): Problem[] {
  if (metallbRefusals.length === 0) return [];
  const lines = metallbRefusals.map(
    ({ object, other, because, otherOne }) =>
      `    ${object}, beside ${other}, which ${whatBecomes[otherOne]}: ${because}`,
  );
  return [
    problem('metallb-refuses', {
      where: `overlays/${cluster}`,
      message: `MetalLB's webhook refuses what is written here, so that the sync would not end:\n${lines.join('\n')}`,
      allowed: 'addresses, routers and AS numbers that no other object has until the end of the sync',
      hint: `make two commits of it, and wait for the sync of the first: one that takes the old object or its address away (a side that gets a spare address, say), then one that brings the new; ${meant}, and, where it runs, open all sides by hand when the sync fails, and delete the old objects (docs/operations.md, "Open a side by hand")`,
    }),
  ];
}

const whatBecomes = {
  stays: 'stays as it is',
  changes: 'changes later in the same sync',
  goes: 'goes at the end of the sync',
} as const;

/** Objects of the user's that would have addresses, clients or evictions of the sides. */
function neverPasses({ cluster, refused }: ClusterComparison): Problem[] {
  const changes = refused.filter(({ needs }) => needs === 'none');
  if (changes.length === 0) return [];
  return [
    problem('api-server-refuses', {
      where: `overlays/${cluster}`,
      message: `The API server refuses what is written here at any time, so that the sync would not end:\n${changes.map(describeRefused).join('\n')}`,
      allowed:
        'objects beside the route servers that take nothing of theirs: no VIP, no pool, no router of theirs, no second budget, not their label',
      hint: `change or remove them in overlays/${cluster}/custom; clusters/${cluster}/interlock/policy-foreign-*.yaml say what is refused`,
    }),
  ];
}

function describeRefused({ object, operation }: RefusedChange): string {
  return `    ${object} is ${operation}`;
}

/** What no order of commits changes while a fleet runs. */
function chosenOnce({ cluster, fixedChoices }: ClusterComparison): Problem[] {
  return fixedChoices.map(({ key, from, to }) => {
    const [seen, kept] = [to ?? 'none', from ?? 'none'];
    return problem('chosen-once', {
      where: `overlays/${cluster}`,
      message: `${key} is chosen before the first sync. ${whyChosenOnce[key]}`,
      seen: `${kept} -> ${seen}`,
      allowed: from === undefined ? `no ${key}` : `${key}: ${from}`,
      hint: `${from === undefined ? 'remove the key' : 'take it back'}; a new fleet beside this one may have another value; ${meant}`,
    });
  });
}

const whyChosenOnce = {
  'placement.nodeLabel':
    'The API server would guard the new label of the nodes at once, while the side that changes last still has its sessions by the old one: whoever takes that off ends them.',
  'metallb.loadBalancerClass':
    'The API server lets nobody change it of a Service, so that the VIPs of all sides would have to be deleted; and MetalLB serves one class alone, its controller the new one at once and for all sides.',
} as const;

/** By another name it would be a second fleet with the same VIPs, whose bootstrap takes over what the first one shares with it. */
function leavesFleet({ cluster, isLeftBehind }: ClusterComparison): Problem[] {
  if (!isLeftBehind) return [];
  return [
    problem('leaves-fleet', {
      where: `overlays/${cluster}`,
      message: `No topology has the cluster ${cluster} any more. Its fleet would run on, and no commit would reach it; where it got another name, the bootstrap of that name would fight with it over what both have: VIPs, router-ids, namespaces.`,
      seen: `no cluster ${cluster} under placement.clusters`,
      allowed: 'clusters that keep their names, until their fleet is gone',
      hint: `write the name ${cluster} again; if the fleet is gone already (docs/operations.md, "Removal"), or nothing of it runs yet, add --allow-removal`,
    }),
  ];
}

function removals(comparisons: readonly ClusterComparison[]): Problem[] {
  const removed = comparisons.flatMap(({ cluster, removedRouteServers }) =>
    removedRouteServers.map((pod) => `${pod} on ${cluster}`),
  );
  if (removed.length < 2) return [];
  return [
    problem('removes-route-servers', {
      where: 'overlays',
      message: `The change removes ${String(removed.length)} route servers at once.`,
      seen: removed.join(', '),
      allowed: 'at most one route server removed in one commit',
      hint: 'restore the deleted line if it was a mistake; if the removal is meant, or nothing of this fleet runs yet, add --allow-removal',
    }),
  ];
}

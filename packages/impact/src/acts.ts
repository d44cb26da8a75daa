import { applicationNames } from '@meshrs/manifests/application-names';
import {
  count,
  listed,
  nodeLabelOf,
  routeServerSets,
  secretReferences,
  sidesWithRouteServers,
  sortedTexts,
  type BuiltCluster,
} from '@meshrs/manifests/built';
import type { Act, TimedEffect } from './effect.ts';

/** What a person has to do beside the commit, so that its sync ends and each side comes back. */
export function actsOf(
  before: BuiltCluster,
  after: BuiltCluster,
  { effects, cluster }: { readonly effects: readonly TimedEffect[]; readonly cluster: string },
): readonly Act[] {
  // The first sync of a fleet has a page of its own (docs/operations.md, "Before the first sync").
  if (before.objects.length === 0) return [];
  return [
    ...newSecrets(before, after),
    ...newPriorityClasses(before, after),
    ...newSides(before, after),
    ...otherNodeLabel(before, after),
    ...made(effects),
    ...confirmations(before, after, cluster),
    ...leftSides(before, after),
  ];
}

/** A pod does not start, and a session does not come up, without its Secret; no commit makes one. */
function newSecrets(before: BuiltCluster, after: BuiltCluster): Act[] {
  const namesOf = (cluster: BuiltCluster): string[] => {
    const namespace = cluster.peers[0]?.view.metadata.namespace ?? 'metallb';
    return secretReferences(cluster, namespace).map((each) => `${each.namespace}/${each.name}`);
  };
  const known = new Set(namesOf(before));
  return sortedTexts([...new Set(namesOf(after))])
    .filter((name) => !known.has(name))
    .map((name) => {
      const [namespace = '', secret = ''] = name.split('/');
      return {
        when: 'before',
        what: `the Secret ${name} has to be there`,
        commands: [`kubectl -n ${namespace} get secret ${secret}`],
      };
    });
}

/** Kubernetes makes no pod of a class that is not there (admission plugin Priority); it makes these two itself. */
function newPriorityClasses(before: BuiltCluster, after: BuiltCluster): Act[] {
  const namesOf = ({ workloads }: BuiltCluster): string[] =>
    workloads.flatMap(({ template }) => {
      const name = template.spec['priorityClassName'];
      return typeof name === 'string' ? [name] : [];
    });
  const own = after.objects.flatMap(({ view }) => (view.kind === 'PriorityClass' ? [view.metadata.name] : []));
  const known = new Set([...namesOf(before), ...own, 'system-cluster-critical', 'system-node-critical']);
  return sortedTexts([...new Set(namesOf(after))])
    .filter((name) => !known.has(name))
    .map((name) => ({
      when: 'before',
      what: `the PriorityClass ${name} has to be there`,
      commands: [`kubectl get priorityclass ${name}`],
    }));
}

/** Route servers find their nodes by the label of their side. */
function newSides(before: BuiltCluster, after: BuiltCluster): Act[] {
  if (sidesWithRouteServers(before).length === 0) return [];
  const known = new Set(sidesWithRouteServers(before));
  return sidesWithRouteServers(after)
    .filter((side) => !known.has(side))
    .map((side) => ({
      when: 'before',
      side,
      what: `the nodes of side ${side} need its label, or no pod of it finds a node`,
      commands: [`kubectl label node NODE ${nodeLabelOf(after)}=${side}`],
    }));
}

/** Nodes have both labels while the sides change one after the other. */
function otherNodeLabel(before: BuiltCluster, after: BuiltCluster): Act[] {
  const [old, next] = [nodeLabelOf(before), nodeLabelOf(after)];
  const sides = sidesWithRouteServers(before);
  if (old === next || sides.length === 0) return [];
  return [
    {
      when: 'before',
      what: `every node needs the label ${next} beside ${old}, or no pod finds a node, and no node has a session with its router`,
      commands: sides.map((side) => `kubectl label node -l ${old}=${side} ${next}=${side}`),
    },
    {
      when: 'after',
      what: `the nodes still have the label ${old}, by which nobody finds them any more`,
      commands: [`kubectl label node -l ${old} ${old}-`],
    },
  ];
}

function leftSides(before: BuiltCluster, after: BuiltCluster): Act[] {
  const stay = new Set(sidesWithRouteServers(after));
  const label = nodeLabelOf(after);
  return sidesWithRouteServers(before)
    .filter((side) => !stay.has(side))
    .map((side) => ({
      when: 'after',
      side,
      what: `the nodes of side ${side} still have its label`,
      commands: [`kubectl label node -l ${label}=${side} ${label}-`],
    }));
}

/** Argo CD's sync fails at such an object, and is tried again (docs/operations.md, "A commit"). */
function made(effects: readonly TimedEffect[]): Act[] {
  return effects
    .filter(({ kind }) => kind === 'recreates')
    .map(({ object, sides }) => {
      const [kind = '', name = ''] = object.split(' ');
      const [namespace, ...rest] = name.includes('/') ? name.split('/') : [undefined, name];
      const place = namespace === undefined ? '' : `-n ${namespace} `;
      const side = sides[0];
      return {
        when: 'during',
        ...(sides.length === 1 && side !== undefined && { side }),
        what: `the sync fails at ${object}, which the API server lets nobody change in place; delete it then${side === undefined ? '' : `, while side ${listed(sides)} is open`}, and the next try makes it anew`,
        commands: [
          ...(side === undefined ? [] : ['kubectl get turns']),
          `kubectl ${place}delete ${kind.toLowerCase()} ${rest.join('/')}`,
        ],
      };
    });
}

/** Kinds of ours that Argo CD deletes only when a person confirms (manifests, `for-argo-cd.ts`). */
function confirmations(before: BuiltCluster, after: BuiltCluster, cluster: string): Act[] {
  const stay = new Set(after.objects.map(({ id }) => id));
  const going = before.objects.filter(
    ({ id, view }) =>
      !stay.has(id) &&
      /\b(Prune|Delete)=confirm\b/.test(view.metadata.annotations['argocd.argoproj.io/sync-options'] ?? ''),
  );
  const [first] = routeServerSets(after);
  if (going.length === 0 || !first) return [];
  return [
    {
      when: 'during',
      what: `${count(going.length, 'object')} ${going.length === 1 ? 'goes' : 'go'} only when a person confirms, and the sync waits until then: ${listed(going.map(({ id }) => id))}`,
      commands: [`argocd app confirm-deletion ${applicationNames(cluster).routeServers}`],
    },
  ];
}

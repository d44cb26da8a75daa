import { labels } from '@meshrs/contract';
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
import { z } from 'zod';
import type { Act, TimedEffect } from './effect.ts';
import { isGenerated } from './generated.ts';
import { movedObjects, type MovedObject } from './moved-objects.ts';

/** What a person has to do beside the commit, so that its sync ends and each side comes back. */
export function actsOf(
  before: BuiltCluster,
  after: BuiltCluster,
  { effects, cluster }: { readonly effects: readonly TimedEffect[]; readonly cluster: string },
): readonly Act[] {
  // The first sync of a fleet has a page of its own (docs/operations.md, "Before the first sync").
  if (before.objects.length === 0) return newPriorityClasses(before, after);
  return [
    ...newSecrets(before, after),
    ...newPriorityClasses(before, after),
    ...newSides(before, after),
    ...otherNodeLabel(before, after),
    ...lostApiPorts(before, after),
    ...made(effects, before, movedObjects(before, after)),
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
  return secretActs(namesOf(before), namesOf(after));
}

/** What is named, "namespace/name", and was not before. */
export function secretActs(before: readonly string[], after: readonly string[]): Act[] {
  const known = new Set(before);
  return sortedTexts([...new Set(after)])
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
  return priorityClassActs([...namesOf(before), ...own], namesOf(after));
}

/** What is named and was not before. */
export function priorityClassActs(before: readonly string[], after: readonly string[]): Act[] {
  const known = new Set([...before, 'system-cluster-critical', 'system-node-critical']);
  return sortedTexts([...new Set(after)])
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

/** Where an outage is planned, or nothing runs yet (`fixedChoices`). The old label stays: BGPPeers select by it until the last side is over. */
function otherNodeLabel(before: BuiltCluster, after: BuiltCluster): Act[] {
  const [old, next] = [nodeLabelOf(before), nodeLabelOf(after)];
  const sides = sidesWithRouteServers(before);
  if (old === next || sides.length === 0) return [];
  return [
    {
      when: 'before',
      what: `every node needs the label ${next} beside ${old}, or no pod finds a node, and no node has a session with its router; leave ${old} where it is: nothing guards it any more, and a side has its sessions by it until its turn is over`,
      commands: sides.map((side) => `kubectl label node -l ${old}=${side} ${next}=${side}`),
    },
  ];
}

/** Ports of the API server by which pods reached it, and may no more: the network's policies name no address with them. */
function lostApiPorts(before: BuiltCluster, after: BuiltCluster): Act[] {
  const next = apiPorts(after);
  const lost = [...apiPorts(before)].filter((port) => !next.has(port)).sort((one, other) => one - other);
  if (lost.length === 0 || next.size === 0) return [];
  return [
    {
      when: 'before',
      what: `route servers and gates reach the Kubernetes API at port ${listed(lost.map(String))} no more: without the port at which the API servers listen no gate opens a side; see that it is among ${listed([...next].map(String))}`,
      commands: ['kubectl -n default get endpointslices -l kubernetes.io/service-name=kubernetes'],
    },
  ];
}

function apiPorts({ objects }: BuiltCluster): Set<number> {
  return new Set(
    objects.flatMap(({ view }) => {
      if (view.kind !== 'NetworkPolicy') return [];
      const egress = anywhere.safeParse(view['spec']).data?.egress ?? [];
      return egress.filter(({ to }) => to === undefined).flatMap(({ ports }) => ports.map(({ port }) => port));
    }),
  );
}

const anywhere = z.looseObject({
  egress: z
    .array(
      z.looseObject({
        to: z.array(z.unknown()).optional(),
        ports: z.array(z.looseObject({ port: z.number() })).default([]),
      }),
    )
    .default([]),
});

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
function made(effects: readonly TimedEffect[], before: BuiltCluster, moved: readonly MovedObject[]): Act[] {
  return effects
    .filter(({ kind }) => kind === 'recreates')
    .flatMap(({ object, sides }): Act[] => {
      const { kind, namespace, name } = partsOf(object);
      const move = moved.find((each) => each.object === object);
      const isOurs = before.objects.some(({ id, view }) => id === object && isGenerated(view));
      const side = sides.length === 1 && !move ? sides[0] : undefined;
      const isGuarded = isOurs || sides.length > 0;
      const whileOpen = side === undefined ? allOpen(move) : `, while side ${side} is open`;
      const readers = side === undefined ? sidesWithRouteServers(before) : [side];
      return [
        {
          when: 'during',
          ...(side !== undefined && { side }),
          what: `the sync fails at ${object}, which the API server lets nobody change in place; delete it then${isGuarded ? whileOpen : ''}, and the next try makes it anew`,
          commands: [
            ...(isGuarded ? ['kubectl get turns'] : []),
            `kubectl ${namespace === undefined ? '' : `-n ${namespace} `}delete ${kind.toLowerCase()} ${name}`,
          ],
        },
        ...(kind !== 'ConfigMap'
          ? []
          : isGuarded
            ? readers.map((each) => readAnew(object, each))
            : [readByOthers(object)]),
      ];
    });
}

function partsOf(object: string): {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
} {
  const [kind = '', path = ''] = object.split(' ');
  const [namespace, ...rest] = path.includes('/') ? path.split('/') : [undefined, path];
  return { kind, namespace, name: rest.join('/') };
}

/** Kubelets stop looking at what nobody may change (kubelet, `watchBasedManager`). No sync replaces the pods, and the turn is over by then. */
function readAnew(object: string, side: string): Act {
  const { namespace, name } = partsOf(object);
  return {
    when: 'after',
    side,
    what: `pods of side ${side} that run keep what they have read of ${object} until they are made anew: delete them, while side ${side} is open. The first command stays: type the other in another shell, wait until each client has side ${side} again (pnpm meshrs status), and end the first with Ctrl-C before you go on`,
    commands: [
      `pnpm meshrs open ${side} --reason 'ConfigMap ${name} was made anew'`,
      `kubectl ${namespace === undefined ? '' : `-n ${namespace} `}delete pod -l ${labels.side}=${side},${labels.workload}`,
    ],
  };
}

/** Of a ConfigMap of the user's: its pods are theirs. */
function readByOthers(object: string): Act {
  return {
    when: 'after',
    what: `pods that run keep what they have read of ${object} until they are made anew`,
    commands: [],
  };
}

/** What gets another side as well is in the turn of neither: nobody asks about its own any more, and that of its name has none of its clients. */
function allOpen(move: MovedObject | undefined): string {
  const because = move
    ? `, since it goes from side ${move.from} to side ${move.to} and no gate asks about its clients`
    : '';
  return `, while all sides are open (docs/operations.md, "Open a side by hand")${because}`;
}

/** Kinds of ours that Argo CD deletes only when a person confirms (manifests, `for-argo-cd.ts`). */
function confirmations(before: BuiltCluster, after: BuiltCluster, cluster: string): Act[] {
  const [first] = routeServerSets(after);
  return first ? confirmation(applicationNames(cluster).routeServers, confirmedIn(before, after)) : [];
}

/** Objects that are gone, and that Argo CD deletes only when a person confirms. */
export function confirmedIn(before: BuiltCluster, after: BuiltCluster): BuiltCluster['objects'] {
  const stay = new Set(after.objects.map(({ id }) => id));
  return before.objects.filter(
    ({ id, view }) =>
      !stay.has(id) &&
      /\b(Prune|Delete)=confirm\b/.test(view.metadata.annotations['argocd.argoproj.io/sync-options'] ?? ''),
  );
}

/** How the end of an Application's objects is confirmed. */
export function confirmation(application: string, going: BuiltCluster['objects']): Act[] {
  if (going.length === 0) return [];
  return [
    {
      when: 'during',
      what: `${count(going.length, 'object')} ${going.length === 1 ? 'goes' : 'go'} only when a person confirms, and the sync of ${application} waits until then: ${listed(going.map(({ id }) => id))}`,
      commands: [`argocd app confirm-deletion ${application}`],
    },
  ];
}

import {
  agentCommands,
  closeTurnArguments,
  gateArguments,
  labels,
  removalGateArguments,
  roles,
  turnName,
} from '@meshrs/contract';
import { allowedMissingOf, type Topology } from '@meshrs/topology';
import { closingHook, gateHook } from '../argo-cd/gate-hook.ts';
import { imagePullSecretsOf, speakersOf } from '../argo-cd/metallb-chart.ts';
import { gateWave } from '../argo-cd/waves.ts';
import {
  closeDeadlineSeconds,
  gateDeadlineSeconds,
  openSeconds,
  removalOpenSeconds,
  sideGateDeadlineSeconds,
} from '../durations.ts';
import { argoCdAnnotations } from '../kubernetes/argo-cd-types.ts';
import type { Pod } from '../kubernetes/core-types.ts';
import { sidesOf, type ClusterScope, type SideScope } from '../scope.ts';
import { sortedEntries } from '../sorted.ts';
import { partOf } from '../metadata.ts';
import { closingNames, fleetName, gateName, removalGateName, settingsName } from '../names.ts';
import { budgetIntent } from '../disruption-budget.ts';
import { sortedMapping } from '../pod/options.ts';
import { hookPodSpec } from './hook-pod.ts';

/**
 * Asks before a side goes whether every client of it has a session with another side; Argo CD runs it as a hook in the
 * wave before the side's. A Pod and not a Job: what its container says at its end becomes the message of the sync. It
 * needs no privilege with any engine, and carries neither the route servers' labels nor the side's.
 * `revision`: of the side's objects; undefined while a custom component is not built, whose objects it has to cover.
 */
export function gatePod(scope: SideScope, revision: string | undefined): Pod {
  const { topology, service, side } = scope;
  const { routeServers, gitops } = topology;
  const speakers = speakersOf(topology);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: gateMetadata(topology, gateName(service), {
      ...gateHook,
      [argoCdAnnotations.syncWave]: String(gateWave(scope)),
    }),
    spec: hookPodSpec(topology, {
      name: agentCommands.gate,
      deadlineSeconds: sideGateDeadlineSeconds(scope),
      makesPods: speakers !== undefined,
      args: gateArguments({
        ...gateQuestions(scope, side),
        timeoutSeconds: gitops.gate.seconds,
        ...(revision !== undefined && { revision }),
        turn: { name: turnName(routeServers), openSeconds: openSeconds(scope), budget: budgetIntent(scope) },
        ...(speakers && { speakers, pullSecrets: imagePullSecretsOf(topology) }),
      }),
    }),
  };
}

/** What is asked before a side goes, by a gate or by a person: of whom, and what may be missing. */
export function gateQuestions(scope: ClusterScope, side: string) {
  return { next: side, ...lookedAt(scope) } as const;
}

/**
 * Stands after the last wave and before what Argo CD deletes: opens the one side of which there is anything to delete.
 * `revisions`: of the sides, where they are known.
 */
export function removalGatePod(scope: ClusterScope, revisions: Readonly<Record<string, string>>): Pod {
  const { topology } = scope;
  const { routeServers, metallb, gitops } = topology;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: gateMetadata(topology, removalGateName(routeServers.app), gateHook),
    spec: hookPodSpec(topology, {
      name: agentCommands.removalGate,
      deadlineSeconds: gateDeadlineSeconds(topology),
      args: removalGateArguments({
        ...lookedAt(scope),
        timeoutSeconds: gitops.gate.seconds,
        revisions,
        ...(routeServers.exposure === 'loadBalancer' && { metallbNamespace: metallb.namespace }),
        turn: { name: turnName(routeServers), openSeconds: removalOpenSeconds, budget: budgetIntent(scope) },
      }),
    }),
  };
}

/** What every gate is told of whom it looks at. */
function lookedAt(scope: ClusterScope) {
  const { topology } = scope;
  const { routeServers } = topology;
  return {
    sides: sidesOf(scope).map(({ side, definition, service }) => ({
      name: side,
      statefulSets: sortedEntries(definition.statefulSets).map(([statefulSet]) => statefulSet),
      settings: settingsName(service),
    })),
    selector: `${labels.app}=${routeServers.app}`,
    fleet: fleetName(routeServers.app),
    allowMissing: allowedMissingOf(topology),
  };
}

/**
 * Close the turn when a sync begins and when it has come to its end. One that fails or is ended leaves it open, and then
 * nobody but gates and agents may give the budget back, which comes before the first gate of the next one.
 */
export function closingPods(scope: Pick<ClusterScope, 'topology'>): { readonly begin: Pod; readonly end: Pod } {
  const { begin, end } = closingNames(scope.topology.routeServers.app);
  return { begin: closingPod(scope, begin, gateHook, true), end: closingPod(scope, end, closingHook, false) };
}

function closingPod(
  { topology }: Pick<ClusterScope, 'topology'>,
  name: string,
  hook: Readonly<Record<string, string>>,
  takesOver: boolean,
): Pod {
  const { routeServers } = topology;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: gateMetadata(topology, name, hook),
    spec: hookPodSpec(topology, {
      name: agentCommands.closeTurn,
      deadlineSeconds: closeDeadlineSeconds,
      args: closeTurnArguments({ name: turnName(routeServers), budget: budgetIntent({ topology }), takesOver }),
    }),
  };
}

function gateMetadata(
  { routeServers: { namespace, pods } }: Topology,
  name: string,
  annotations: Readonly<Record<string, string>>,
): Pod['metadata'] {
  return {
    name,
    namespace,
    labels: { ...partOf, [labels.role]: roles.gate, ...sortedMapping(pods.labels) },
    annotations: { ...annotations, ...sortedMapping(pods.annotations) },
  };
}

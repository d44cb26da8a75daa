import { speakersOf } from '../argo-cd/metallb-chart.ts';
import { terminationGracePeriodSeconds } from '@meshrs/contract';
import { drainTimes } from '../durations.ts';
import { gateAccount } from '../names.ts';
import { meshService } from '../objects/mesh-service.ts';
import { namespace } from '../objects/namespace.ts';
import { podDisruptionBudget } from '../objects/pod-disruption-budget.ts';
import { replicasOf, sidesOf, type ClusterScope } from '../scope.ts';
import { sortedEntries, sortedTexts } from '../sorted.ts';
import { fleetOf } from './fleet.ts';
import { sidesByName, type GuardedObjects } from './guarded-objects.ts';
import { passwordPolicies } from './policies/bgp-passwords.ts';
import { budgetPolicy, budgetStatusPolicy } from './policies/budget.ts';
import { accountPodPolicy, accountTokenPolicy, insideGatePolicy } from './policies/accounts.ts';
import { controllerRevisionPolicy } from './policies/controller-revisions.ts';
import { foreignMetallbPolicy } from './policies/foreign-announcements.ts';
import { foreignFrrPolicy } from './policies/foreign-frr.ts';
import { foreignLeftoverPolicies } from './policies/foreign-leftovers.ts';
import { foreignPodPolicy, foreignWorkloadPolicy } from './policies/foreign-pods.ts';
import { foreignBudgetPolicy, foreignServicePolicy } from './policies/foreign-services.ts';
import { apiServicePolicy } from './policies/api-services.ts';
import { endpointSlicePolicy } from './policies/endpoint-slices.ts';
import { gateDeletionPolicy } from './policies/gate-deletions.ts';
import { hastyEvictionPolicy } from './policies/hasty-evictions.ts';
import { frrLogPolicy, rawLinesPolicy } from './policies/live-settings.ts';
import { insideMetallbPolicy, metallbPodPolicy, speakerTokenPolicy } from './policies/metallb-pods.ts';
import { nodePolicy } from './policies/nodes.ts';
import {
  accountPolicy,
  daemonSetPolicy,
  definitionPolicy,
  fleetConfigPolicy,
  meshServicePolicy,
  namespacePolicy,
  roleBindingPolicy,
  rolePolicy,
  sharedPeerPolicy,
} from './policies/shared-objects.ts';
import {
  frrConfigurationPolicy,
  metallbPolicy,
  networkPolicyPolicy,
  servicePolicy,
  serviceStatusPolicy,
  settingsPolicy,
} from './policies/side-objects.ts';
import { speakerEvictionPolicy } from './policies/speaker-evictions.ts';
import { speakerPodPolicy } from './policies/speaker-pods.ts';
import { turnCopyPolicy } from './policies/turn-copy.ts';
import { turnWriterPolicy } from './policies/turn-writers.ts';
import { insidePodPolicy, podPolicy, podStatusPolicy, scalePolicy, statefulSetPolicy } from './policies/workloads.ts';
import type { PolicyIntent } from './policy.ts';
import { takenAddresses, takenNames } from './taken.ts';

/** Every policy of a fleet: one for each kind, so that the API server can hold its expressions against the kind. */
export function interlockPolicies(scope: ClusterScope, guarded: GuardedObjects): PolicyIntent[] {
  const fleet = fleetOf(scope);
  return [
    turnWriterPolicy(fleet),
    turnCopyPolicy(fleet),
    ...sidePolicies(scope, guarded),
    ...sharedPolicies(scope, guarded),
    ...creationPolicies(scope, guarded),
  ];
}

function sidePolicies(scope: ClusterScope, guarded: GuardedObjects): PolicyIntent[] {
  const fleet = fleetOf(scope);
  const sides = sidesByName(guarded);
  const sets = sides('StatefulSet');
  const behindVips = [
    servicePolicy(fleet, sides('Service')),
    serviceStatusPolicy(fleet, sides('Service')),
    networkPolicyPolicy(fleet, sides('NetworkPolicy')),
    metallbPolicy(fleet, sides),
    ...(scope.topology.metallb.backend === 'frr-k8s' ? [frrConfigurationPolicy(fleet)] : []),
  ];
  return [
    statefulSetPolicy(fleet, sets),
    scalePolicy(fleet, sets),
    podPolicy(fleet, sets),
    podStatusPolicy(fleet, sets, sidesMovedByReadiness(scope)),
    insidePodPolicy(fleet, sets),
    controllerRevisionPolicy(fleet, sets),
    settingsPolicy(fleet, sides('ConfigMap')),
    nodePolicy(fleet, scope.topology),
    endpointSlicePolicy(fleet, [...Object.keys(sides('Service')), meshService(scope).metadata.name]),
    ...(announces(scope) ? behindVips : []),
  ];
}

function sharedPolicies(scope: ClusterScope, guarded: GuardedObjects): PolicyIntent[] {
  const fleet = fleetOf(scope);
  const { app } = scope.topology.routeServers;
  const accounts = [app, gateAccount(app)];
  return [
    budgetPolicy(fleet, podDisruptionBudget(scope)),
    budgetStatusPolicy(fleet, podDisruptionBudget(scope)),
    meshServicePolicy(fleet, meshService(scope)),
    rolePolicy(fleet, accounts),
    roleBindingPolicy(fleet, accounts),
    accountPolicy(fleet, accounts),
    fleetConfigPolicy(fleet),
    namespacePolicy(fleet, namespace(scope)),
    definitionPolicy(fleet),
    apiServicePolicy(fleet),
    ...sharedMetallb(scope, guarded),
    ...(announces(scope)
      ? [
          daemonSetPolicy(fleet),
          speakerPodPolicy(fleet),
          metallbPodPolicy(fleet),
          speakerTokenPolicy(fleet),
          insideMetallbPolicy(fleet),
          rawLinesPolicy(fleet),
          ...passwordPolicies(fleet, scope.topology),
        ]
      : []),
  ];
}

/** With `peerScope: global`. */
function sharedMetallb(scope: ClusterScope, guarded: GuardedObjects): PolicyIntent[] {
  const [peers, profiles] = [sharedNames(guarded, 'BGPPeer'), sharedNames(guarded, 'BFDProfile')];
  return peers.length === 0 ? [] : [sharedPeerPolicy(fleetOf(scope), peers, profiles)];
}

function sharedNames({ ofCluster }: GuardedObjects, kind: string): string[] {
  return ofCluster.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);
}

function creationPolicies(scope: ClusterScope, guarded: GuardedObjects): PolicyIntent[] {
  const fleet = fleetOf(scope);
  const { topology } = scope;
  const sides = sidesByName(guarded);
  const addresses = takenAddresses(scope);
  const names = (kind: string): string[] => sortedTexts(Object.keys(sides(kind)));
  const speakers = speakersOf(topology);
  const metallb = foreignMetallbPolicy(
    fleet,
    {
      peers: [...names('BGPPeer'), ...sharedNames(guarded, 'BGPPeer')],
      advertisements: [...names('BGPAdvertisement'), ...names('L2Advertisement')],
      pools: names('IPAddressPool'),
      poolLabels: labelsOf(guarded, 'IPAddressPool'),
    },
    addresses,
  );
  return [
    foreignPodPolicy(fleet, sides('StatefulSet')),
    hastyEvictionPolicy(fleet, sides('StatefulSet'), terminationGracePeriodSeconds(drainTimes(topology))),
    ...(speakers ? [speakerEvictionPolicy(fleet, speakers), gateDeletionPolicy(fleet, speakers)] : []),
    foreignWorkloadPolicy(fleet, sides('StatefulSet')),
    accountPodPolicy(fleet, sides('StatefulSet')),
    accountTokenPolicy(fleet),
    insideGatePolicy(fleet),
    foreignBudgetPolicy(fleet, podDisruptionBudget(scope).metadata.name),
    ...foreignLeftoverPolicies(fleet, takenNames(scope, guarded), announces(scope)),
    foreignServicePolicy(
      fleet,
      [...names('Service'), meshService(scope).metadata.name],
      addresses,
      names('IPAddressPool'),
    ),
    ...(announces(scope) ? [metallb] : []),
    ...(announces(scope) && topology.metallb.backend === 'frr-k8s'
      ? [
          foreignFrrPolicy(fleet, {
            routers: addresses.routers,
            asns: [...new Set(Object.values(topology.metallb.anycastLoopbacks).map(({ metallbAsn }) => metallbAsn))],
            bfdProfiles: [...names('BFDProfile'), ...sharedNames(guarded, 'BFDProfile')],
          }),
          frrLogPolicy(fleet),
        ]
      : []),
  ];
}

/** Each set of labels once. */
function labelsOf({ ofSides }: GuardedObjects, kind: string): Readonly<Record<string, string>>[] {
  const all = ofSides
    .filter(({ object }) => object.kind === kind)
    .map(({ object }) => JSON.stringify(sortedEntries(object.metadata.labels ?? {})));
  return sortedTexts([...new Set(all)]).map((text) => Object.fromEntries(JSON.parse(text) as [string, string][]));
}

/** With several route servers behind a VIP those alone are in it that are Ready (objects/vip-service.ts). */
function sidesMovedByReadiness(scope: ClusterScope): string[] {
  if (!announces(scope)) return [];
  return sortedTexts(sidesOf(scope).flatMap((side) => (replicasOf(side) > 1 ? [side.side] : [])));
}

/** A pod on the network of its node has no VIP: MetalLB has nothing of it. */
function announces({ topology }: ClusterScope): boolean {
  return topology.routeServers.exposure === 'loadBalancer';
}

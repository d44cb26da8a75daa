import { forArgoCd } from '../argo-cd/for-argo-cd.ts';
import { sharedWaves } from '../argo-cd/waves.ts';
import { fleetConfigMap } from '../objects/fleet-config-map.ts';
import {
  gateMetallbRole,
  gateMetallbRoleBinding,
  gateNetworkPolicy,
  gateRole,
  gateRoleBinding,
  gateServiceAccount,
} from '../objects/gate-access.ts';
import { closingPods } from '../objects/gate-pod.ts';
import { meshService } from '../objects/mesh-service.ts';
import { namespace } from '../objects/namespace.ts';
import { podDisruptionBudget } from '../objects/pod-disruption-budget.ts';
import { roleBinding } from '../objects/role-binding.ts';
import { role } from '../objects/role.ts';
import { serviceAccount } from '../objects/service-account.ts';
import type { Topology } from '@meshrs/topology';
import type { FolderEntry } from './manifest-file.ts';

/** base/<fleet>: what all sides share, on every cluster of the fleet. An edit of it touches no session. */
export function baseFolder(topology: Topology): FolderEntry[] {
  const scope = { topology };
  const closing = closingPods(scope);
  const forGates: FolderEntry[] = [
    { name: 'namespace.yaml', object: namespace(scope) },
    { name: 'gate-service-account.yaml', object: gateServiceAccount(scope) },
    { name: 'gate-role.yaml', object: gateRole(scope) },
    { name: 'gate-role-binding.yaml', object: gateRoleBinding(scope) },
    { name: 'gate-network-policy.yaml', object: gateNetworkPolicy(scope) },
    ...(topology.routeServers.exposure === 'loadBalancer' ? inMetallb(scope) : []),
  ];
  const shared: FolderEntry[] = [
    { name: 'service-account.yaml', object: serviceAccount(scope) },
    { name: 'role.yaml', object: role(scope) },
    { name: 'role-binding.yaml', object: roleBinding(scope) },
    { name: 'fleet.yaml', object: fleetConfigMap(scope) },
    { name: 'mesh-service.yaml', object: meshService(scope) },
    { name: 'pod-disruption-budget.yaml', object: podDisruptionBudget(scope) },
    { name: 'close-turn.yaml', object: closing.end },
  ];
  return [
    ...inWave(sharedWaves.gates, forGates),
    ...inWave(sharedWaves.closing, [{ name: 'begin-turn.yaml', object: closing.begin }]),
    ...inWave(sharedWaves.base, shared),
  ];
}

/** A pod on the network of its node has no VIP: MetalLB has nothing of it. */
function inMetallb(scope: { readonly topology: Topology }): FolderEntry[] {
  return [
    { name: 'gate-metallb-role.yaml', object: gateMetallbRole(scope) },
    { name: 'gate-metallb-role-binding.yaml', object: gateMetallbRoleBinding(scope) },
  ];
}

function inWave(wave: number, entries: readonly FolderEntry[]): FolderEntry[] {
  return entries.map(({ name, object }) => ({ name, object: forArgoCd(object, wave) }));
}

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
  const watchesApi = topology.routeServers.mesh.source === 'kubernetes';
  return [
    { name: 'namespace.yaml', object: namespace(scope) },
    { name: 'service-account.yaml', object: serviceAccount(scope) },
    ...(watchesApi
      ? [
          { name: 'role.yaml', object: role(scope) },
          { name: 'role-binding.yaml', object: roleBinding(scope) },
        ]
      : []),
    { name: 'mesh-service.yaml', object: meshService(scope) },
    { name: 'pod-disruption-budget.yaml', object: podDisruptionBudget(scope) },
  ];
}

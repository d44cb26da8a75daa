import { syncTimeoutSeconds } from '../durations.ts';
import type { ConfigMap } from '../kubernetes/core-types.ts';
import type { ClusterScope } from '../scope.ts';

/**
 * What Argo CD itself needs, as the keys to add to its own ConfigMaps. Its controllers see only those of its own
 * `part-of` (Argo CD documentation, "Declarative Setup").
 */
export function argoCdSettings(scope: ClusterScope): ConfigMap[] {
  return [
    configMap(scope, 'argocd-cm', { 'resource.customizations.health.argoproj.io_Application': applicationHealth }),
    configMap(scope, 'argocd-cmd-params-cm', { 'controller.sync.timeout.seconds': String(syncTimeoutSeconds(scope)) }),
  ];
}

function configMap({ topology }: ClusterScope, name: string, data: Readonly<Record<string, string>>): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: topology.gitops.namespace, labels: { 'app.kubernetes.io/part-of': 'argocd' } },
    data,
  };
}

/**
 * Argo CD documentation, "Resource Health", "Argocd App": without it a root does not wait for its Applications. What
 * stands there takes an Application for healthy as soon as nothing of it is unhealthy, and halfway through its first
 * sync that is so: seen with 3.2.11, route servers began while MetalLB was still being applied. So a sync that runs is
 * not healthy yet.
 */
const applicationHealth = `hs = { status = "Progressing", message = "" }
if obj.status == nil or obj.status.health == nil then
  return hs
end
hs.status = obj.status.health.status
if obj.status.health.message ~= nil then
  hs.message = obj.status.health.message
end
local operation = obj.status.operationState
local isSynced = obj.status.sync ~= nil and obj.status.sync.status == "Synced"
local hasEnded = operation ~= nil and operation.phase ~= "Running"
if hs.status == "Healthy" and not isSynced and not hasEnded then
  hs.status = "Progressing"
  hs.message = "its sync has not ended"
end
return hs
`;

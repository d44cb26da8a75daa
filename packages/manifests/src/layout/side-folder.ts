import { forArgoCd } from '../argo-cd/for-argo-cd.ts';
import { digestOf, sideRevision, withRevision, type GeneratedSide } from '../argo-cd/side-revision.ts';
import { removalWave, sideWave, statefulSetWave } from '../argo-cd/waves.ts';
import { sideBfdProfiles } from '../objects/bfd-profile.ts';
import { bgpAdvertisement } from '../objects/bgp-advertisement.ts';
import { sideBgpPeers } from '../objects/bgp-peer.ts';
import { gatePod, removalGatePod } from '../objects/gate-pod.ts';
import { ipAddressPool } from '../objects/ip-address-pool.ts';
import { managementAdvertisements, managementPools, managementServices } from '../objects/management.ts';
import { networkPolicy } from '../objects/network-policy.ts';
import { settingsConfigMap } from '../objects/settings-config-map.ts';
import { statefulSets } from '../objects/stateful-set.ts';
import { vipService } from '../objects/vip-service.ts';
import type { ConfigMap, KubernetesObject, Pod, StatefulSet } from '../kubernetes/core-types.ts';
import { sidesOf, type ClusterScope, type SideScope } from '../scope.ts';
import type { FolderEntry } from './manifest-file.ts';

/**
 * overlays/<cluster>/<side>: everything that is this side's own, so that it can go before or after the other side, and
 * its gate.
 */
export function sideFolder(scope: SideScope): FolderEntry[] {
  const objects = sideObjects(scope);
  const { settings, others, sets } = objects;
  const revision = revisionOf(scope, objects);
  return [
    { name: 'gate.yaml', object: gatePod(scope, revision) },
    { name: 'settings.yaml', object: withRevision(settings, revision) },
    ...others.map(({ name, object }) => ({ name, object: withRevision(object, revision) })),
    ...sets.map((object) => ({
      name: `stateful-set-${object.metadata.name}.yaml`,
      object: withRevision(object, revision),
    })),
  ];
}

/** The gate before a side. */
export function gateOf(scope: SideScope): Pod {
  return gatePod(scope, revisionOf(scope, sideObjects(scope)));
}

/** The gate before what Argo CD deletes of the sides. */
export function removalGateOf(scope: ClusterScope): Pod {
  const revisions = sidesOf(scope).flatMap((side) => {
    const revision = revisionOf(side, sideObjects(side));
    return revision === undefined ? [] : [[side.side, revision] as const];
  });
  return forArgoCd(removalGatePod(scope, Object.fromEntries(revisions)), removalWave);
}

interface SideObjects {
  readonly settings: ConfigMap;
  readonly others: readonly FolderEntry[];
  readonly sets: readonly StatefulSet[];
}

/** A side as it is generated: its revision, and a digest by which a build of it is known to be no other. */
export function generatedSide(scope: SideScope): GeneratedSide {
  const objects = listOf(sideObjects(scope));
  return { revision: sideRevision(objects), digest: digestOf(objects) };
}

/** A component of the user's may change any object, so that with one the revision is of what is built. */
function revisionOf({ hasCustom, builtRevisions, side }: SideScope, objects: SideObjects): string | undefined {
  return hasCustom ? builtRevisions?.[side] : sideRevision(listOf(objects));
}

function listOf({ settings, others, sets }: SideObjects): KubernetesObject[] {
  return [settings, ...others.map(({ object }) => object), ...sets];
}

function sideObjects(scope: SideScope): SideObjects {
  const isBehindVip = scope.topology.routeServers.exposure === 'loadBalancer';
  const settings = forArgoCd(settingsConfigMap(scope), sideWave(scope));
  const others: FolderEntry[] = [
    ...(isBehindVip ? vipEntries(scope) : []),
    ...managementPools(scope).map((object) => ({ name: 'management-pool.yaml', object })),
    ...managementAdvertisements(scope).map((object) => ({ name: 'management-advertisement.yaml', object })),
    ...managementServices(scope).map((object) => ({ name: `service-${object.metadata.name}.yaml`, object })),
  ].map(({ name, object }) => ({ name, object: forArgoCd(object, sideWave(scope)) }));
  const sets = statefulSets(scope).map((object) => forArgoCd(object, statefulSetWave(scope)));
  return { settings, others, sets };
}

/** A pod on the node's network has no VIP, and no NetworkPolicy applies to it. */
function vipEntries(scope: SideScope): FolderEntry[] {
  const hasOwnPeers = scope.topology.metallb.peerScope === 'side';
  return [
    { name: 'network-policy.yaml', object: networkPolicy(scope) },
    { name: 'ip-address-pool.yaml', object: ipAddressPool(scope) },
    ...(hasOwnPeers ? peerEntries(scope) : []),
    { name: 'bgp-advertisement.yaml', object: bgpAdvertisement(scope) },
    { name: 'service.yaml', object: vipService(scope) },
  ];
}

function peerEntries(scope: SideScope): FolderEntry[] {
  return [
    ...sideBfdProfiles(scope).map((object) => ({ name: 'bfd-profile.yaml', object })),
    ...sideBgpPeers(scope).map((object) => ({ name: `bgp-peer-${object.metadata.name}.yaml`, object })),
  ];
}

import { forArgoCd } from '../argo-cd/for-argo-cd.ts';
import { sideWave } from '../argo-cd/waves.ts';
import { sideBfdProfiles } from '../objects/bfd-profile.ts';
import { bgpAdvertisement } from '../objects/bgp-advertisement.ts';
import { sideBgpPeers } from '../objects/bgp-peer.ts';
import { gatePod } from '../objects/gate-pod.ts';
import { ipAddressPool } from '../objects/ip-address-pool.ts';
import { managementAdvertisements, managementPools, managementServices } from '../objects/management.ts';
import { networkPolicy } from '../objects/network-policy.ts';
import { settingsConfigMap } from '../objects/settings-config-map.ts';
import { statefulSets } from '../objects/stateful-set.ts';
import { vipService } from '../objects/vip-service.ts';
import type { SideScope } from '../scope.ts';
import type { FolderEntry } from './manifest-file.ts';

/** overlays/<cluster>/<side>: everything that is this side's own, so that it can go before or after the other side, and its gate. */
export function sideFolder(scope: SideScope): FolderEntry[] {
  const isBehindVip = scope.topology.routeServers.exposure === 'loadBalancer';
  const entries: FolderEntry[] = [
    { name: 'settings.yaml', object: settingsConfigMap(scope) },
    ...(isBehindVip ? vipEntries(scope) : []),
    ...managementPools(scope).map((object) => ({ name: 'management-pool.yaml', object })),
    ...managementAdvertisements(scope).map((object) => ({ name: 'management-advertisement.yaml', object })),
    ...managementServices(scope).map((object) => ({ name: `service-${object.metadata.name}.yaml`, object })),
    ...statefulSets(scope).map((object) => ({ name: `stateful-set-${object.metadata.name}.yaml`, object })),
  ];
  return [
    { name: 'gate.yaml', object: gatePod(scope) },
    ...entries.map(({ name, object }) => ({ name, object: forArgoCd(object, sideWave(scope)) })),
  ];
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

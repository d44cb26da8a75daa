import { globalBfdProfiles } from '../objects/bfd-profile.ts';
import { globalBgpPeers } from '../objects/bgp-peer.ts';
import type { ClusterScope } from '../scope.ts';
import type { FolderEntry } from './manifest-file.ts';

/** overlays/<cluster>: what stands between the shared base and the sides; with `peerScope: global` the BGPPeers. */
export function clusterFolder(scope: ClusterScope): FolderEntry[] {
  const { metallb, routeServers } = scope.topology;
  if (metallb.peerScope === 'side' || routeServers.exposure === 'hostNetwork') return [];
  return [
    ...globalBfdProfiles(scope).map((object) => ({ name: 'bfd-profile.yaml', object })),
    ...globalBgpPeers(scope).map((object) => ({ name: `bgp-peer-${object.metadata.name}.yaml`, object })),
  ];
}

import { forArgoCd } from '../argo-cd/for-argo-cd.ts';
import { sharedWaves } from '../argo-cd/waves.ts';
import { globalBfdProfiles } from '../objects/bfd-profile.ts';
import { globalBgpPeers } from '../objects/bgp-peer.ts';
import type { ClusterScope } from '../scope.ts';
import type { FolderEntry } from './manifest-file.ts';
import { removalGateOf } from './side-folder.ts';

/**
 * overlays/<cluster>: what stands between the shared base and the sides, with `peerScope: global` the BGPPeers; and what
 * comes after all sides.
 */
export function clusterFolder(scope: ClusterScope): FolderEntry[] {
  const shared = sharedAnnouncements(scope).map(({ name, object }) => ({
    name,
    object: forArgoCd(object, sharedWaves.cluster),
  }));
  return [...shared, { name: 'removal-gate.yaml', object: removalGateOf(scope) }];
}

function sharedAnnouncements(scope: ClusterScope): FolderEntry[] {
  const { metallb, routeServers } = scope.topology;
  if (metallb.peerScope === 'side' || routeServers.exposure === 'hostNetwork') return [];
  return [
    ...globalBfdProfiles(scope).map((object) => ({ name: 'bfd-profile.yaml', object })),
    ...globalBgpPeers(scope).map((object) => ({ name: `bgp-peer-${object.metadata.name}.yaml`, object })),
  ];
}

import type { BfdProfile } from '../kubernetes/metallb-types.ts';
import type { ClusterScope, SideScope } from '../scope.ts';
import { partOf, sideMetallbMetadata } from '../metadata.ts';
import { sharedBfdProfile } from '../names.ts';

/** BFD of a side's sessions with the routers; none without the key. */
export function sideBfdProfiles(scope: SideScope): BfdProfile[] {
  return bfdProfiles(scope, sideMetallbMetadata(scope, scope.service));
}

/** BFD of the sessions of all nodes (`peerScope: global`). */
export function globalBfdProfiles(scope: ClusterScope): BfdProfile[] {
  const { namespace } = scope.topology.metallb;
  return bfdProfiles(scope, { name: sharedBfdProfile, namespace, labels: partOf });
}

function bfdProfiles({ topology }: ClusterScope, metadata: BfdProfile['metadata']): BfdProfile[] {
  const { bfd } = topology.metallb;
  if (!bfd) return [];
  return [
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'BFDProfile',
      metadata,
      spec: {
        receiveInterval: bfd.receiveMilliseconds,
        transmitInterval: bfd.transmitMilliseconds,
        detectMultiplier: bfd.detectMultiplier,
      },
    },
  ];
}

import type { MeshGroupIntent } from '@meshrs/contract';
import type { FrrFamily, Neighbor, PeerGroup } from '../../frr/config.ts';
import { toFrrWord } from '../../frr/words.ts';

/** Both ends dial; FRR's 30 s would leave a mesh session down long after its network is back. */
const meshConnectSeconds = 5;

/** The other route servers: iBGP, everything passed on as it came. */
export function meshGroup(intent: MeshGroupIntent, family: FrrFamily): PeerGroup {
  return {
    name: toFrrWord(intent.name),
    remoteAs: 'internal',
    timers: intent.timers,
    connectSeconds: meshConnectSeconds,
    isGracefulRestartDisabled: false,
    family: { name: family, isActive: true, isReflectorClient: false },
  };
}

export function meshNeighbors(intent: MeshGroupIntent): readonly Neighbor[] {
  const group = toFrrWord(intent.name);
  return intent.neighbors.map((address) => ({ address, group, isPassive: false, isGracefulRestartDisabled: false }));
}

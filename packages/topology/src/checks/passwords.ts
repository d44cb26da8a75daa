import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { passwordSecretsOf } from '../fleet.ts';
import type { Topology } from '../schema/index.ts';
import { listWords } from './check.ts';

/** A change of a password resets the sessions of every side that has it. */
export function checkPasswords(topology: Topology): Finding<CheckCode>[] {
  return topology.metallb.peerScope === 'global' ? ofNoSide(topology) : shared(topology);
}

function ofNoSide({ metallb }: Topology): Finding<CheckCode>[] {
  const named = Object.keys(metallb.password.secrets);
  if (named.length === 0) return [];
  return [
    {
      code: 'password-of-no-side',
      path: ['metallb', 'password', 'secrets'],
      message:
        'With peerScope: global the BGPPeers are of all sides and read one Secret; nobody reads those of a side.',
      seen: listWords(named),
      allowed: 'secret alone with peerScope: global, secrets with peerScope: side',
      hint: 'set metallb.peerScope: side, or name one Secret under secret and remove secrets',
    },
  ];
}

/** Two clusters have a Secret each, whatever its name. A pod on the network of its node has no BGPPeer. */
function shared(topology: Topology): Finding<CheckCode>[] {
  if (topology.routeServers.exposure === 'hostNetwork') return [];
  return Object.values(topology.placement.clusters).flatMap(({ sides }) =>
    [...passwordSecretsOf(topology, sides)]
      .filter(([, sharing]) => sharing.length > 1)
      .map(([secret, sharing]) => ({
        code: 'password-shared',
        path: placeOf(topology, sharing, secret),
        message: `The sides ${listWords(sharing)} have one password Secret, ${secret}: a change of it resets MetalLB's sessions of all of them at once.`,
        seen: secret,
        allowed: 'a Secret for each side',
        hint: `make a Secret for each side with the same password, then name them: password: { secret: ${secret}, secrets: { ${sharing.map((side) => `${side}: ${secret}-${side}`).join(', ')} } }; docs/operations.md, "A password for each side"`,
      })),
  );
}

/** Where the name stands: that of the last one that names it, or what all others have. */
function placeOf({ metallb }: Topology, sharing: readonly string[], secret: string): Finding<CheckCode>['path'] {
  const { secrets } = metallb.password;
  const last = sharing.findLast((side) => Object.hasOwn(secrets, side) && secrets[side] === secret);
  return ['metallb', 'password', ...(last === undefined ? ['secret'] : ['secrets', last])];
}

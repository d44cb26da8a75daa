import type { GobgpPath, GobgpPeer } from '../gobgp/messages.ts';
import type { Observation } from './observation.ts';
import { z } from 'zod';

const communitiesSchema = z.object({ communities: z.object({ communities: z.array(z.number()) }) });

/** A change of a session, as GoBGP tells it. */
export function fromPeerEvent(client: string, peer: GobgpPeer, atMs: number): Observation | undefined {
  const { state } = peer;
  if (!state) return undefined;
  return {
    kind: 'state',
    atMs,
    client,
    neighbor: peer.conf?.neighborAddress ?? state.neighborAddress,
    isEstablished: state.sessionState === 'SESSION_STATE_ESTABLISHED',
    state: state.sessionState.replace('SESSION_STATE_', '').toLowerCase(),
  };
}

/** Routes that came or went together; one observation for each neighbor and set of communities. */
export function fromPaths(client: string, paths: readonly GobgpPath[], atMs: number): Observation[] {
  const groups = Map.groupBy(paths, (path) => `${path.neighborIp} ${communitiesOf(path).join(' ')}`);
  return [...groups.values()].flatMap((group): Observation[] => {
    const [first] = group;
    if (!first) return [];
    const keys = (isWithdraw: boolean): string[] =>
      group.filter((path) => path.isWithdraw === isWithdraw).map((path) => JSON.stringify(path.nlri));
    return [
      {
        kind: 'update',
        atMs,
        client,
        neighbor: first.neighborIp,
        announced: keys(false),
        withdrawn: keys(true),
        communities: communitiesOf(first),
      },
    ];
  });
}

function communitiesOf(path: GobgpPath): number[] {
  return path.pattrs
    .flatMap((attribute) => {
      const parsed = communitiesSchema.safeParse(attribute);
      return parsed.success ? parsed.data.communities.communities : [];
    })
    .sort((one, other) => one - other);
}

import type { BgpSession } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { AskedAgent } from './ask-all.ts';
import { areOfOnePod, type SidesKnown } from './side-of.ts';

/** The router-ids of those that the own engine has an established session of the mesh with, by address. */
export type InMesh = ReadonlyMap<IpAddress, IpAddress>;

export function inMesh(sessions: readonly BgpSession[]): InMesh {
  return new Map(
    sessions.flatMap(({ address, kind, state, remoteRouterId }) =>
      kind === 'mesh' && state === 'established' && remoteRouterId !== undefined ? [[address, remoteRouterId]] : [],
    ),
  );
}

/**
 * Whoever answers at an address of the mesh says who it is, and that is its word alone: it counts as the route server with that
 * router-id only while the own engine has a session with this very router-id at this very address. Otherwise a program at any
 * address of the mesh could speak for a route server that is gone, or make what the true one tells doubtful.
 */
export function accepted(asked: AskedAgent, mesh: InMesh, places: SidesKnown): AskedAgent {
  const { address, answer } = asked;
  if (!answer.ok) return asked;
  const { routerId } = answer.told.agent;
  const there = mesh.get(address);
  // The engine of one that is renumbered has the router-id of before while it holds that change.
  if (there !== undefined && areOfOnePod(there, routerId, places)) return asked;
  const has =
    there === undefined ? 'has no established session of the mesh there' : `has a session with ${there} there`;
  return { ...asked, answer: { ok: false, why: `it says that it is ${routerId}, and the engine here ${has}` } };
}

import type { BgpSession } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { MeshEngine } from '../src/engine/mesh-engine.ts';

export interface MeshMember {
  readonly address: IpAddress;
  readonly routerId: IpAddress;
}

/** The same engine, which has established sessions of the mesh with these as well: those of a daemon that can reach them. */
export function withMesh(engine: MeshEngine, members: () => readonly MeshMember[]): MeshEngine {
  return {
    ...engine,
    observe: async (signal) => {
      const observation = await engine.observe(signal);
      const mesh = members().map(sessionWith);
      const added = new Set(mesh.map(({ address }) => address));
      return {
        ...observation,
        sessions: [...observation.sessions.filter(({ address }) => !added.has(address)), ...mesh],
      };
    },
  };
}

function sessionWith({ address, routerId }: MeshMember): BgpSession {
  return {
    ...{ address, kind: 'mesh', state: 'established', remoteRouterId: routerId, uptimeSeconds: 900 },
    ...{ establishedCount: 1, droppedCount: 0, receivedMessages: 100, receivedPrefixes: 5, sentPrefixes: 5 },
    endOfRib: { received: true, sent: true },
  };
}

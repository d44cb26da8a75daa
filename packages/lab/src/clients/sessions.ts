import type { Topology } from '@meshrs/topology';
import { z } from 'zod';
import { frrSockets } from '../frr/start-frr.ts';
import { askVtyJson } from '../frr/vty.ts';
import type { GobgpClient } from '../gobgp/client.ts';
import type { GobgpPeer } from '../gobgp/messages.ts';
import type { Lab } from '../lab/lab.ts';
import type { ClientPlan, LabPlan } from '../plan/lab-plan.ts';
import { clientSettings, type DialledSession } from './client-session.ts';
import { gobgpSocket } from '../gobgp/start-gobgp.ts';

/** A session of a client with a side, as the client sees it. */
export interface SessionAtClient extends DialledSession {
  readonly client: string;
  readonly isEstablished: boolean;
  /** The daemon's word: "Established", "Active". */
  readonly state: string;
  /** When it came up, in milliseconds since 1970, by whole seconds; undefined while it is down. */
  readonly establishedAtMs: number | undefined;
  /** EVPN routes that came over it and were taken; one's own, which FRR sends back, are not. */
  readonly received: number;
  readonly sent: number;
}

/** Every client's sessions, in the order of the topology. */
export async function readSessions(
  lab: Lab,
  plan: LabPlan,
  topology: Topology,
  connectTo: (socket: string) => GobgpClient,
): Promise<SessionAtClient[]> {
  const lists = await Promise.all(
    plan.clients.map((client) => {
      const { sessions } = clientSettings(client, topology);
      return client.daemon === 'frr' ? fromFrr(lab, client, sessions) : fromGobgp(lab, client, sessions, connectTo);
    }),
  );
  return lists.flat();
}

const frrSummary = z.object({
  peers: z.record(
    z.string(),
    z.object({
      state: z.string(),
      peerUptimeEstablishedEpoch: z.number().optional(),
      pfxRcd: z.number().optional(),
      pfxSnt: z.number().optional(),
    }),
  ),
});

async function fromFrr(lab: Lab, client: ClientPlan, sessions: readonly DialledSession[]): Promise<SessionAtClient[]> {
  const answer = await askVtyJson(frrSockets(lab, client.name).bgpd, 'show bgp l2vpn evpn summary json');
  const { peers } = frrSummary.parse(answer);
  return sessions.map((session) => {
    const peer = peers[session.vip];
    const isEstablished = peer?.state === 'Established';
    return {
      ...session,
      client: client.name,
      isEstablished,
      state: peer?.state ?? 'unknown',
      establishedAtMs:
        isEstablished && peer.peerUptimeEstablishedEpoch !== undefined
          ? peer.peerUptimeEstablishedEpoch * 1000
          : undefined,
      received: peer?.pfxRcd ?? 0,
      sent: peer?.pfxSnt ?? 0,
    };
  });
}

async function fromGobgp(
  lab: Lab,
  client: ClientPlan,
  sessions: readonly DialledSession[],
  connectTo: (socket: string) => GobgpClient,
): Promise<SessionAtClient[]> {
  const gobgp = connectTo(gobgpSocket(lab, client.name));
  try {
    const peers = await gobgp.listPeers();
    return sessions.map((session) => fromPeer(client, session, peers));
  } finally {
    gobgp.close();
  }
}

function fromPeer(client: ClientPlan, session: DialledSession, peers: readonly GobgpPeer[]): SessionAtClient {
  const peer = peers.find(({ conf }) => conf?.neighborAddress === session.vip);
  const state = gobgpState(peer?.state?.sessionState ?? '');
  const isEstablished = state === 'Established';
  const family = peer?.afiSafis[0]?.state;
  return {
    ...session,
    client: client.name,
    isEstablished,
    state,
    establishedAtMs: isEstablished ? (peer?.timers?.state?.uptime?.seconds ?? 0) * 1000 : undefined,
    received: family?.accepted ?? 0,
    sent: family?.advertised ?? 0,
  };
}

/** "SESSION_STATE_OPENSENT" as people write it. */
function gobgpState(state: string): string {
  const word = state.replace('SESSION_STATE_', '').toLowerCase();
  return word === '' ? 'unknown' : word.charAt(0).toUpperCase() + word.slice(1);
}

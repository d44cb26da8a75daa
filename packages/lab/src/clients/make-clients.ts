import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Topology } from '@meshrs/topology';
import { toFrrPath } from '@meshrs/router-config/frr/speaker';
import { startFrr, type FrrInstance } from '../frr/start-frr.ts';
import type { GobgpConfig, GobgpNeighbor } from '../gobgp/config.ts';
import type { GobgpClient } from '../gobgp/client.ts';
import { gobgpSocket, startGobgp } from '../gobgp/start-gobgp.ts';
import { inNamespace } from '../host/namespaces.ts';
import { run } from '../host/run.ts';
import type { Lab } from '../lab/lab.ts';
import type { ClientPlan, LabPlan } from '../plan/lab-plan.ts';
import { dumpFile } from '../observe/start-observers.ts';
import type { Tools } from '../lab/tools.ts';
import { clientSettings, type DialledSession, type ClientSettings } from './client-session.ts';
import { frrClientConfig } from './frr-client-config.ts';
import { injectedRoutes, withheldCommunity, type Reach } from './injected-routes.ts';

/**
 * Counts connections that somebody opens towards this namespace, by who does; only clients dial, never route servers.
 */
const connectionCounter = `table ip meshrs_lab {
  set dialled_by { type ipv4_addr; flags dynamic; size 1024; counter; }
  chain input {
    type filter hook input priority -300; policy accept;
    iifname != "lo" tcp flags & (syn | ack) == syn update @dialled_by { ip saddr counter }
  }
}
`;

/** Starts every client; each dials the VIPs until it is answered. */
export async function startClients(lab: Lab, tools: Tools, plan: LabPlan, topology: Topology): Promise<void> {
  mkdirSync(join(lab.paths.state, 'observations'), { recursive: true });
  await Promise.all(
    plan.clients.map(async (client, index) => {
      await run(inNamespace(client.namespace, [tools.nft, '-f', '-']), { input: connectionCounter });
      const settings = clientSettings(client, topology);
      const withheldFrom = withheldSide(settings.sessions, index);
      const instance = frrOf(client, settings, { dumpFile: dumpFile(lab, client.name), withheldFrom });
      if (instance) await startFrr(lab, instance);
      await startGobgp(lab, tools, client.name, client.namespace, gobgpOf(client, settings, withheldFrom));
    }),
  );
}

/** Gives every client its routes, or takes them away. */
export async function changeRoutes(
  lab: Lab,
  plan: LabPlan,
  connectTo: (socket: string) => GobgpClient,
  change: 'announce' | 'withdraw',
  reach: Reach,
): Promise<void> {
  await Promise.all(
    plan.clients.map(async (client, index) => {
      const gobgp = connectTo(gobgpSocket(lab, client.name));
      try {
        for (const { path } of injectedRoutes(client, index, reach)) {
          await (change === 'announce' ? gobgp.addPath(path) : gobgp.deletePath(path));
        }
      } finally {
        gobgp.close();
      }
    }),
  );
}

/** The side from which a client keeps its `one-side` routes: by turns, so that both directions are seen. */
export function withheldSide(sessions: readonly DialledSession[], index: number): DialledSession | undefined {
  return sessions.length > 1 ? sessions[index % sessions.length] : undefined;
}

/** Those clients that run FRR, with what each of them is told; `dumpFileOf` gives where it writes its messages. */
export function frrClients(
  plan: LabPlan,
  topology: Topology,
  dumpFileOf: (client: string) => string,
): readonly FrrInstance[] {
  return plan.clients.flatMap((client, index) => {
    const settings = clientSettings(client, topology);
    const withheldFrom = withheldSide(settings.sessions, index);
    return frrOf(client, settings, { dumpFile: dumpFileOf(client.name), withheldFrom }) ?? [];
  });
}

function frrOf(
  { daemon, name, namespace, injectorAddress }: ClientPlan,
  settings: ClientSettings,
  { dumpFile, withheldFrom }: { readonly dumpFile: string; readonly withheldFrom: DialledSession | undefined },
): FrrInstance | undefined {
  if (daemon !== 'frr') return undefined;
  return { name, namespace, config: frrClientConfig(settings, injectorAddress, toFrrPath(dumpFile), withheldFrom) };
}

/** As a client itself, or behind FRR, which then has the sessions with the VIPs. */
function gobgpOf(client: ClientPlan, settings: ClientSettings, withheldFrom: DialledSession | undefined): GobgpConfig {
  const { asn, routerId, routeServerAsn, sessions, group } = settings;
  const timers = { ...group.timers, connectRetrySeconds: group.connectRetrySeconds };
  if (client.daemon === 'frr') {
    return {
      asn,
      routerId: client.injectorAddress,
      neighbors: [{ address: routerId, asn, localAddress: client.injectorAddress, ...timers }],
    };
  }
  return {
    asn,
    routerId,
    listenAddress: routerId,
    neighbors: sessions.map((session): GobgpNeighbor => ({
      address: session.vip,
      asn: routeServerAsn,
      localAddress: session.source,
      multihopTtl: group.multihopTtl,
      ...timers,
      ...(session === withheldFrom && { withheldCommunity: withheldCommunity.text }),
    })),
  };
}

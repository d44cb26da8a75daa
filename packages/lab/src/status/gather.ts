import { labels, type SeenStatus } from '@meshrs/contract';
import { routeServersOf } from '@meshrs/topology';
import { readSessions, type SessionAtClient } from '../clients/sessions.ts';
import {
  readAnnouncements,
  readMetallbSessions,
  type Announcement,
  type MetallbSession,
} from '../fabric/announcements.ts';
import { listDaemons } from '../lab/daemons.ts';
import { isRunning } from '../host/proc.ts';
import { listReadyNodes } from '../cluster/nodes-ready.ts';
import type { ListedPod } from '../kubernetes/pods.ts';
import type { OpenLab } from '../open-lab/open-lab.ts';
import { askAgent, listRouteServerPods } from '../open-lab/open-cluster.ts';
import { nodesOf } from '../plan/lab-plan.ts';

/** What a lab is like at this moment. */
export interface LabStatus {
  readonly vips: readonly {
    readonly side: string;
    readonly vip: string;
    readonly announcements: readonly Announcement[];
    readonly pods: readonly ListedPod[];
  }[];
  readonly routeServers: readonly {
    readonly name: string;
    readonly side: string;
    readonly pod: ListedPod | undefined;
    readonly agent: SeenStatus | undefined;
  }[];
  readonly sessions: readonly SessionAtClient[];
  readonly metallb: readonly MetallbSession[];
  readonly nodesNotReady: readonly string[];
  /** Daemons of the lab that have ended, which they should not. */
  readonly deadDaemons: readonly string[];
}

export async function gatherStatus(open: OpenLab): Promise<LabStatus> {
  const { lab, plan, topology, clusters, connectTo } = open;
  const vips = Object.entries(topology.sides).flatMap(([side, definition]) =>
    definition.vips.map((vip) => ({ side, vip })),
  );
  const [pods, announcements, sessions, metallb, readyNodes] = await Promise.all([
    listRouteServerPods(open),
    readAnnouncements(
      lab,
      plan,
      vips.map(({ vip }) => vip),
    ),
    readSessions(lab, plan, topology, connectTo),
    readMetallbSessions(lab, plan),
    Promise.all(clusters.map(({ api }) => listReadyNodes(api))),
  ]);
  const routeServers = await Promise.all(
    routeServersOf(topology).map(async ({ name, side }) => ({
      name,
      side,
      pod: pods.find((pod) => pod.name === name),
      agent: await askAgent(open, { name, side }),
    })),
  );
  return {
    vips: vips.map(({ side, vip }) => ({
      side,
      vip,
      announcements: announcements.filter((one) => one.vip === vip),
      pods: pods.filter((pod) => pod.labels[labels.side] === side),
    })),
    routeServers,
    sessions,
    metallb,
    nodesNotReady: nodesOf(plan)
      .map(({ name }) => name)
      .filter((name) => !readyNodes.flat().includes(name)),
    deadDaemons: listDaemons(lab)
      .filter((daemon) => !isRunning(daemon))
      .map(({ name }) => name),
  };
}

/** Whether everything is as it should be: all sessions up, all VIPs announced, all pods and nodes Ready. */
export function isHealthy(status: LabStatus): boolean {
  return (
    status.vips.every(({ announcements }) => announcements.length > 0) &&
    status.routeServers.every(({ pod }) => pod?.isReady === true) &&
    status.sessions.every(({ isEstablished }) => isEstablished) &&
    status.metallb.every(({ isEstablished }) => isEstablished) &&
    status.nodesNotReady.length === 0 &&
    status.deadDaemons.length === 0
  );
}

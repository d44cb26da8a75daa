import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAgentStatus } from '@meshrs/contract/status';
import { agentPaths, ports, readinessProbe } from '@meshrs/contract';
import { createScratch } from '@meshrs/test-kit/scratch';
import { waitWithin } from '@meshrs/test-kit/wait';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { startLab, type Lab } from '../test/frr/lab.ts';
import { removeCgroups } from '../test/live/cgroups.ts';
import { agentCommand, preparePod, startAgent, type AgentProcess } from '../test/scale/agent-process.ts';
import { startCrowdIn, startLookerIn, type CrowdOfLab, type LookerOfLab } from '../test/scale/clients-side.ts';
import { addressAfter, type CrowdMembers } from '../test/scale/crowd-members.ts';
import type { CrowdEvent } from '../test/scale/crowd.ts';
import { startFleetIn } from '../test/scale/fleet-of-agents.ts';
import { createMemoryGroup, type MemoryGroup } from '../test/scale/memory-group.ts';

/** What a route server of this size carries, and what its containers may take. */
export interface SizePlan {
  readonly clients: number;
  /** So many of them announce `routesOfEach`. */
  readonly announcing: number;
  readonly routesOfEach: number;
  /** So many of the silent ones come last, when they are asked for. */
  readonly late: number;
  /** The other route servers of its mesh; their agents say that they have the same clients. */
  readonly others: number;
  readonly agentMiB: number;
  readonly engineMiB: number;
}

/** A real bgpd and the built agent beside it, within their limits, with all clients of the plan. */
export interface SizeStand {
  readonly plan: SizePlan;
  readonly lab: Lab;
  readonly bgpd: Bgpd;
  readonly agent: AgentProcess;
  readonly crowd: CrowdOfLab;
  readonly looker: LookerOfLab;
  readonly agentGroup: MemoryGroup;
  readonly engineGroup: MemoryGroup;
  /** Lets all but the late clients dial; resolves with seconds until all were established at once; Infinity: not in time. */
  bringClients(): Promise<number>;
  bringLate(): Promise<void>;
  isReady(): boolean;
  /** Seconds from the last client until the agent was Ready; Infinity: not in time. */
  untilReady(): Promise<number>;
  /** The most that was seen of both containers, every quarter of a second since the start. */
  readonly most: { agentMiB: number; agentResidentMiB: number; engineMiB: number; engineSocketsMiB: number };
  /** Of all processes that it had. */
  agentCpuMs(): number;
  /** Milliseconds from the establishment of a client with a forbidden AS to the end of its session. */
  forbiddenComes(): Promise<number>;
  /** Milliseconds from the end of a client's session to the first answer of /status without it. */
  clientLeaves(): Promise<number>;
  statusMs(): Promise<number>;
  /** How often the agent was not ready any more, or did not answer its readiness probe in its time. */
  unready(): number;
  remove(): Promise<void>;
}

const clientsFrom = '192.168.0.1';
const announcersFrom = '192.168.128.1';
const othersFrom = '192.168.252.1';
const undeclaredFrom = '192.168.192.1';
const firstAsn = 100_000;
const timeoutMs = 180_000;

export async function createSizeStand(plan: SizePlan): Promise<SizeStand> {
  await removeCgroups();
  const scratch = createScratch();
  const lab = await startLab();
  const agentGroup = createMemoryGroup('agent', plan.agentMiB);
  const engineGroup = createMemoryGroup('engine', plan.engineMiB);
  const bgpd = await lab.startBgpd(1, '', engineGroup.entering);
  const endings = new Map<string, number>();
  const beginnings = new Map<string, number>();
  let lastBeginning = 0;
  const hear = ({ kind, address, at }: CrowdEvent): void => {
    (kind === 'ended' ? endings : beginnings).set(address, at);
    if (kind === 'established') lastBeginning = Math.max(lastBeginning, at);
  };
  const crowd = startCrowdIn(lab, hear);
  const looker = startLookerIn(lab);
  const settings = settingsOf(plan);
  const silent = plan.clients - plan.announcing;
  await startFleetIn(lab).serve(
    Array.from({ length: plan.others }, (_, index) => ({
      address: addressAfter(othersFrom, index),
      pod: `rs-${String(index + 1)}`,
      settingsRevision: createHash('sha256').update(settings).digest('hex'),
      clients: [
        { firstAddress: clientsFrom, firstAsn, count: silent, routesOfEach: 0 },
        {
          ...{ firstAddress: announcersFrom, firstAsn: firstAsn + silent, count: plan.announcing },
          routesOfEach: plan.routesOfEach,
        },
      ],
    })),
  );
  const command = await agentCommand(scratch.folder);
  const root = path.join(scratch.folder, 'pod');
  const agentPlan = { number: 1, bgpd, podName: 'rs-0', settings, within: agentGroup.entering };
  await preparePod(command, root, agentPlan);
  const agent = startAgent(lab, command, root, agentPlan);
  const most = { agentMiB: 0, agentResidentMiB: 0, engineMiB: 0, engineSocketsMiB: 0 };
  const cpu = { pid: 0, ofEnded: 0, ofThis: 0 };
  const measureCpu = (): number => {
    const now = agent.cpuMs();
    // Nothing while it is started again.
    if (now === 0 || Number.isNaN(now)) return cpu.ofEnded + cpu.ofThis;
    if (cpu.pid !== agent.pid()) Object.assign(cpu, { pid: agent.pid(), ofEnded: cpu.ofEnded + cpu.ofThis });
    cpu.ofThis = now;
    return cpu.ofEnded + cpu.ofThis;
  };
  const measuring = setInterval(() => {
    measureCpu();
    most.agentMiB = Math.max(most.agentMiB, agentGroup.workingSetMiB());
    // None while it is started again.
    most.agentResidentMiB = Math.max(most.agentResidentMiB, agent.residentMiB() || 0);
    most.engineMiB = Math.max(most.engineMiB, engineGroup.workingSetMiB());
    most.engineSocketsMiB = Math.max(most.engineSocketsMiB, engineGroup.socketsMiB());
  }, 250);
  const at = (page: string) => `http://${bgpd.address}:${String(ports.agent)}${page}`;
  let readyAt = Infinity;
  let unready = 0;
  await looker.watch(at(agentPaths.ready), 500, (look) => {
    const isReady = look.status === 200 && look.milliseconds <= readinessProbe.timeoutSeconds * 1000;
    if (isReady) readyAt = Math.min(readyAt, look.at);
    else if (readyAt !== Infinity) unready += 1;
  });
  let undeclared = 0;
  const same = { remotes: [bgpd.address], holdSeconds: 30, retryMs: 1000 };
  return {
    ...{ plan, lab, bgpd, agent, crowd, looker, agentGroup, engineGroup, most },
    bringClients: async () => {
      const started = performance.now();
      await crowd.add(meshOf(plan, bgpd.address));
      await crowd.add({ ...same, firstAddress: clientsFrom, count: silent - plan.late, firstAsn, routes: 0 });
      if (plan.announcing > 0) {
        await crowd.add({
          ...same,
          firstAddress: announcersFrom,
          count: plan.announcing,
          firstAsn: firstAsn + silent,
          routes: plan.routesOfEach,
        });
      }
      const all = plan.clients - plan.late + plan.others;
      return await secondsUntil(started, async () => (await crowd.summary()).established === all);
    },
    bringLate: async () => {
      const first = silent - plan.late;
      const late = { firstAddress: addressAfter(clientsFrom, first), firstAsn: firstAsn + first, count: plan.late };
      await crowd.add({ ...same, ...late, routes: 0 });
    },
    isReady: () => readyAt !== Infinity,
    untilReady: async () => {
      await secondsUntil(performance.now(), () => readyAt !== Infinity);
      return Math.max(0, readyAt - lastBeginning) / 1000;
    },
    agentCpuMs: measureCpu,
    forbiddenComes: async () => {
      const address = addressAfter(undeclaredFrom, (undeclared += 1));
      const once = { count: 1, retryMs: 600_000, routes: 0 };
      await crowd.add({ ...same, ...once, firstAddress: address, firstAsn: 64_999 });
      await secondsUntil(performance.now(), () => endings.has(address), 20);
      await crowd.stop([address], 'silent');
      return (endings.get(address) ?? Infinity) - (beginnings.get(address) ?? 0);
    },
    clientLeaves: async () => {
      const address = addressAfter(clientsFrom, (undeclared += 1));
      await crowd.stop([address], 'cease');
      const stopped = performance.now();
      for (;;) {
        const { status, body } = await looker.get(at(agentPaths.status));
        if (status === 200 && !hasSession(body, address)) return performance.now() - stopped;
        if (performance.now() - stopped > 30_000) return Infinity;
      }
    },
    statusMs: async () => {
      const { status, milliseconds } = await looker.get(at(agentPaths.status));
      return status === 200 ? milliseconds : Infinity;
    },
    unready: () => unready,
    remove: async () => {
      clearInterval(measuring);
      await agent.stop();
      await lab.stop();
      await removeCgroups();
      scratch.remove();
    },
  };
}

function hasSession(body: string, address: string): boolean {
  const { sessions } = parseAgentStatus(JSON.parse(body));
  const list = sessions.kind === 'read' ? sessions.list : [];
  return list.some((session) => session.address === address && session.state === 'established');
}

/** The other route servers: sessions of their AS, with End-of-RIB; bgpd tells of it where graceful restart is known. */
function meshOf({ others }: SizePlan, remote: string): CrowdMembers {
  return {
    ...{ firstAddress: othersFrom, count: others, firstAsn: 65000, isOneAsn: true, remotes: [remote] },
    ...{ holdSeconds: 9, retryMs: 1000, routes: 0, restartSeconds: 60 },
  };
}

function settingsOf({ others }: SizePlan): string {
  const peers = Array.from({ length: others }, (_, index) => addressAfter(othersFrom, index));
  const routerIds = ['  rs-0: 192.0.2.100', ...peers.map((peer, index) => `  rs-${String(index + 1)}: ${peer}`)];
  return `asn: "65000"
mode: evpnrs
engine: frr
routerIds:
${routerIds.join('\n')}
drain: {gracefulShutdownSeconds: 0, ceaseSeconds: 0}
readiness: {waitsForClients: true}
bgpgroups:
  - name: MESHRR-CORE
    type: mesh
    source: {sourcetype: static, addresses: [${peers.join(', ')}]}
  - name: MESHRR-CLIENTS
    type: subtractive
    prefixes: [192.168.0.0/17, 192.168.128.0/18, 192.168.192.0/19]
    asranges: ["100000-199999"]
`;
}

async function secondsUntil(
  started: number,
  holds: () => boolean | Promise<boolean>,
  limitSeconds = timeoutMs / 1000,
): Promise<number> {
  const limit = limitSeconds * 1000;
  try {
    await waitWithin('it', holds, Boolean, limit, 100);
    return (performance.now() - started) / 1000;
  } catch (thrown) {
    // A figure, too: it did not come in time.
    if (thrown instanceof Error && thrown.message.startsWith('Not within')) return Infinity;
    throw thrown;
  }
}

export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) / 1024;
}

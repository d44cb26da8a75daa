import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gateArguments } from '@meshrs/contract';
import { effectSeconds } from '@meshrs/gate';
import { dying, endChild } from '@meshrs/test-kit/daemon';
import { createScratch } from '@meshrs/test-kit/scratch';
import { removeCgroups } from '../test/live/cgroups.ts';
import { grantGeneratedRole, writePod, writeSettings } from '../test/live/gate-cluster.ts';
import { startKubeApi, type KubeApi } from '../test/live/kube-api.ts';
import { agentCommand, imageEnvironment } from '../test/scale/agent-process.ts';
import { addressAfter } from '../test/scale/crowd-members.ts';
import { startFleetOnLoopback } from '../test/scale/fleet-of-agents.ts';
import { createMemoryGroup } from '../test/scale/memory-group.ts';
import { settingsText, staticSource } from '../test/settings-text.ts';

/** One run of the gate. */
export interface GateRun {
  /** 0: it opened. */
  readonly exitCode: number;
  readonly seconds: number;
  /** The most that was seen. */
  readonly residentMiB: number;
  readonly kills: number;
}

/** A real API server with this many route servers a side, and their agents' answers; each client is on both sides. */
export interface GateStand {
  run(): Promise<GateRun>;
  remove(): Promise<void>;
}

const core = '/api/v1/namespaces/meshrr';
const sets = '/apis/apps/v1/namespaces/meshrr/statefulsets';
const sides = ['a', 'b'] as const;
const firstAgent = '127.77.0.1';
const firstClient = '100.64.0.1';

export async function createGateStand(plan: {
  readonly routeServersOfSide: number;
  readonly clientsOfEach: number;
  readonly gateMiB: number;
}): Promise<GateStand> {
  await removeCgroups();
  const scratch = createScratch();
  const account = join(scratch.folder, 'var/run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(account, { recursive: true });
  mkdirSync(join(scratch.folder, 'dev'));
  const api = await startKubeApi();
  writeFileSync(join(account, 'ca.crt'), api.ca());
  writeFileSync(join(account, 'namespace'), 'meshrr');
  writeFileSync(join(account, 'token'), api.tokens.gate);
  await grantGeneratedRole(api);
  const settings = settingsText({ source: staticSource('192.0.2.1') });
  const fleet = startFleetOnLoopback();
  const pods = sides.flatMap((side, ofSide) =>
    Array.from({ length: plan.routeServersOfSide }, (_, ordinal) => ({
      name: `routeserver-${side}-${String(ordinal)}`,
      address: addressAfter(firstAgent, ofSide * 1024 + ordinal),
      ...{ side, ordinal },
    })),
  );
  for (const side of sides) {
    await writeSide(api, side, plan.routeServersOfSide);
    await writeSettings(api, side, settings);
  }
  for (const pod of pods) await writePod(api, pod.side, pod);
  // The clients come back after the change of side a has taken effect, as they do after a roll-out.
  await sleep((effectSeconds + 1) * 1000);
  await fleet.serve(
    pods.map(({ name, address, ordinal }) => ({
      ...{ address, pod: name, settingsRevision: createHash('sha256').update(settings).digest('hex') },
      uptimeSeconds: 0,
      clients: [
        {
          firstAddress: addressAfter(firstClient, ordinal * plan.clientsOfEach),
          firstAsn: 100_000 + ordinal * plan.clientsOfEach,
          count: plan.clientsOfEach,
        },
      ],
    })),
  );
  const command = await agentCommand(scratch.folder);
  const group = createMemoryGroup('gate', plan.gateMiB);
  return {
    run: async () => {
      const before = group.kills();
      const started = performance.now();
      const variables = Object.entries({
        ...imageEnvironment,
        KUBERNETES_SERVICE_HOST: api.host,
        KUBERNETES_SERVICE_PORT: api.port,
      }).map(([name, value]) => `${name}=${value}`);
      const child = spawn(
        'setpriv',
        [...dying, ...group.entering, 'env', '-i', ...variables, ...command, ...gate(), '--root', scratch.folder],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      let residentMiB = 0;
      const measuring = setInterval(() => {
        residentMiB = Math.max(residentMiB, residentOf(child.pid ?? -1));
      }, 50);
      const [exitCode] = (await once(child, 'exit')) as [number | null];
      clearInterval(measuring);
      const seconds = (performance.now() - started) / 1000;
      return { exitCode: exitCode ?? -1, seconds, residentMiB, kills: group.kills() - before };
    },
    remove: async () => {
      await endChild(fleet.child);
      await api.remove();
      await removeCgroups();
      scratch.remove();
    },
  };
}

function gate(): readonly string[] {
  return gateArguments({
    next: 'b',
    sides: sides.map((name) => ({
      name,
      statefulSets: [`routeserver-${name}`],
      settings: `routeserver-${name}-settings`,
    })),
    selector: 'app=meshrr-evpnrs',
    timeoutSeconds: 60,
    allowMissing: [],
    revision: 'new',
  });
}

async function writeSide(api: KubeApi, side: string, replicas: number): Promise<void> {
  const labels = { app: 'meshrr-evpnrs', side };
  const name = `routeserver-${side}`;
  await api.request('POST', sets, {
    metadata: { name },
    spec: {
      replicas,
      serviceName: 'meshrr-core',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'frr', image: 'frr' }] } },
    },
  });
  await api.request('PATCH', `${sets}/${name}/status`, {
    status: { observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: replicas },
  });
  await api.request('POST', `${core}/configmaps`, { metadata: { name: `${name}-settings` }, data: {} });
}

/** 0 once it has ended. */
function residentOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

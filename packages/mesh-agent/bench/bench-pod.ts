import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readContainerfile } from '../image/containerfile.ts';
import { snapshotInImage, writeStartupSnapshot } from '../image/startup-snapshot.ts';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { startLab, type Lab } from '../test/frr/lab.ts';
import { eventually } from '@meshrs/test-kit/wait';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { publishSlice, startKubeApi, type KubeApi } from '../test/live/kube-api.ts';
import { createScratch } from '@meshrs/test-kit/scratch';

/** A real Kubernetes API with many endpoints, a real bgpd, and the built agent between them. */
export interface BenchPod {
  readonly api: KubeApi;
  /** Starts the agent; resolves when it has applied the peers, with the milliseconds from the start of the process. */
  startAgent(): Promise<RunningAgent>;
  /** Writes the slice that changes: with `count` of its hundred endpoints. */
  publishChanging(count: number): Promise<void>;
  remove(): Promise<void>;
}

export interface RunningAgent {
  readonly startMs: number;
  residentMiB(): number;
  cpuMs(): number;
  /** How many lines of an event it has logged. */
  count(event: string): number;
  /** At once, or by a signal that lets it finish. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const endpointsInSlice = 100;
const slices = 5;
const program = path.join(import.meta.dirname, '../dist/mesh-agent');
/** Started as in the image: the flags, the startup snapshot and the environment of its Containerfile. */
const { entrypoint, env: imageEnv } = readContainerfile(
  readFileSync(path.join(import.meta.dirname, '../Containerfile'), 'utf8'),
  {},
);
const nodeFlags = (snapshot: string) => entrypoint.slice(1, -1).map((flag) => flag.replace(snapshotInImage, snapshot));

const address = (slice: number, endpoint: number) => `10.${String(slice)}.0.${String(endpoint + 1)}`;

export async function createBenchPod(options: { readonly maximumPeers: number }): Promise<BenchPod> {
  const scratch = createScratch();
  const root = scratch.folder;
  const api = await startKubeApi();
  const publish = (slice: number, count: number) =>
    publishSlice(
      api,
      `core-${String(slice)}`,
      Array.from({ length: count }, (_, endpoint) => ({
        pod: `rs-${String(slice)}-${String(endpoint)}`,
        address: address(slice, endpoint),
      })),
    );
  for (let slice = 0; slice < slices; slice++) await publish(slice, endpointsInSlice);
  const lab: Lab = await startLab();
  const bgpd = await lab.startBgpd(1, '');
  const env = makePod(root, api, bgpd, options.maximumPeers);
  const snapshot = path.join(root, 'mesh-agent.snapshot');
  await writeStartupSnapshot(snapshot, { node: process.execPath, program });
  const agent = [...nodeFlags(snapshot), program];
  const init = spawnSync(process.execPath, [...agent, 'init', '--root', root], { env, encoding: 'utf8' });
  if (init.status !== 0) throw new Error(`mesh-agent init: ${init.stdout}${init.stderr}`);
  await bgpd.kill();
  await bgpd.start();
  let running: RunningAgent | undefined;
  return {
    api,
    startAgent: async () => {
      // Each start begins with the configuration that init wrote.
      spawnSync(process.execPath, [...agent, 'init', '--root', root], { env });
      await bgpd.kill();
      await bgpd.start();
      running = await startAgent(root, env, agent);
      return running;
    },
    publishChanging: (count) => publish(0, count),
    remove: async () => {
      await running?.stop();
      await api.remove();
      await lab.stop();
      scratch.remove();
    },
  };
}

function makePod(root: string, api: KubeApi, bgpd: Bgpd, maximumPeers: number): NodeJS.ProcessEnv {
  const account = path.join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
  for (const folder of ['opt/meshrr/conf', 'run/meshrr', 'etc'])
    mkdirSync(path.join(root, folder), { recursive: true });
  mkdirSync(account, { recursive: true });
  symlinkSync(bgpd.folder, path.join(root, 'run/frr'));
  symlinkSync(bgpd.folder, path.join(root, 'config'));
  writeFileSync(path.join(account, 'ca.crt'), api.ca());
  writeFileSync(path.join(account, 'token'), api.tokens.agent);
  writeFileSync(
    path.join(root, 'opt/meshrr/conf/meshrr.conf.yml'),
    `asn: "65000"
mode: evpnrs
engine: frr
routerIds: {rs-a-0: 192.0.2.101}
drain: {gracefulShutdownSeconds: 0, ceaseSeconds: 0}
bgpgroups:
  - name: MESHRR-CORE
    type: mesh
    source: {sourcetype: kubernetes, service: meshrr-core}
    max_peers: ${String(maximumPeers)}
  - name: MESHRR-CLIENTS
    type: subtractive
    prefixes: [192.168.0.0/16]
`,
  );
  return {
    ...Object.fromEntries(
      imageEnv.map((each): readonly [string, string] => [each.split('=')[0] ?? '', each.replace(/^[^=]*=/, '')]),
    ),
    PATH: process.env['PATH'],
    POD_IP: anyLoopbackAddress(),
    POD_NAME: 'rs-a-0',
    POD_NAMESPACE: 'meshrr',
    KUBERNETES_SERVICE_HOST: api.host,
    KUBERNETES_SERVICE_PORT: api.port,
  };
}

async function startAgent(root: string, env: NodeJS.ProcessEnv, agent: readonly string[]): Promise<RunningAgent> {
  const started = performance.now();
  const child: ChildProcess = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', process.execPath, ...agent, 'sidecar', '--root', root],
    { env, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  let startMs: number | undefined;
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    output += piece;
    if (startMs === undefined && isApplied(output)) startMs = performance.now() - started;
  });
  const first = await eventually(
    () => startMs,
    (seen) => seen !== undefined,
    20_000,
  ).catch((error: unknown) => {
    throw new Error(`the agent applied no peers; it says:\n${output}`, { cause: error });
  });
  const pid = String(child.pid);
  return {
    startMs: first ?? 0,
    residentMiB: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
    cpuMs: () => {
      // Nanoseconds on the CPU first (kernel, Documentation/scheduler/sched-stats); /proc/PID/stat counts ticks of 10 ms.
      const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
        Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
      );
      return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
    },
    count: (event) => output.split(`"event":"${event}"`).length - 1,
    stop: async (signal = 'SIGKILL') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await ended;
    },
  };
}

/** With peers allowed the first reconcile changes them; with none it leaves them all out. */
function isApplied(output: string): boolean {
  return output.includes('"event":"peers-changed"') || output.includes('"event":"peers-left-out"');
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '@meshrs/bench';
import { eventually } from '@meshrs/test-kit/wait';
import { createBenchPod, type BenchPod, type RunningAgent } from './bench-pod.ts';

/** All of 500 endpoints are watched. Some are peers, so that events change neighbors; they are addresses of nobody. */
const maximumPeers = 490;
/** A mesh like most: what the endpoints' number costs alone. */
const fewPeers = 8;
const eventsInSample = 40;
const churnEvents = 10_000;

interface Running {
  readonly pod: BenchPod;
  readonly agent: RunningAgent;
}

let current: { readonly maximumPeers: number; readonly pod: BenchPod; agent?: RunningAgent } | undefined;

/** A pod whose mesh group takes so many peers, with its agent running; another pod ends first. */
async function running(peers: number, isFresh = false): Promise<Running> {
  if (current?.maximumPeers !== peers) {
    await end();
    current = { maximumPeers: peers, pod: await createBenchPod({ maximumPeers: peers }) };
  }
  const { pod } = current;
  if (isFresh) {
    // By a signal that lets it finish, as a pod's end does.
    await current.agent?.stop('SIGTERM');
    delete current.agent;
  }
  current.agent ??= await pod.startAgent();
  return { pod, agent: current.agent };
}

async function end(): Promise<void> {
  await current?.pod.remove();
  current = undefined;
}

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'agent: start of the process to first reconcile, 500 endpoints, 8 peers',
    unit: 'ms',
    wanted: '≤ 150 ms',
    runs: 7,
    sample: async () => {
      return (await running(fewPeers, true)).agent.startMs;
    },
  },
  {
    name: `agent: API write to neighbor configured, p95 of ${String(eventsInSample)} writes`,
    unit: 'ms',
    wanted: '≤ 250 ms',
    runs: 5,
    sample: async () => {
      const both = await running(maximumPeers);
      const latencies: number[] = [];
      for (let event = 0; event < eventsInSample; event++) latencies.push(await changeOnce(both, event));
      return latencies.sort((one, other) => one - other)[Math.floor(eventsInSample * 0.95)] ?? Number.NaN;
    },
  },
  {
    name: 'agent: resident memory, 500 endpoints, 8 peers, after 5 s',
    unit: 'MiB',
    wanted: '≤ 60 MiB',
    runs: 3,
    sample: async () => {
      const { agent } = await running(fewPeers, true);
      await sleep(5000);
      return agent.residentMiB();
    },
  },
  {
    name: 'agent: CPU in 30 s at rest, 500 endpoints, no session that changes',
    unit: 'ms',
    wanted: '≤ 36 ms',
    runs: 3,
    sample: async () => {
      const { agent } = await running(0);
      const before = agent.cpuMs();
      await sleep(30_000);
      return agent.cpuMs() - before;
    },
  },
  {
    name: `agent: growth of resident memory from ${String(churnEvents / 2)} to ${String(churnEvents)} churn events`,
    unit: 'MiB',
    wanted: 'none',
    runs: 1,
    sample: churnGrowth,
    tearDown: end,
  },
];

async function changeOnce({ pod, agent }: Running, event: number): Promise<number> {
  const before = agent.count('peers-changed');
  const started = performance.now();
  // 80 or 85 of the hundred: fewer than the maximum, so each write changes neighbors.
  await pod.publishChanging(80 + (event % 2) * 5);
  await eventually(
    () => agent.count('peers-changed'),
    (seen) => seen > before,
    10_000,
  );
  return performance.now() - started;
}

/** Once; the sample that only warms up is the same run. */
let growth: number | undefined;
async function churnGrowth(): Promise<number> {
  if (growth !== undefined) return growth;
  const { pod, agent } = await running(fewPeers);
  let afterHalf = 0;
  for (let event = 0; event < churnEvents; event++) {
    await pod.publishChanging(80 + (event % 15));
    if (event === churnEvents / 2) afterHalf = agent.residentMiB();
  }
  await sleep(2000);
  growth = agent.residentMiB() - afterHalf;
  return growth;
}

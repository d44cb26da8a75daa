import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '@meshrs/bench';
import { eventually } from '../test/eventually.ts';
import { createBenchPod, type BenchPod, type RunningAgent } from './bench-pod.ts';

/** All of 500 endpoints are watched, and 490 of them are peers, so that most events change a neighbor. */
const maximumPeers = 490;
const eventsInSample = 40;
const churnEvents = 10_000;

let pod: BenchPod | undefined;
let agent: RunningAgent | undefined;
const thePod = async () => (pod ??= await createBenchPod({ maximumPeers }));
const theAgent = async () => (agent ??= await (await thePod()).startAgent());
const stopAgent = async () => {
  await agent?.stop();
  agent = undefined;
};

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'agent: start of the process to first reconcile, 500 endpoints',
    unit: 'ms',
    wanted: '≤ 150 ms',
    runs: 7,
    sample: async () => {
      await stopAgent();
      return (await theAgent()).startMs;
    },
  },
  {
    name: `agent: API write to neighbor configured, p95 of ${String(eventsInSample)} writes`,
    unit: 'ms',
    wanted: '≤ 250 ms',
    runs: 5,
    sample: async () => {
      const running = await theAgent();
      const latencies: number[] = [];
      for (let event = 0; event < eventsInSample; event++) latencies.push(await changeOnce(running, event));
      return latencies.sort((one, other) => one - other)[Math.floor(eventsInSample * 0.95)] ?? Number.NaN;
    },
  },
  {
    name: 'agent: resident memory after that, watching 500 endpoints',
    unit: 'MiB',
    wanted: '≤ 60 MiB',
    runs: 3,
    sample: async () => (await theAgent()).residentMiB(),
  },
  {
    name: 'agent: CPU in 30 s at rest',
    unit: 'ms',
    wanted: '≤ 36 ms',
    runs: 3,
    sample: async () => {
      const running = await theAgent();
      const before = running.cpuMs();
      await sleep(30_000);
      return running.cpuMs() - before;
    },
  },
  {
    name: `agent: growth of resident memory from ${String(churnEvents / 10)} to ${String(churnEvents)} churn events`,
    unit: 'MiB',
    wanted: 'none',
    runs: 1,
    sample: churnGrowth,
    tearDown: async () => {
      await pod?.remove();
    },
  },
];

async function changeOnce(running: RunningAgent, event: number): Promise<number> {
  const api = await thePod();
  const before = running.count('peers-changed');
  const started = performance.now();
  // Between 80 and 99 of the hundred: fewer than the maximum, so each write changes at least one neighbor.
  await api.publishChanging(80 + (event % 2) * 5);
  await eventually(
    () => running.count('peers-changed'),
    (seen) => seen > before,
    10_000,
  );
  return performance.now() - started;
}

/** Once; the sample that only warms up is the same run. */
let growth: number | undefined;
async function churnGrowth(): Promise<number> {
  if (growth !== undefined) return growth;
  const api = await thePod();
  const running = await theAgent();
  let afterTenth = 0;
  for (let event = 0; event < churnEvents; event++) {
    await api.publishChanging(80 + (event % 15));
    if (event === churnEvents / 10) afterTenth = running.residentMiB();
  }
  await sleep(2000);
  growth = running.residentMiB() - afterTenth;
  return growth;
}

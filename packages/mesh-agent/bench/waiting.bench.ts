import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '@meshrs/bench';
import { createSizeStand, type SizePlan, type SizeStand } from './size-stand.ts';

/** An agent that waits for the last of its clients, which 499 other route servers have. */
const plan: SizePlan = {
  ...{ clients: 1000, announcing: 0, routesOfEach: 0, late: 1, others: 499 },
  ...{ agentMiB: 128, engineMiB: 5256 },
};
/** Of the two and a half minutes after which readiness waits for no client any longer. */
const waitingSeconds = 60;
const allSeconds = 600;
const name = 'agent that waits for a client, 500 route servers of 1000 clients each';

interface Waited {
  readonly stand: SizeStand;
  /** While it waits. */
  readonly waitingPercent: number;
  /** Since its clients are there, over all the time. */
  readonly cpuPercent: number;
  /** Infinity: it did not wait for the last client, or not become Ready with it. */
  readonly readySeconds: number;
}

let waited: Promise<Waited> | undefined;

export const benchmarks: readonly Benchmark[] = [
  of(`CPU over ${String(allSeconds)} s`, '%', '≤ 1 %', ({ cpuPercent }) => cpuPercent),
  of(`CPU over the first ${String(waitingSeconds)} s, while it waits`, '%', '', ({ waitingPercent }) => waitingPercent),
  of('from its last client until Ready', 's', '≤ 30 s', ({ readySeconds }) => readySeconds),
  of('resident memory, the most', 'MiB', '≤ 110 MiB', ({ stand }) => stand.most.agentResidentMiB),
  {
    ...of('killed for memory', 'times', '0', ({ stand }) => stand.agentGroup.kills()),
    tearDown: async () => {
      const ending = await waited;
      waited = undefined;
      await ending?.stand.remove();
    },
  },
];

function of(figure: string, unit: string, wanted: string, read: (seen: Waited) => number): Benchmark {
  return {
    ...{ name: `${name}: ${figure}`, unit, wanted, runs: 1 },
    sample: async () => {
      waited ??= wait();
      return read(await waited);
    },
  };
}

async function wait(): Promise<Waited> {
  const stand = await createSizeStand(plan);
  await stand.bringClients();
  const before = stand.agentCpuMs();
  const percentOver = (seconds: number) => (stand.agentCpuMs() - before) / (seconds * 10);
  await sleep(waitingSeconds * 1000);
  const waitingPercent = percentOver(waitingSeconds);
  const isWaiting = !stand.isReady();
  const lateAt = performance.now();
  await stand.bringLate();
  const readySeconds = await stand.untilReady();
  await sleep((allSeconds - waitingSeconds) * 1000 - (performance.now() - lateAt));
  return {
    ...{ stand, waitingPercent, cpuPercent: percentOver(allSeconds) },
    readySeconds: isWaiting ? readySeconds : Infinity,
  };
}

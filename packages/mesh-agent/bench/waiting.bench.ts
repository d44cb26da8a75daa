import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '@meshrs/bench';
import { createSizeStand, type SizePlan, type SizeStand } from './size-stand.ts';

/** An agent that waits for the last of its clients, which 499 other route servers have. */
const plan: SizePlan = {
  ...{ clients: 1000, announcing: 0, routesOfEach: 0, late: 1, others: 499 },
  ...{ agentMiB: 128, engineMiB: 5256 },
};
const waitingSeconds = 600;
const name = 'agent that waits for a client, 500 route servers of 1000 clients each';

interface Waited {
  readonly stand: SizeStand;
  readonly cpuPercent: number;
  readonly readySeconds: number;
}

let waited: Promise<Waited> | undefined;

export const benchmarks: readonly Benchmark[] = [
  of(`CPU over ${String(waitingSeconds)} s`, '%', '≤ 1 %', ({ cpuPercent }) => cpuPercent),
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
  await sleep(waitingSeconds * 1000);
  const cpuPercent = (stand.agentCpuMs() - before) / (waitingSeconds * 10);
  await stand.bringLate();
  return { stand, cpuPercent, readySeconds: await stand.untilReady() };
}

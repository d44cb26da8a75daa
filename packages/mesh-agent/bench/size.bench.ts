import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '@meshrs/bench';
import { createSizeStand, residentMiB, type SizePlan, type SizeStand } from './size-stand.ts';

/** How long all sessions stay as they are before memory is looked at. */
const restMs = 30_000;

/** What is wanted of a load (issue "agent and gate", size). */
interface Load {
  readonly name: string;
  readonly plan: SizePlan;
  readonly agentMiB: number;
  readonly seenMs: number;
  readonly statusMs: number;
}

const loads: readonly Load[] = [
  {
    name: '1000 clients, 8 route servers',
    plan: { clients: 1000, announcing: 0, routesOfEach: 0, late: 0, others: 7, agentMiB: 128, engineMiB: 5256 },
    ...{ agentMiB: 90, seenMs: 100, statusMs: 100 },
  },
  {
    name: '5000 clients (4980), 100 000 routes',
    // bgpd's limit of dynamic neighbors is 5000; the clients that come and go beside them need room.
    plan: { clients: 4980, announcing: 200, routesOfEach: 500, late: 0, others: 7, agentMiB: 128, engineMiB: 5256 },
    ...{ agentMiB: 110, seenMs: 1000, statusMs: 1000 },
  },
];

/** What a stand showed once; the sample that only warms up is the same run. */
interface Shown {
  readonly stand: SizeStand;
  readonly upSeconds: number;
  readonly readySeconds: number;
  readonly agentMiB: number;
  readonly agentResidentMiB: number;
  readonly agentCpuMs: number;
  readonly engineMiB: number;
}

let current: { readonly load: Load; readonly shown: Promise<Shown> } | undefined;

export const benchmarks: readonly Benchmark[] = loads.flatMap(benchmarksOf);

function benchmarksOf(load: Load): readonly Benchmark[] {
  const once = (
    name: string,
    unit: string,
    wanted: string | undefined,
    sample: (shown: Shown) => number,
  ): Benchmark => ({
    name: `${load.name}: ${name}`,
    unit,
    runs: 1,
    ...(wanted !== undefined && { wanted }),
    sample: async () => sample(await shownOf(load)),
  });
  const repeated = (name: string, wanted: number, sample: (stand: SizeStand) => Promise<number>): Benchmark => ({
    name: `${load.name}: ${name}`,
    unit: 'ms',
    runs: 7,
    wanted: `≤ ${String(wanted)} ms`,
    sample: async () => sample((await shownOf(load)).stand),
  });
  return [
    once('from the first dial until all sessions are up', 's', undefined, ({ upSeconds }) => upSeconds),
    once('from the last client until Ready', 's', '≤ 30 s', ({ readySeconds }) => readySeconds),
    once('agent at rest, working set', 'MiB', undefined, ({ agentMiB }) => agentMiB),
    once('agent at rest, resident', 'MiB', undefined, ({ agentResidentMiB }) => agentResidentMiB),
    once('agent, CPU in 30 s at rest', 'ms', undefined, ({ agentCpuMs }) => agentCpuMs),
    once('bgpd at rest, resident', 'MiB', undefined, ({ engineMiB }) => engineMiB),
    repeated('a forbidden client, from established to evicted', load.seenMs, (stand) => stand.forbiddenComes()),
    repeated('a client that leaves, until /status says so', load.seenMs, (stand) => stand.clientLeaves()),
    repeated('/status', load.statusMs, (stand) => stand.statusMs()),
    once('agent, the most, working set', 'MiB', undefined, ({ stand }) => stand.most.agentMiB),
    once(
      'agent, the most, resident',
      'MiB',
      `≤ ${String(load.agentMiB)} MiB`,
      ({ stand }) => stand.most.agentResidentMiB,
    ),
    once('agent killed for memory', 'times', '0', ({ stand }) => stand.agentGroup.kills()),
    once('probes unready after Ready', 'times', '0', ({ stand }) => stand.unready()),
    once('engine lost, by the agent', 'times', '0', ({ stand }) => stand.agent.count('engine-lost')),
    once('bgpd, the most, with its sockets', 'MiB', undefined, ({ stand }) => stand.most.engineMiB),
    once('the most in the sockets of bgpd', 'MiB', undefined, ({ stand }) => stand.most.engineSocketsMiB),
    {
      ...once('bgpd killed for memory', 'times', '0', ({ stand }) => stand.engineGroup.kills()),
      tearDown: end,
    },
  ];
}

function shownOf(load: Load): Promise<Shown> {
  if (current?.load !== load) current = { load, shown: show(load) };
  return current.shown;
}

async function show({ plan }: Load): Promise<Shown> {
  const stand = await createSizeStand(plan);
  const upSeconds = await stand.bringClients();
  const readySeconds = await stand.untilReady();
  const before = stand.agentCpuMs();
  await sleep(restMs);
  return {
    ...{ stand, upSeconds, readySeconds },
    agentMiB: stand.agentGroup.workingSetMiB(),
    agentResidentMiB: stand.agent.residentMiB(),
    agentCpuMs: stand.agentCpuMs() - before,
    engineMiB: residentMiB(stand.bgpd.pid),
  };
}

async function end(): Promise<void> {
  const shown = await current?.shown;
  current = undefined;
  await shown?.stand.remove();
}

import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '@meshrs/bench';
import { readinessProbe } from '@meshrs/contract';
import { dying, endChild } from '@meshrs/test-kit/daemon';
import { probe } from '../test/http/probe.ts';
import { createStand, type ServerFacts } from '../test/http/under-attack.ts';

const probesInSample = 15;
const runs = 3;

/** What the generated pods have (packages/manifests/src/pod/agent-containers.ts). */
const kubeletsProbes = [
  { path: '/healthz', periodMs: 10_000, timeoutMs: 5000, threshold: 6 },
  {
    path: '/readyz',
    periodMs: readinessProbe.periodSeconds * 1000,
    timeoutMs: readinessProbe.timeoutSeconds * 1000,
    threshold: readinessProbe.failureThreshold,
  },
] as const;
const kubeletsMs = 60_000;

/** Attacks whose connections begin anew as they end; each sample has a server and an attacker of its own. */
const attacks = [
  { kind: 'idle', port: 8180, connections: 10_000, sources: 1 },
  { kind: 'idle', port: 8180, connections: 10_000, sources: 250 },
  { kind: 'slow-sender', port: 8180, connections: 10_000, sources: 250 },
  { kind: 'garbage', port: 8180, connections: 300, sources: 250 },
  { kind: 'idle', port: 8179, connections: 10_000, sources: 250 },
  { kind: 'pipelined', port: 8179, connections: 1000, sources: 250 },
  { kind: 'slow-reader', port: 8179, connections: 1000, sources: 250 },
] as const;
type Attack = (typeof attacks)[number];

/** What came of one attack. */
interface Outcome {
  readonly slowestMs: number;
  readonly grownMiB: number;
  /** CPU of the agent for each connection that it ended before an answer was read. */
  readonly microseconds: number;
}

export const benchmarks: readonly Benchmark[] = [
  ...attacks.map((attack) =>
    figure(attack, `slowest of ${String(probesInSample)} probes`, 'ms', ({ slowestMs }) => slowestMs, '≤ 1000 ms'),
  ),
  ...attacks.map((attack) => figure(attack, 'memory grown by', 'MiB', ({ grownMiB }) => grownMiB)),
  figure(attacks[1], 'CPU a connection', 'µs', ({ microseconds }) => microseconds),
  ...kubeletsProbes.map(inARow),
];

/** As kubelet probes, while the port of the probes is attacked and others want more CPU than there is. */
function inARow(kubelets: (typeof kubeletsProbes)[number]): Benchmark {
  const { path, threshold } = kubelets;
  return {
    name: `agent: probes of ${path} that failed in a row, 10 000 connections "idle" at 8180, four processes for each CPU`,
    unit: 'times',
    wanted: `< ${String(threshold)}`,
    runs: 1,
    sample: () => mostFailedInARow(kubelets),
  };
}

async function mostFailedInARow({ path, periodMs, timeoutMs }: (typeof kubeletsProbes)[number]): Promise<number> {
  const stand = await createStand();
  const others = Array.from({ length: 4 * cpus().length }, () =>
    spawn('setpriv', [...dying, process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  try {
    const { address } = await stand.serve(5000);
    await stand.attack({ ...attacks[1], address });
    let most = 0;
    let inRow = 0;
    for (const endMs = performance.now() + kubeletsMs; performance.now() < endMs;) {
      const { answer, milliseconds } = await probe(address, { path, timeoutMs });
      inRow = answer === 'HTTP/1.1 200 OK' && milliseconds <= timeoutMs ? 0 : inRow + 1;
      most = Math.max(most, inRow);
      await sleep(Math.max(0, periodMs - milliseconds));
    }
    return most;
  } finally {
    await Promise.all(others.map(endChild));
    await stand.remove();
  }
}

function figure(
  attack: Attack,
  name: string,
  unit: string,
  of: (outcome: Outcome) => number,
  wanted?: string,
): Benchmark {
  const { kind, port, connections, sources } = attack;
  return {
    name: `agent: ${name}, ${String(connections)} connections "${kind}" at ${String(port)}, ${String(sources)} sources`,
    unit,
    ...(wanted !== undefined && { wanted }),
    runs,
    sample: async () => of(await outcomeOf(attack)),
  };
}

async function outcomeOf(attack: Attack): Promise<Outcome> {
  const stand = await createStand();
  try {
    const { address, facts } = await stand.serve(5000);
    // The first large answer takes memory that stays.
    await probe(address, { port: 8179, path: '/status' });
    const before = await facts();
    await stand.attack({ ...attack, address });
    const begun = await facts();
    let slowestMs = 0;
    let grownMiB = 0;
    for (let count = 0; count < probesInSample; count++) {
      const { answer, milliseconds } = await probe(address, { timeoutMs: 60_000 });
      if (answer !== 'HTTP/1.1 200 OK') throw new Error(`a probe was answered by: ${answer}`);
      slowestMs = Math.max(slowestMs, milliseconds);
      grownMiB = Math.max(grownMiB, (await facts()).residentMiB - before.residentMiB);
      await sleep(200);
    }
    const after = await facts();
    const microseconds = ((after.cpuMs - begun.cpuMs) * 1000) / (refusedBy(after) - refusedBy(begun));
    return { slowestMs, grownMiB, microseconds };
  } finally {
    await stand.remove();
  }
}

function refusedBy({ refused }: ServerFacts): number {
  return refused.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

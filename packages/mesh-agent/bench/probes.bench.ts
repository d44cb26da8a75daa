import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '@meshrs/bench';
import { probe } from '../test/http/probe.ts';
import { createStand, type ServerFacts } from '../test/http/under-attack.ts';

const probesInSample = 15;
const runs = 3;

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
];

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

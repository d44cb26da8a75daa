import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Benchmark } from '@meshrs/bench';

const run = promisify(execFile);

/** What many-clients.ts tells. */
interface Taken {
  readonly cpuMs: number;
  readonly mostMiB: number;
}

async function take(count: number): Promise<Taken> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'many-clients.ts'), String(count)]);
  return JSON.parse(stdout) as Taken;
}

const name = (count: number) => `agent: ${String(count)} declared clients with sessions get another AS in one commit`;

export const benchmarks: readonly Benchmark[] = [
  {
    name: `${name(5000)}, CPU until it is known which of them wait`,
    ...{ unit: 'ms', wanted: '≤ 2000 ms', runs: 5 },
    sample: async () => (await take(5000)).cpuMs,
  },
  {
    name: 'the same, against 2500 of them: linear is 2',
    ...{ unit: 'x', wanted: '≤ 3 x', runs: 5 },
    sample: async () => (await take(5000)).cpuMs / (await take(2500)).cpuMs,
  },
  {
    name: 'the same, resident memory of the process, the most',
    ...{ unit: 'MiB', wanted: '≤ 128 MiB', runs: 5 },
    sample: async () => (await take(5000)).mostMiB,
  },
];

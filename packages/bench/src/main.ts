// Runs benchmarks and prints a table for docs/benchmarks.md; see scripts/bench.
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import type { Benchmark } from './benchmark.ts';

const repository = join(import.meta.dirname, '../../..');
const wanted = process.argv.slice(2);
const files = globSync('packages/*/bench/*.bench.ts', { cwd: repository })
  .filter((path) => wanted.length === 0 || wanted.includes(basename(path, '.bench.ts')))
  .sort();
if (files.length === 0) {
  const names = globSync('packages/*/bench/*.bench.ts', { cwd: repository }).map((path) => basename(path, '.bench.ts'));
  process.stderr.write(`There is no benchmark ${wanted.join(', ')}.\n  allowed: ${names.join(', ')}\n`);
  process.exit(2);
}

process.stdout.write(`${machine()}\n\n| figure | median | min to max | n | wanted |\n|---|---|---|---|---|\n`);
for (const file of files) {
  const { benchmarks } = (await import(join(repository, file))) as { benchmarks: readonly Benchmark[] };
  for (const benchmark of benchmarks) {
    process.stderr.write(`==> ${benchmark.name}\n`);
    const samples = await take(benchmark);
    const [first = 0] = samples;
    const median = samples[Math.floor(samples.length / 2)] ?? first;
    const last = samples.at(-1) ?? first;
    const show = (value: number): string =>
      `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${benchmark.unit}`;
    process.stdout.write(
      `| ${benchmark.name} | ${show(median)} | ${show(first)} to ${show(last)} | ${String(samples.length)} | ${benchmark.wanted ?? ''} |\n`,
    );
  }
}

/** Samples in ascending order; the first one taken only warms up. */
async function take({ runs, sample, tearDown }: Benchmark): Promise<number[]> {
  const samples: number[] = [];
  try {
    await sample();
    for (let run = 0; run < runs; run++) samples.push(await sample());
  } finally {
    await tearDown?.();
  }
  return samples.sort((one, other) => one - other);
}

function machine(): string {
  const [cpu] = cpus();
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const commit = execFileSync('git', ['-C', repository, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const load = loadavg()[0]?.toFixed(1) ?? '';
  return `${String(cpus().length)} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory}, Node ${process.version}, load ${load}, commit ${commit}`;
}

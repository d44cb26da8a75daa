import type { Memory } from './memory-process.ts';

export interface MemorySample extends Memory {
  /** Seconds since the beginning. */
  readonly at: number;
}

/** MiB at the beginning and at the end of what counts. */
export interface MemoryRise {
  readonly live: { readonly from: number; readonly to: number };
  readonly resident: { readonly from: number; readonly to: number };
}

/** What may be reachable in the end and was not in the beginning; a log of half a MiB that is still filling up is in it. */
const mostLiveMiB = 1;
/** The allocator takes pages from the kernel, and gives them back, some at a time. */
const mostResidentMiB = 2;
/** Of the samples that count, the first fifth is the beginning and the last fifth the end. */
const parts = 5;
const fewestSamples = 10;

/** How the memory of one process rose since `from` seconds; undefined where there are too few samples to say it. */
export function riseOf(samples: readonly MemorySample[], from: number): MemoryRise | undefined {
  const counted = samples.filter(({ at }) => at >= from);
  if (counted.length < fewestSamples) return undefined;
  const each = Math.floor(counted.length / parts);
  const first = counted.slice(0, each);
  const last = counted.slice(-each);
  const of = (kind: keyof Memory) => ({
    from: median(first.map((sample) => sample[kind])),
    to: median(last.map((sample) => sample[kind])),
  });
  return { live: of('live'), resident: of('resident') };
}

/** What of the rise is too much; nothing when the law holds. */
export function brokenByRise(rise: MemoryRise | undefined): readonly string[] {
  if (!rise) return ['the memory was not looked at often enough to say whether it rises'];
  const broken = (what: string, { from, to }: MemoryRise['live'], most: number) =>
    to - from < most
      ? []
      : [
          `${what} rose by ${(to - from).toFixed(2)} MiB, from ${from.toFixed(2)} MiB; allowed: less than ${String(most)}`,
        ];
  return [
    ...broken('the live heap', rise.live, mostLiveMiB),
    ...broken('resident memory', rise.resident, mostResidentMiB),
  ];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** One figure: how it is measured, and what it must not exceed. */
export interface Benchmark {
  /** What is measured, in words; the row's name. */
  readonly name: string;
  /** Unit of the samples: "ms", "MiB", "x" for a ratio. */
  readonly unit: string;
  /** The figure that is wanted, in words; undefined where a figure is only recorded. */
  readonly wanted?: string;
  /** Counted samples, after one that is not. */
  readonly runs: number;
  /** Takes one sample. */
  readonly sample: () => number | Promise<number>;
  /** Removes what the samples left. */
  readonly tearDown?: () => void | Promise<void>;
}

/** Milliseconds that something takes. */
export async function milliseconds(action: () => unknown): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}

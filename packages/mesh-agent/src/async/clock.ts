/**
 * The two clocks of a machine, kept apart: one that never steps, by which everything is decided, and the wall clock, which
 * people read and which somebody may set at any moment.
 */
export interface Clock {
  /** Milliseconds of a clock that never steps (Linux CLOCK_MONOTONIC, of all processes of one boot): for every interval. */
  readonly monotonicMs: () => number;
  /** Milliseconds since 1970-01-01T00:00:00Z of a moment by `monotonicMs`, as the wall clock stands now. Only to be shown. */
  readonly wallMs: (atMonotonicMs: number) => number;
}

export const machineClock: Clock = {
  monotonicMs,
  wallMs: (atMonotonicMs) => Date.now() + (atMonotonicMs - monotonicMs()),
};

/** What this process has computed until now: what it waits for takes none of it, whoever makes it wait. */
export function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** `performance.now()` would load ten modules of Node, which takes longer than most of what is measured. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

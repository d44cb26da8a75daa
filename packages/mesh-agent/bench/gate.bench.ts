import type { Benchmark } from '@meshrs/bench';
import { createGateStand, type GateRun, type GateStand } from './gate-stand.ts';

const plan = { routeServersOfSide: 250, clientsOfEach: 1000, gateMiB: 128 };
const runs = 7;
const name = 'gate, 500 route servers of 1000 clients each';

let stand: Promise<GateStand> | undefined;
const taken: GateRun[] = [];

export const benchmarks: readonly Benchmark[] = [
  // Infinity: it did not open.
  of('until it opens', 's', '≤ 10 s', ({ exitCode, seconds }) => (exitCode === 0 ? seconds : Infinity)),
  of('resident memory, the most', 'MiB', '≤ 100 MiB', ({ residentMiB }) => residentMiB),
  {
    ...of('killed for memory', 'times', '0', ({ kills }) => kills),
    tearDown: async () => {
      const ending = await stand;
      stand = undefined;
      await ending?.remove();
    },
  },
];

/** One figure of the same runs as the other figures. */
function of(figure: string, unit: string, wanted: string, read: (run: GateRun) => number): Benchmark {
  let next = 0;
  return {
    ...{ name: `${name}: ${figure}`, unit, wanted, runs },
    sample: async () => {
      stand ??= createGateStand(plan);
      const run = taken[next] ?? (await (await stand).run());
      taken[next] = run;
      next += 1;
      return read(run);
    },
  };
}

// `scripts/soak [--seconds N] [--seed N] [--without KIND,…]`: random trouble for two route servers, and the laws that must hold.
import { parseArgs } from 'node:util';
import { runSoak } from './run-soak.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1800' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    without: { type: 'string', default: '' },
  },
});
const result = await runSoak({
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  without: values.without.split(',').filter((each) => each !== ''),
  tell: (line) => process.stdout.write(`${line}\n`),
});
const { seed, rounds, events, broken, memory, probes } = result;
process.stdout.write(`${JSON.stringify({ seed, rounds, events, broken, memory, probes }, null, 1)}\n`);
process.exitCode = broken.length === 0 ? 0 : 1;

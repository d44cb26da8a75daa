// Makes FRR ready and prints where it is, as scripts/frr says.
import { ensureFrr } from './ensure-frr.ts';
import { pins } from './pins.ts';
import { placesOf } from './places.ts';
import { progressOn } from './progress.ts';
import { runMain } from './run-main.ts';

await runMain('scripts/frr', async (signal) => {
  const frr = await ensureFrr({
    pins,
    env: process.env,
    places: placesOf(process.env),
    progress: progressOn(process.stderr),
    signal,
    isRoot: process.getuid?.() === 0,
  });
  process.stdout.write(`${JSON.stringify(frr, null, 2)}\n`);
  return 0;
});

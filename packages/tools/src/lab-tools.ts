// Makes the lab's tools ready, as scripts/lab-tools says.
import { ensureFrr } from './ensure-frr.ts';
import { ensureTools, type EnsureContext } from './ensure-tools.ts';
import { commandsOf, labTargets } from './lab-targets.ts';
import { pins } from './pins.ts';
import { placesOf } from './places.ts';
import { progressOn } from './progress.ts';
import { runMain } from './run-main.ts';

const targets = process.argv.slice(2);

await runMain('scripts/lab-tools', async (signal) => {
  if (targets.length === 0) {
    process.stderr.write(`usage: scripts/lab-tools TARGET...\n  targets: all, ${labTargets(pins).join(', ')}\n`);
    return 64;
  }
  const context: EnsureContext = {
    pins,
    env: process.env,
    places: placesOf(process.env),
    progress: progressOn(process.stderr),
    signal,
    isRoot: process.getuid?.() === 0,
  };
  const { commands, needsFrr } = commandsOf(targets, pins);
  await ensureTools(commands, context);
  if (needsFrr) await ensureFrr(context);
  return 0;
});

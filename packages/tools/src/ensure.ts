// Makes tools ready, as scripts/ensure says.
import { ensureTools } from './ensure-tools.ts';
import { allCommands, pins } from './pins.ts';
import { placesOf } from './places.ts';
import { progressOn } from './progress.ts';
import { runMain } from './run-main.ts';

const commands = process.argv.slice(2);

await runMain('scripts/ensure', async (signal) => {
  if (commands.length === 0) {
    process.stderr.write(`usage: scripts/ensure TOOL...\n  tools: ${allCommands(pins).join(', ')}\n`);
    return 64;
  }
  await ensureTools(commands, {
    pins,
    env: process.env,
    places: placesOf(process.env),
    progress: progressOn(process.stderr),
    signal,
    isRoot: process.getuid?.() === 0,
  });
  return 0;
});

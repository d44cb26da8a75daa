import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Before the program is loaded, so that its compiled form is kept: a third of the time of a short command.
enableCompileCache();
const { run } = await import('./program.ts');
const programIdentity = await identify(import.meta.dirname);

process.exitCode = await run(
  {
    cwd: process.cwd(),
    env: process.env,
    isInteractive: process.stdin.isTTY && process.stdout.isTTY,
    ...(programIdentity !== undefined && { programIdentity }),
    writeOut: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
  },
  process.argv.slice(2),
);

/** A hash of the files into which this program was bundled; undefined when it runs from its source. */
async function identify(folder: string): Promise<string | undefined> {
  const bundles = (await readdir(folder)).filter((name) => name.endsWith('.mjs')).sort();
  if (bundles.length === 0) return undefined;
  const hash = createHash('sha256');
  for (const name of bundles) hash.update(await readFile(join(folder, name)));
  return hash.digest('hex');
}

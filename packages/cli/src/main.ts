import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Before the program is loaded, so that its compiled form is kept: a third of the time of a short command.
enableCompileCache();
const { run } = await import('./program.ts');
const programIdentity = identify(import.meta.dirname);

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

/**
 * Tells the bundle of this program from any other; undefined when it runs from its source. By what the file system
 * knows of its files: a change time (ctime) cannot be set by a program, so that no edit goes unseen, and reading them
 * all takes longer.
 */
function identify(folder: string): string | undefined {
  const bundles = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  if (bundles.length === 0) return undefined;
  const hash = createHash('sha256');
  for (const name of bundles.sort()) {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(join(folder, name), { bigint: true });
    hash.update(JSON.stringify([name, ...[dev, ino, size, mtimeNs, ctimeNs].map(String)]));
  }
  return hash.digest('hex');
}

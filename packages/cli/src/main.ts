import { enableCompileCache } from 'node:module';
import { onEnd } from './terminal/on-end.ts';
import { identifyProgram } from './tools/program-identity.ts';

// Before the program is loaded, so that its compiled form is kept: a third of the time of a short command.
enableCompileCache();
const { run } = await import('./program.ts');
const programIdentity = identifyProgram(import.meta.dirname);

const exitCode = await run(
  {
    cwd: process.cwd(),
    env: process.env,
    isInteractive: process.stdin.isTTY && process.stdout.isTTY,
    ...(programIdentity !== undefined && { programIdentity }),
    onEnd,
    writeOut: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
  },
  process.argv.slice(2),
);
// An error that nobody waited for has set it already.
process.exitCode ??= exitCode;

import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { startupSnapshot } from 'node:v8';
import { run } from './cli/run.ts';
import { supportedEngines, supportOf } from './engines.ts';
import { openLogOutput } from './log/log-output.ts';

/** Put in by the build; a run from the source has none. */
declare const MESHRS_VERSION: string | undefined;

if (startupSnapshot.isBuildingSnapshot()) {
  startupSnapshot.setDeserializeMainFunction(main);
  // Node sets these anew in the process that starts; those of this one would make each snapshot another one.
  Object.defineProperty(process, 'pid', { value: 0 });
  process.execPath = '';
  process.argv.splice(0);
  void import('./rehearse.ts').then(({ rehearse }) => {
    rehearse();
  });
} else {
  main();
}

function main(): void {
  const stopSignal = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve);
  });
  void run({
    version: typeof MESHRS_VERSION === 'undefined' ? 'source' : MESHRS_VERSION,
    args: process.argv.slice(2),
    env: process.env,
    // Written at once: a line must not be lost when the process ends, or is killed.
    out: (text) => {
      writeSync(1, text);
    },
    outBytes: (bytes) => {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(writeSync(1, rest));
    },
    isTerminal: () => isatty(1),
    err: (text) => {
      writeSync(2, text);
    },
    openLog: () => {
      const output = openLogOutput(1);
      // Also when something was thrown that nobody caught.
      process.on('exit', output.flush);
      return output;
    },
    stopSignal,
    supportOf,
    supportedEngines,
  }).then((exitCode) => {
    process.exit(exitCode);
  });
}

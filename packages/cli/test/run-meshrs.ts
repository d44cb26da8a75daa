import { run } from '../src/program.ts';

/** What one command line printed, and how it ended. */
export interface Outcome {
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
}

/** Runs meshrs in this process, in a folder, without a person to ask. */
export async function runMeshrs(cwd: string, ...args: string[]): Promise<Outcome> {
  let out = '';
  let error = '';
  const exitCode = await run(
    {
      cwd,
      env: process.env,
      isInteractive: false,
      writeOut: (text) => {
        out += text;
      },
      writeError: (text) => {
        error += text;
      },
    },
    args,
  );
  return { exitCode, out, error };
}

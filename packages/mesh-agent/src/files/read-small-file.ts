import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { systemCode } from '../failure.ts';

/** Undefined where there is no such file. Throws where it is another thing than a file, too large, or not readable. */
export function readSmallFile(file: string, mostBytes: number): string | undefined {
  let handle;
  try {
    // A pipe that somebody put there must not hold the agent.
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  try {
    const seen = fstatSync(handle);
    if (!seen.isFile()) throw new Error(`${file} is no file.`);
    if (seen.size > mostBytes)
      throw new Error(`${file} has ${String(seen.size)} bytes; at most ${String(mostBytes)} are read.`);
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processIdentity } from '../../src/tools/process-identity.ts';

const prefix = 'meshrs-cli-test-';

/** A folder of this process for one test. Those of processes that are gone, after a crash, are removed on the way. */
export function scratchFolderOfTest(): { readonly path: string; readonly remove: () => void } {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${prefix}([0-9]+)-`).exec(name)?.[1];
    const isAbandoned = owner !== undefined && processIdentity(Number(owner)) === undefined;
    if (isAbandoned) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  const path = mkdtempSync(join(tmpdir(), `${prefix}${String(process.pid)}-`));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

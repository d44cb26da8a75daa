import { rename, rm, writeFile } from 'node:fs/promises';
import { EngineFailure } from '../engine/engine-failure.ts';

/**
 * Replaces bgpd's configuration file in one step: a bgpd that starts reads the old text or the new one. Not flushed to
 * the disk: after a power failure the pod's init container writes it anew. Rejects with `config-not-written`.
 */
export async function writeConfigFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  try {
    await writeFile(temporary, text, { mode: 0o640 });
    await rename(temporary, file);
  } catch (cause) {
    // The failure below tells what is wrong; the leftover would be overwritten by the next try anyway.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new EngineFailure(
      `${file} could not be written: ${cause instanceof Error ? cause.message : String(cause)}. bgpd runs what it should, but would start with what the file says.`,
      { code: 'config-not-written', engine: 'frr', operation: `write ${file}`, retryable: true, cause },
    );
  }
}

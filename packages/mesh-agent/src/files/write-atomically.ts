import { open, rename, rm } from 'node:fs/promises';
import { AgentFailure } from '../failure.ts';

/** What is wrong where a file of the pod's shared volumes cannot be written. */
const sharedFolder =
  "Its folder must be writable for this user; in a pod it is an emptyDir that the engine's container shares.";

/**
 * Replaces a file's text in one step: whoever opens it sees the old text or the new one, also after a crash. `hint` says what to
 * do where it cannot be written.
 * @throws AgentFailure `file-not-written`; the file is as before.
 */
export async function writeAtomically(
  file: string,
  text: string | Uint8Array,
  mode: number,
  hint = sharedFolder,
): Promise<void> {
  const temporary = `${file}.new`;
  try {
    const handle = await open(temporary, 'w', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new AgentFailure(
      `${file} could not be written: ${cause instanceof Error ? cause.message : String(cause)}. It is as before. ${hint}`,
      { code: 'file-not-written', operation: `write ${file}`, retryable: false, cause },
    );
  }
}

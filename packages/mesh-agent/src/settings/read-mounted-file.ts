import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { AgentFailure, systemCode } from '../failure.ts';

/** What a ConfigMap may have; settings with 5000 declared clients have half of it. */
const mostBytes = 1024 * 1024;

/**
 * Reads a file of a mounted ConfigMap, whoever mounted what there: a pipe does not hold the agent, and no more is read than
 * a ConfigMap may have. `hintFor` says what to do about a code of the operating system.
 * @throws AgentFailure `file-not-readable`
 */
export async function readMountedFile(
  file: string,
  { what, hintFor }: { readonly what: string; readonly hintFor: (code: string) => string },
): Promise<Buffer> {
  const refuse = (why: string, cause?: unknown) =>
    new AgentFailure(`${what} ${file} ${why}`, {
      ...{ code: 'file-not-readable', operation: `read ${file}`, retryable: true, cause },
    });
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const seen = await handle.stat();
    if (seen.isDirectory()) throw refuse(`cannot be read (EISDIR). ${hintFor('EISDIR')}`);
    if (!seen.isFile()) throw refuse(`is no file. ${hintFor('')}`);
    const bytes = await readStart(handle);
    if (bytes.length <= mostBytes) return bytes;
    throw refuse(
      `has ${String(Math.max(seen.size, bytes.length))} bytes; at most ${String(mostBytes)} are read, which a ConfigMap may have.`,
    );
  } catch (cause) {
    if (cause instanceof AgentFailure) throw cause;
    const code = systemCode(cause);
    throw refuse(`cannot be read (${code}). ${hintFor(code)}`, cause);
  } finally {
    await handle?.close();
  }
}

/** One byte more than may be there, where there is more: a file may grow while it is read. */
async function readStart(handle: FileHandle): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const stream = handle.createReadStream({ end: mostBytes, autoClose: false }) as AsyncIterable<Buffer>;
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

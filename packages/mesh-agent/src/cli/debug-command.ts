import { folders } from '@meshrs/contract';
import { createTar } from 'nanotar';
import { gzipSync } from 'node:zlib';
import { writeAtomically } from '../files/write-atomically.ts';
import { createRedaction } from '../log/redact.ts';
import { debugResponse } from '../requests/operator-requests.ts';
import { askSidecar } from '../requests/send-request.ts';
import { secretsOf } from './environment.ts';

export interface DebugSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly outBytes: (bytes: Uint8Array) => void;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const whereToWrite = `In a pod only ${folders.scratch} and ${folders.requests} are writable; name a file there, or none and redirect the output.`;

/** Writes one archive (tar, gzip) of what the sidecar knows, to a file or to the standard output. Resolves with the exit code. */
export async function writeDebugArchive(
  socket: string,
  file: string | undefined,
  { env, outBytes, out, err }: DebugSurroundings,
): Promise<number> {
  const response = await askSidecar(socket, { kind: 'debug' }, debugResponse);
  if (!response.ok) {
    err(`mesh-agent debug: ${response.message}\n`);
    return 1;
  }
  const redact = createRedaction(secretsOf(env));
  const files = { ...response.files, 'environment.json': `${JSON.stringify(redact(env), null, 2)}\n` };
  const archive = gzipSync(
    createTar(
      Object.entries(files).map(([name, text]) => ({ name: `mesh-agent-debug/${name}`, data: String(redact(text)) })),
    ),
  );
  if (file === undefined) {
    outBytes(archive);
    return 0;
  }
  await writeAtomically(file, archive, 0o600, whereToWrite);
  out(`Wrote ${file}: ${Object.keys(files).join(', ')}.\n`);
  return 0;
}

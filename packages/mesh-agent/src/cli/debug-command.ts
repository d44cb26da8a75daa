import { folders } from '@meshrs/contract';
import { createTar } from 'nanotar';
import { gzipSync } from 'node:zlib';
import { writeAtomically } from '../files/write-atomically.ts';
import { createRedaction } from '../log/redact.ts';
import { debugResponse } from '../requests/operator-requests.ts';
import { askSidecar } from '../requests/send-request.ts';
import { secretsOf } from './environment.ts';
import { wrongUsage } from '../exit-codes.ts';

export interface DebugSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly outBytes: (bytes: Uint8Array) => void;
  readonly isTerminal: () => boolean;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const whereToWrite = `In a pod only ${folders.scratch} and ${folders.requests} are writable; name a file there, or none and redirect the output.`;

/** Writes one archive (tar, gzip) of what the sidecar knows, to a file or to the standard output. Resolves with the exit code. */
export async function writeDebugArchive(
  socket: string,
  file: string | undefined,
  { env, outBytes, isTerminal, out, err }: DebugSurroundings,
): Promise<number> {
  if (file === undefined && isTerminal()) {
    err(
      'mesh-agent debug: it writes an archive (tar, gzip), and the output is a terminal. Redirect the output (mesh-agent debug > debug.tar.gz), or name a file: mesh-agent debug FILE.\n',
    );
    return wrongUsage;
  }
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
  const names = Object.keys(files).join(', ');
  if (file === undefined) {
    outBytes(archive);
    err(`Wrote an archive (tar, gzip) of ${String(archive.length)} octets: ${names}.\n`);
    return 0;
  }
  await writeAtomically(file, archive, 0o600, whereToWrite);
  out(`Wrote ${file}: ${names}.\n`);
  return 0;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { keepCodeOf, modulesLoadedLate } from './code-of-modules.ts';

/** Where the image has the snapshot that its entry point starts from. */
export const snapshotInImage = '/usr/local/lib/mesh-agent.snapshot';

/**
 * With code, so that a start compiles little: 35 ms of CPU less. It is the interpreter's, which `--jitless` makes alone,
 * and no machine's: it runs on another model of CPU than the builder's.
 */
const settings = { builder: '/dev/stdin', withoutCodeCache: false };
/**
 * As the image runs, because code of other flags is not taken (V8, FlagList::Hash); and nothing that differs from one
 * build to the next: no random order, no threads.
 */
const flags = ['--jitless', '--predictable', '--random-seed=1', '--no-warnings'];

/**
 * Loads the agent's bundle and writes the heap that this leaves: a process that starts from it finds all of it loaded. The
 * same bundle and the same Node give the same bytes, wherever they lie: paths would be kept, so the bundle comes through
 * standard input, and the other files have the same names each time.
 */
export async function writeStartupSnapshot(
  output: string,
  { node, program }: { readonly node: string; readonly program: string },
): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'meshrs-snapshot-'));
  const at = (name: string) => path.join(scratch, name);
  try {
    const bundle = await readProgram(program);
    await writeFile(at('bundle.cjs'), bundle);
    await writeFile(at('settings.json'), JSON.stringify(settings));
    const input = await open(at('bundle.cjs'));
    try {
      const child = spawn(node, [...flags, '--snapshot-blob=snapshot', '--build-snapshot-config=settings.json'], {
        cwd: scratch,
        argv0: 'node',
        env: {},
        stdio: [input.fd, 'ignore', 'pipe'],
      });
      let complaints = '';
      child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
        complaints += piece;
      });
      const [status] = (await once(child, 'close')) as [number | null];
      if (status !== 0) throw new Error(`${node} made no startup snapshot of ${program}: ${complaints.slice(-2000)}`);
      const needed = await modulesLoadedLate(node, bundle);
      await writeFile(output, keepCodeOf(await readFile(at('snapshot')), needed));
    } finally {
      await input.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The bundle without the two lines by which a shell finds a Node: the image has no shell, and its Node is known. */
export async function readProgram(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).split('\n').slice(2).join('\n');
}

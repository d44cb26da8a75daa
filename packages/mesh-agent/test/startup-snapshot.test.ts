import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { modulesLoadedLate } from '../image/code-of-modules.ts';
import { readContainerfile } from '../image/containerfile.ts';
import { readProgram, snapshotInImage, writeStartupSnapshot } from '../image/startup-snapshot.ts';
import { builtProgram } from './built-program.ts';

const program = builtProgram();
const folder = mkdtempSync(path.join(tmpdir(), 'meshrs-startup-snapshot-'));
const at = (name: string) => path.join(folder, name);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('makes the same snapshot twice, wherever program and Node lie, and a process that starts from it runs', async () => {
  await writeStartupSnapshot(at('one'), { node: process.execPath, program });
  copyFileSync(program, at('copied-program'));
  copyFileSync(process.execPath, at('copied-node'));
  await writeStartupSnapshot(at('two'), { node: at('copied-node'), program: at('copied-program') });
  expect(readFileSync(at('two')).equals(readFileSync(at('one')))).toBe(true);
  const help = execFileSync(process.execPath, ['--jitless', '--snapshot-blob', at('one'), program, '--help'], {
    encoding: 'utf8',
  });
  expect(help).toBe(execFileSync(program, ['--help'], { encoding: 'utf8' }));
});

it("has the code of Node's modules that the agent loads late, for the flags of the image and no others", async () => {
  await writeStartupSnapshot(at('snapshot'), { node: process.execPath, program });
  const { entrypoint } = readContainerfile(
    readFileSync(path.join(import.meta.dirname, '../Containerfile'), 'utf8'),
    {},
  );
  const flags = entrypoint.slice(1, -1).map((flag) => flag.replace(snapshotInImage, at('snapshot')));
  const needed = await modulesLoadedLate(process.execPath, await readProgram(program));
  expect(codeTaken(flags)).toEqual(new Map([...needed].map((id) => [id, 'accepted'])));
  expect(codeTaken(['--no-flush-bytecode', ...flags])).toEqual(new Map([...needed].map((id) => [id, 'rejected'])));
});

/** Starts a command that loads what the sidecar loads of Node, and tells what became of each module's code. */
function codeTaken(flags: readonly string[]): ReadonlyMap<string, string> {
  const sides = ['--next', 'b', '--side', 'a=rs-a/a', '--side', 'b=rs-b/b', '--selector', 'app=rs'];
  const { stderr, stdout } = spawnSync(
    process.execPath,
    [...flags, program, 'gate', ...sides, '--timeout', '1', '--root', folder],
    {
      encoding: 'utf8',
      env: {
        POD_NAMESPACE: 'meshrr',
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: '1',
        // Node's own debug category (src/debug_utils.h).
        NODE_DEBUG_NATIVE: 'CODE_CACHE',
      },
    },
  );
  const lines = `${stderr}${stdout}`.matchAll(/^Code cache of (\S+) \(\w+\) is (\w+)$/gm);
  return new Map([...lines].map(([, id = '', fate = '']) => [id, fate]));
}

it('says what failed when there is no snapshot', async () => {
  await expect(
    writeStartupSnapshot(at('none'), { node: process.execPath, program: import.meta.filename }),
  ).rejects.toThrow(`made no startup snapshot of ${import.meta.filename}`);
});

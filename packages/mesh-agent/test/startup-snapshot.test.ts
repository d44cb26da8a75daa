import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeStartupSnapshot } from '../image/startup-snapshot.ts';

const program = path.join(import.meta.dirname, '../dist/mesh-agent');
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

it('says what failed when there is no snapshot', async () => {
  await expect(
    writeStartupSnapshot(at('none'), { node: process.execPath, program: import.meta.filename }),
  ).rejects.toThrow(`made no startup snapshot of ${import.meta.filename}`);
});

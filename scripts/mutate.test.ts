import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'meshrs-mutate-test-'));
const workspace = join(scratch, 'workspace');
const temporary = join(scratch, 'tmp');
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
}

/** Runs the script in the sample workspace: its exit code and what it printed. */
async function mutate(...args: string[]): Promise<{ code: number; output: string }> {
  mkdirSync(temporary, { recursive: true });
  const command = [join(repository, 'scripts/mutate.ts'), ...args];
  const options = { cwd: workspace, env: { ...process.env, VITEST: undefined, TMPDIR: temporary } };
  try {
    const { stdout } = await run(join(repository, 'packages/tools/run-node'), command, options);
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

it('shows the mistake that no test notices, until a test does, and leaves nothing behind', async () => {
  const testOf = (...cases: string[]): string =>
    [
      "import { expect, it } from 'vitest';",
      "import { isSmall } from './limit.ts';",
      `it.each([${cases.join()}])('%d: %j', (number, small) => { expect(isSmall(number)).toBe(small); });`,
    ].join('\n');
  mkdirSync(workspace, { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(workspace, 'node_modules'));
  write('package.json', '{ "name": "workspace", "private": true, "type": "module" }');
  write('packages/sample/turbo.json', '{ "tags": ["pure"] }');
  write(
    'packages/sample/src/limit.ts',
    'export function isSmall(number: number): boolean {\n  return number <= 9;\n}\n',
  );
  write('packages/sample/src/limit.test.ts', testOf('[1, true]', '[99, false]'));
  write('packages/shell/turbo.json', '{ "tags": ["shell"] }');
  const files = globSync('**', { cwd: workspace });

  const unnoticed = await mutate();
  expect(unnoticed.output).toContain('+     return number < 9;');
  expect(unnoticed.output).toMatch(/^sample: \d+ of \d+ mistakes noticed \((?!100)/m);
  expect(unnoticed.code).toBe(1);

  write('packages/sample/src/limit.test.ts', testOf('[1, true]', '[99, false]', '[9, true]'));
  const noticed = await mutate('packages/sample/src/limit.ts');
  expect(noticed.output).toMatch(/^sample: (\d+) of \1 mistakes noticed \(100\.0 %\)$/m);
  expect(noticed.code).toBe(0);

  expect(globSync('**', { cwd: workspace })).toEqual(files);
  expect(readdirSync(temporary)).toEqual([]);
});

it('refuses what is no pure package and no file of one, and says what there is', async () => {
  write('packages/sample/turbo.json', '{ "tags": ["pure"] }');
  write('packages/shell/turbo.json', '{ "tags": ["shell"] }');
  const { code, output } = await mutate('sample', 'shell', 'nothing', 'packages/sample/src/none.ts');
  expect(code).toBe(2);
  expect(output).toContain('no file of one: shell, nothing, sample/src/none.ts\n  allowed: sample');
});

import { execFile } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ViteUserConfig } from 'vitest/config';
import { readVitestReport } from './test-report.ts';

const repository = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'meshrs-strict-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

/** One broken sample each, run as the repository's own tests are. */
const samples: Readonly<Record<string, string>> = {
  'good.test.ts': "it('is good', () => {});",
  'only.test.ts': "it.only('is alone', () => {}); it('is left out', () => {});",
  'skip.test.ts': "it.skip('is skipped', () => {});",
  'skip-later.test.ts': "it('skips itself', ({ skip }) => skip());",
  'todo.test.ts': "it.todo('is to be written');",
  'import.test.ts': "import './missing.ts';",
  'golden.test.ts': "it('has no golden', async () => { await expect('text').toMatchFileSnapshot('./golden.txt'); });",
};
const folder = join(scratch, 'packages/sample/test');
const report = join(scratch, 'report.json');
let status = 0;
let text = '';
let hasWrittenGolden = true;

beforeAll(async () => {
  for (const [name, code] of Object.entries(samples)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `import { expect, it } from 'vitest';\n${code}\n`);
  }
  symlinkSync(join(repository, 'node_modules'), join(scratch, 'node_modules'));
  status = await runVitest();
  text = readFileSync(report, 'utf8');
  hasWrittenGolden = existsSync(join(folder, 'golden.txt'));
});

it('counts as failed: .only, a file that cannot be imported and a golden that is missing', () => {
  const read = readVitestReport(text);
  if ('unreadable' in read) throw new Error(read.unreadable);
  expect(status).toBe(1);
  // The three, and that tests are skipped.
  expect(read.counts).toEqual({ passed: 1, failed: 4, skipped: 4 });
  expect(read.remarks.map((remark) => remark.replace(`${folder}/`, ''))).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^failed beside its tests: import\.test\.ts: .*missing\.ts/),
      'skipped: is left out',
      'skipped: is skipped',
      'skipped: skips itself',
      'todo: is to be written',
      'No test may be skipped (CONTRIBUTING.md).',
    ]),
  );
});

it('does not write a golden that is missing', () => {
  expect(hasWrittenGolden).toBe(false);
});

it('writes it when that is asked for', async () => {
  await runVitest(['golden.test.ts'], { UPDATE_GOLDENS: '1' });
  expect(readFileSync(join(folder, 'golden.txt'), 'utf8')).toBe('text');
});

it.each(globSync(['vitest*.config.ts', 'packages/*/vitest*.config.ts'], { cwd: repository }))(
  'holds for the runs of %s',
  async (path) => {
    const config = (await import(join(repository, path))) as { default: ViteUserConfig };
    const update: unknown = process.env['UPDATE_GOLDENS'] === '1' ? expect.any(String) : 'none';
    expect(config.default.test).toMatchObject({ allowOnly: false, update });
  },
);

/** On a workbench, where CI is not set. */
function runVitest(args: readonly string[] = [], more: NodeJS.ProcessEnv = {}): Promise<number> {
  const workbench = { ...process.env, CI: undefined, UPDATE_GOLDENS: undefined, VITEST: undefined };
  const config = ['--root', scratch, '--config', join(repository, 'vitest.config.ts')];
  const output = ['--reporter=json', `--outputFile.json=${report}`];
  return new Promise((resolve) => {
    const child = execFile(
      join(repository, 'node_modules/.bin/vitest'),
      ['run', ...config, ...output, ...args],
      { cwd: scratch, env: { ...workbench, ...more } },
      () => {
        resolve(child.exitCode ?? 128);
      },
    );
  });
}

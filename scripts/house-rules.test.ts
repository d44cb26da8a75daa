import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ESLint } from 'eslint';
import { afterAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'meshrs-rules-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('pure packages', () => {
  it.each([
    ["import { readFileSync } from 'node:fs';\nreadFileSync('x');", 'no-restricted-imports'],
    ['console.log(process.argv);', 'no-restricted-globals'],
    ['new Date();', 'no-restricted-globals'],
    ['Math.random();', 'no-restricted-properties'],
    ["setTimeout(() => 'late', 1);", 'no-restricted-globals'],
    ['globalThis.Math.random();', 'no-restricted-globals'],
    ['globalThis.Date.now();', 'no-restricted-globals'],
    ['new Intl.DateTimeFormat().format();', 'no-restricted-globals'],
    ["void import('node:os');", 'no-restricted-syntax'],
    ["import fc from 'fast-check';\nfc.array(fc.nat(), { maxLength: 11 });", 'no-restricted-syntax'],
  ])('may not do this: %s', async (code, rule) => {
    expect(await rulesAgainst(code, 'packages/network/src/index.ts')).toContain(rule);
  });

  it('may not import a shell package: turborepo refuses a sample that does', async () => {
    writeWorkspace(scratch);
    await expect(boundaries(scratch)).rejects.toMatchObject({ stderr: expect.stringContaining('shell') as string });
    writeFileSync(join(scratch, 'packages/low/index.js'), 'export const low = 1;\n');
    writeFileSync(join(scratch, 'packages/low/package.json'), '{"name": "low", "version": "0.0.1"}');
    await expect(boundaries(scratch)).resolves.toMatchObject({
      stdout: expect.stringContaining('no issues found') as string,
    });
  });
});

describe('packages/tools, which runs before pnpm install,', () => {
  it.each([
    ["import { z } from 'zod';\nz.string();", 'no-restricted-imports'],
    ["import type { z } from 'zod';\nexport type Text = z.ZodString;", 'no-restricted-imports'],
    ["export { parseAsn } from '@meshrs/network';", 'no-restricted-imports'],
    ["import { program } from '../../cli/src/program.ts';\nprogram();", 'no-restricted-imports'],
    ["import { closeSchema } from './schemas/close-schema.ts';\ncloseSchema();", 'no-restricted-imports'],
    ["await import('zod');", 'no-restricted-syntax'],
  ])('may not do this: %s', async (code, rule) => {
    expect(await rulesAgainst(code, 'packages/tools/src/version.ts')).toContain(rule);
  });

  it('may import Node, its own files and its pins', async () => {
    const code =
      "import 'node:fs';\nimport './places.ts';\nimport json from './tools.json' with { type: 'json' };\njson;";
    const rules = await rulesAgainst(code, 'packages/tools/src/version.ts');
    expect(rules).not.toContain('no-restricted-imports');
    expect(await rulesAgainst("import 'yaml';", 'packages/tools/src/schemas/schema-kinds.ts')).toEqual([]);
  });
});

describe('a function in src', () => {
  const code = (lines: number) => `export function long(): void {\n${'  long();\n'.repeat(lines - 2)}}\n`;

  it.each([
    [80, []],
    [81, ['max-lines-per-function']],
  ])('of %i lines', async (lines, rules) => {
    expect(await rulesAgainst(code(lines), 'packages/mesh-agent/src/sidecar.ts')).toEqual(rules);
  });

  it('that is long all the same has its reason above it', () => {
    const listed = /const longFunctions = \[([^\]]*)\]/.exec(
      readFileSync(join(repository, 'eslint.config.mjs'), 'utf8'),
    );
    const files = [...(listed?.[1] ?? '').matchAll(/'([^']+)'/g)].map(([, file = '']) => file);
    expect(files).not.toEqual([]);
    expect(files.filter((file) => !readFileSync(join(repository, file), 'utf8').includes('Long: '))).toEqual([]);
  });
});

describe('what ships', () => {
  it.each([
    ['packages/cli/src/program.ts', ['@typescript-eslint/no-restricted-imports']],
    ['packages/cli/test/run-meshrs.ts', []],
  ])('may not import the test kit, tests may: %s', async (path, rules) => {
    expect(await rulesAgainst("import '@meshrs/test-kit/wait';", path)).toEqual(rules);
  });
});

describe('the lockfile', () => {
  it('names no registry', () => {
    expect(readFileSync(join(repository, 'pnpm-lock.yaml'), 'utf8')).not.toMatch(/https?:\/\//);
  });

  it('is not rewritten by a run after an edit of a package.json: pnpm stops', async () => {
    const folder = join(scratch, 'pnpm');
    mkdirSync(folder, { recursive: true });
    const setting = /^verifyDepsBeforeRun: error$/m.exec(
      readFileSync(join(repository, 'pnpm-workspace.yaml'), 'utf8'),
    )?.[0];
    writeFileSync(join(folder, 'pnpm-workspace.yaml'), `packages: []\n${setting ?? ''}\n`);
    const manifest = { name: 'sample', version: '0.0.1', private: true, scripts: { hello: 'echo hello' } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    const options = { cwd: folder, env: environmentWithoutPnpm() };
    await run('pnpm', ['install', '--offline'], options);
    await expect(run('pnpm', ['run', 'hello'], options)).resolves.toMatchObject({
      stdout: expect.stringContaining('hello') as string,
    });
    const lockfile = readFileSync(join(folder, 'pnpm-lock.yaml'), 'utf8');
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, dependencies: { leven: '4.1.0' } }));
    await expect(run('pnpm', ['run', 'hello'], options)).rejects.toThrow();
    expect(readFileSync(join(folder, 'pnpm-lock.yaml'), 'utf8')).toBe(lockfile);
  });
});

/** The rules that refuse this code in place of an existing file: those with types know only files of the project. */
async function rulesAgainst(code: string, path: string): Promise<(string | null)[]> {
  const eslint = new ESLint({ cwd: repository });
  const [result] = await eslint.lintText(`${code}\n`, { filePath: join(repository, path) });
  return result?.messages.map(({ ruleId }) => ruleId) ?? [];
}

/** `pnpm exec` tells what it starts, by variables, not to look at the lockfile again. */
function environmentWithoutPnpm(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^p?npm_/i.test(name)));
}

/** Two packages, the pure one importing the shell one. */
function writeWorkspace(root: string): void {
  const files: Readonly<Record<string, string>> = {
    'package.json': '{"name": "sample", "private": true, "packageManager": "pnpm@12.21.0"}',
    'pnpm-workspace.yaml': 'packages: [packages/*]\n',
    'pnpm-lock.yaml': "lockfileVersion: '9.0'\nimporters:\n  .: {}\n",
    'turbo.json': readFileSync(join(repository, 'turbo.json'), 'utf8'),
    'packages/low/package.json': '{"name": "low", "version": "0.0.1", "dependencies": {"high": "workspace:*"}}',
    'packages/low/turbo.json': '{"extends": ["//"], "tags": ["pure"]}',
    'packages/low/index.js': "import { high } from 'high';\nexport const low = high;\n",
    'packages/high/package.json': '{"name": "high", "version": "0.0.1"}',
    'packages/high/turbo.json': '{"extends": ["//"], "tags": ["shell"]}',
    'packages/high/index.js': 'export const high = 1;\n',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function boundaries(cwd: string): Promise<{ stdout: string }> {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' };
  return run(join(repository, 'node_modules/.bin/turbo'), ['boundaries', '--no-color', '--skip-infer'], { cwd, env });
}

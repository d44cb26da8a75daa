import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** A clone with the script, and a meshrs that writes down what it is asked; a commit that a forced push took away. */
function makeClone() {
  const folder = mkdtempSync(join(tmpdir(), 'meshrs-effects-test-'));
  folders.push(folder);
  const [remote, clone] = [join(folder, 'remote'), join(folder, 'clone')];
  git(folder, 'init', '--quiet', '--initial-branch=main', remote);
  for (const message of ['first', 'pushed']) git(remote, 'commit', '--quiet', '--allow-empty', '--message', message);
  const before = git(remote, 'rev-parse', 'HEAD');
  git(remote, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  git(remote, 'commit', '--quiet', '--amend', '--allow-empty', '--message', 'forced');
  git(folder, 'clone', '--quiet', `file://${remote}`, clone);
  mkdirSync(join(clone, 'scripts'));
  copyFileSync(join(import.meta.dirname, 'effects'), join(clone, 'scripts/effects'));
  const meshrs =
    '#!/bin/sh\necho "$@" >asked\ngit cat-file -e "$3^{commit}" || exit 3\necho said >"$5"\nexit "${STATUS:-0}"\n';
  writeFileSync(join(clone, 'scripts/meshrs'), meshrs, { mode: 0o755 });
  return { clone, before };
}

function effects(clone: string, base: string, env: Readonly<Record<string, string>> = {}) {
  const { status, stderr } = spawnSync('scripts/effects', [base, 'effects.md', '--allow-both-sides'], {
    cwd: clone,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stderr, asked: readFileSync(join(clone, 'asked'), 'utf8').trim() };
}

test('what a push had before is compared with, also when the push was forced', () => {
  const { clone, before } = makeClone();
  expect(() => git(clone, 'cat-file', '-e', before)).toThrow();
  expect(effects(clone, before)).toMatchObject({
    status: 0,
    asked: `check --base ${before} --summary effects.md --allow-both-sides`,
  });
});

test('a commit that the remote does not give is not passed over', () => {
  const { clone } = makeClone();
  const { status, stderr } = effects(clone, 'f'.repeat(40));
  expect(status).toBe(3);
  expect(stderr).toContain(`git cannot fetch ${'f'.repeat(40)} from origin`);
});

test('a push that makes its branch has nothing before', () => {
  const { clone } = makeClone();
  expect(effects(clone, '0'.repeat(40)).asked).toMatch(/^check --base HEAD /);
});

test('the exit status is that of the check, and the summary is written all the same', () => {
  const { clone } = makeClone();
  const summary = join(clone, 'summary.md');
  writeFileSync(summary, 'before\n');
  expect(effects(clone, 'origin/main', { STATUS: '1', GITHUB_STEP_SUMMARY: summary }).status).toBe(1);
  expect(readFileSync(summary, 'utf8')).toBe('before\nsaid\n');
});

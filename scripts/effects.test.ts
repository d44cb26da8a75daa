import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, onTestFinished, test } from 'vitest';

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
    '#!/bin/sh\necho "$@" >asked\nenv >env\ngit cat-file -e "$3^{commit}" || exit 3\necho said >"$5"\nexit "${STATUS:-0}"\n';
  writeFileSync(join(clone, 'scripts/meshrs'), meshrs, { mode: 0o755 });
  return { folder, clone, before };
}

const ofTheJob = ['GITHUB_STEP_SUMMARY', 'GITHUB_SERVER_URL', 'FETCH_TOKEN'];

/** What it does not get: the summary of the job in which the tests run, and a token of that job. */
async function effects(clone: string, base: string, env: Readonly<Record<string, string>> = {}) {
  const own = Object.entries(process.env).filter(([name]) => !ofTheJob.includes(name));
  const program = spawn('scripts/effects', [base, 'effects.md', '--allow-both-sides'], {
    cwd: clone,
    env: { ...Object.fromEntries(own), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => program.on('close', resolve));
  const [stderr, status] = await Promise.all([text(program.stderr), ended]);
  const read = (file: string): string => readFileSync(join(clone, file), 'utf8').trim();
  return { status, stderr, asked: read('asked'), env: read('env') };
}

/** git's own server, behind one that asks for a password: "http://127.0.0.1:PORT". */
async function servePrivately(folder: string, password: string): Promise<string> {
  const wanted = `basic ${Buffer.from(`x-access-token:${password}`).toString('base64')}`;
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
  const server = createServer((request, response) => {
    if (request.headers.authorization?.toLowerCase() !== wanted.toLowerCase()) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const program = spawn(backend, {
      env: {
        ...{ GIT_PROJECT_ROOT: folder, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: path, QUERY_STRING: query },
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REMOTE_USER: 'x',
        PATH: process.env['PATH'],
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    request.pipe(program.stdin);
    const parts: Buffer[] = [];
    program.stdout.on('data', (part: Buffer) => parts.push(part));
    program.stdout.on('end', () => {
      const said = Buffer.concat(parts);
      const end = said.indexOf('\r\n\r\n');
      for (const line of said.subarray(0, end).toString().split('\r\n')) {
        const [name = '', value = ''] = line.split(': ');
        if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      response.end(said.subarray(end + 4));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`;
}

test('what a push had before is compared with, also when the push was forced', async () => {
  const { clone, before } = makeClone();
  expect(() => git(clone, 'cat-file', '-e', before)).toThrow();
  expect(await effects(clone, before)).toMatchObject({
    status: 0,
    asked: `check --base ${before} --summary effects.md --allow-both-sides`,
  });
});

test('from a private repository it is fetched by the token of the step, which nothing else gets', async () => {
  const { folder, clone, before } = makeClone();
  const url = await servePrivately(folder, 'of-the-job');
  git(clone, 'remote', 'set-url', 'origin', `${url}/remote`);
  const without = await effects(clone, before);
  expect(without.status).toBe(3);
  expect(without.stderr).toContain('give the step FETCH_TOKEN');
  const wrong = await effects(clone, before, { FETCH_TOKEN: 'another', GITHUB_SERVER_URL: url });
  expect(wrong.status).toBe(3);
  const { status, env, stderr } = await effects(clone, before, { FETCH_TOKEN: 'of-the-job', GITHUB_SERVER_URL: url });
  expect(status, stderr).toBe(0);
  expect(env).not.toMatch(/of-the-job|AUTHORIZATION|FETCH_TOKEN/);
  expect(git(clone, 'config', '--list')).not.toContain('extraheader');
});

test('a commit that the remote does not give is not passed over', async () => {
  const { clone } = makeClone();
  const { status, stderr } = await effects(clone, 'f'.repeat(40));
  expect(status).toBe(3);
  expect(stderr).toContain(`git cannot fetch ${'f'.repeat(40)} from origin`);
});

test('a push that makes its branch has nothing before', async () => {
  const { clone } = makeClone();
  expect((await effects(clone, '0'.repeat(40))).asked).toMatch(/^check --base HEAD /);
});

test('the exit status is that of the check, and the summary is written all the same', async () => {
  const { clone } = makeClone();
  const summary = join(clone, 'summary.md');
  writeFileSync(summary, 'before\n');
  expect((await effects(clone, 'origin/main', { STATUS: '1', GITHUB_STEP_SUMMARY: summary })).status).toBe(1);
  expect(readFileSync(summary, 'utf8')).toBe('before\nsaid\n');
});

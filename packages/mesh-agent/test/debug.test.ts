import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '@meshrs/test-kit/wait';
import { parseTarGzip } from 'nanotar';
import { afterEach, describe, expect, it } from 'vitest';
import { writeDebugArchive } from '../src/cli/debug-command.ts';
import { setLogLevel } from '../src/cli/log-level-command.ts';
import { createMemoryEngine, engineFailure } from './memory-engine.ts';
import { settingsText, staticSource } from './settings-text.ts';
import { get, peersOf, startTestSidecar } from './start-sidecar.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Each stands where a secret may be. */
const planted = {
  settings: '$6$planted-in-settings',
  neighbor: 'planted-at-neighbor',
  peerGroup: 'planted-at-group',
  line: 'planted-at-line',
  licence: 'planted-licence',
  environment: 'planted-root-pw',
  token: 'planted-token',
};
const env = {
  LICENSE_KEY: planted.licence,
  ENCRYPTED_ROOT_PW: planted.environment,
  SOME_TOKEN: planted.token,
  POD_NAME: 'rs-a-0',
};

async function start() {
  const engine = createMemoryEngine();
  engine.type(` neighbor 192.0.2.9 password ${planted.neighbor}`);
  engine.type(` neighbor GROUP password 8 ${planted.peerGroup}`);
  engine.type(`enable password ${planted.line}`);
  const started = await startTestSidecar({
    settings: `encrypted_root_pw: "${planted.settings}"\n${settingsText({ source: staticSource('192.0.2.1') })}`,
    engine,
  });
  cleanups.push(started.remove);
  await eventually(
    () => started.sidecar.status(),
    ({ engine: { isApplied } }) => isApplied,
  );
  return { ...started, engine };
}

function output() {
  const said = { text: '', bytes: Buffer.alloc(0) };
  return {
    said,
    isTerminal: () => false,
    out: (text: string) => {
      said.text += text;
    },
    err: (text: string) => {
      said.text += text;
    },
    outBytes: (bytes: Uint8Array) => {
      said.bytes = Buffer.concat([said.bytes, bytes]);
    },
  };
}

async function filesOf(archive: Uint8Array): Promise<Readonly<Record<string, string>>> {
  const files = await parseTarGzip(archive);
  return Object.fromEntries(files.map(({ name, text }) => [path.basename(name), text]));
}

describe('mesh-agent debug', () => {
  it('writes one archive of all that the sidecar knows, without a secret', async () => {
    const { pod, sidecar } = await start();
    const { said, ...to } = output();
    expect(await writeDebugArchive(pod.paths.agentSocket, undefined, { env, ...to })).toBe(0);
    const files = await filesOf(said.bytes);
    expect(Object.keys(files).toSorted()).toEqual([
      'environment.json',
      'log.jsonl',
      'plan.json',
      'running-config.txt',
      'settings.json',
      'status.json',
      'versions.json',
    ]);
    for (const text of Object.values(files)) {
      for (const secret of Object.values(planted)) expect(text).not.toContain(secret);
    }
    expect(files['running-config.txt']).toBe(
      'router bgp 65000\n neighbor 192.0.2.9 password [hidden]\n neighbor GROUP password [hidden]\nenable password [hidden]',
    );
    expect(JSON.parse(files['status.json'] ?? '')).toMatchObject({
      settings: { revision: (await sidecar.status()).settings.revision },
    });
    expect(JSON.parse(files['plan.json'] ?? '')).toMatchObject({
      desired: [{ name: 'MESHRR-CORE', peers: ['192.0.2.1'] }],
      outstanding: [],
    });
    expect(JSON.parse(files['settings.json'] ?? '')).toMatchObject({
      settings: { encrypted_root_pw: '[hidden]', asn: 65000 },
    });
    expect(files['log.jsonl']).toContain('"http-listening"');
    expect(JSON.parse(files['versions.json'] ?? '')).toMatchObject({ agent: 'test', engineVersion: 'memory 1' });
    expect(JSON.parse(files['environment.json'] ?? '')).toMatchObject({ POD_NAME: 'rs-a-0', LICENSE_KEY: '[hidden]' });
  });

  it('says beside the archive what is in it, and writes none to a terminal', async () => {
    const { pod } = await start();
    const { said, ...to } = output();
    expect(await writeDebugArchive(pod.paths.agentSocket, undefined, { env, ...to })).toBe(0);
    expect(said.text).toBe(
      `Wrote an archive (tar, gzip) of ${String(said.bytes.length)} octets: ${Object.keys(await filesOf(said.bytes)).join(', ')}.\n`,
    );
    const { said: shown, ...screen } = output();
    const there = { env, ...screen, isTerminal: () => true };
    expect(await writeDebugArchive(pod.paths.agentSocket, undefined, there)).toBe(2);
    expect(shown.bytes).toHaveLength(0);
    expect(shown.text).toContain('Redirect the output (mesh-agent debug > debug.tar.gz)');
    expect(await writeDebugArchive(pod.paths.agentSocket, path.join(pod.root, 'debug.tar.gz'), there)).toBe(0);
  });

  it('writes a file that its user alone may read, and says what is in it', async () => {
    const { pod } = await start();
    const { said, ...to } = output();
    const file = path.join(pod.root, 'debug.tar.gz');
    expect(await writeDebugArchive(pod.paths.agentSocket, file, { env, ...to })).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(said.text).toContain(`Wrote ${file}: versions.json, status.json`);
    expect(Object.keys(await filesOf(readFileSync(file)))).toContain('log.jsonl');
    await expect(writeDebugArchive(pod.paths.agentSocket, '/proc/none/x', { env, ...to })).rejects.toMatchObject({
      code: 'file-not-written',
      message: expect.stringContaining(
        'In a pod only /tmp and /run/meshrr are writable; name a file there, or none and redirect the output.',
      ) as string,
    });
  });

  it('has the rest when the engine does not answer, and says what is missing', async () => {
    const { pod, engine } = await start();
    engine.refuse(engineFailure('engine-timeout', 'runningConfig'), 'runningConfig');
    const { said, ...to } = output();
    expect(await writeDebugArchive(pod.paths.agentSocket, undefined, { env, ...to })).toBe(0);
    const files = await filesOf(said.bytes);
    expect(files['running-config.txt.missing.json']).toContain('engine-timeout');
    expect(files['status.json']).toContain('MESHRR-CORE');
  });

  it('has the rest in seconds when the engine hangs, and says what is missing', async () => {
    const { pod, engine } = await start();
    const never = () => new Promise<never>(() => undefined);
    engine.observe = never;
    engine.runningConfig = never;
    const { said, ...to } = output();
    const started = performance.now();
    expect(await writeDebugArchive(pod.paths.agentSocket, undefined, { env, ...to })).toBe(0);
    expect(performance.now() - started).toBeLessThan(4500);
    const files = await filesOf(said.bytes);
    for (const name of ['plan.json', 'running-config.txt']) {
      expect(files[`${name}.missing.json`]).toContain('There was no answer within 2 s');
    }
    expect(files['status.json']).toContain('MESHRR-CORE');
    expect(files['log.jsonl']).toContain('"http-listening"');
  });

  it('is needed for no secret: /status hides those of lines that somebody typed', async () => {
    const { address } = await start();
    const { body } = await get(address, '/status');
    expect(body).toContain(' neighbor 192.0.2.9 password [hidden]');
    for (const secret of Object.values(planted)) expect(body).not.toContain(secret);
  });
});

describe('mesh-agent log-level', () => {
  it('shows and sets what is logged, and the log says so', async () => {
    const { pod, lines, engine } = await start();
    const { said, ...to } = output();
    expect(await setLogLevel(pod.paths.agentSocket, undefined, to)).toBe(0);
    expect(said.text).toBe('info\n');
    expect(lines().filter(({ level }) => level === 'debug')).toEqual([]);
    await setLogLevel(pod.paths.agentSocket, 'debug', to);
    expect(said.text).toContain('The log level is debug; it was info. A restart of the agent makes it info again.\n');
    await pod.writeSettings(settingsText({ source: staticSource('192.0.2.7') }));
    await eventually(
      () => lines(),
      (seen) => seen.some(({ event }) => event === 'engine-applied'),
    );
    await setLogLevel(pod.paths.agentSocket, 'error', to);
    const before = lines().length;
    await pod.writeSettings(settingsText({ source: staticSource('192.0.2.8') }));
    await eventually(
      () => peersOf(engine),
      (peers) => peers[0] === '192.0.2.8',
    );
    expect(lines().slice(before)).toEqual([]);
    expect(lines().filter(({ event }) => event === 'log-level-changed')).toMatchObject([
      { level: 'warn', set: 'debug', before: 'info' },
    ]);
  });
});

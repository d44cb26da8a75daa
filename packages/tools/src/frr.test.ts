import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mirrorsOf } from './debian-mirrors.ts';
import type { Frr } from './ensure-frr.ts';
import { repositoryFolder } from './places.ts';

const script = join(repositoryFolder, 'scripts/frr');
const folder = mkdtempSync(join(tmpdir(), 'meshrs-frr-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Sends commands on one connection and returns each answer with its status byte. */
async function ask(socketPath: string, commands: readonly string[]): Promise<{ status: number; text: string }[]> {
  const socket = connect(socketPath);
  const chunks = socket.iterator() as AsyncIterator<Buffer, undefined>;
  const answers = [];
  for (const command of commands) {
    socket.write(`${command}\0`);
    let answer = Buffer.alloc(0);
    while (!(answer.length >= 4 && answer.subarray(-4, -1).equals(Buffer.alloc(3)))) {
      const next = await chunks.next();
      if (next.done === true) throw new Error(`bgpd closed the connection after "${command}"`);
      answer = Buffer.concat([answer, next.value]);
    }
    answers.push({ status: answer.at(-1) ?? -1, text: answer.subarray(0, -4).toString() });
  }
  socket.destroy();
  return answers;
}

describe('scripts/frr', () => {
  let frr: Frr;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(script);
    frr = JSON.parse(stdout) as Frr;
  });

  test('says where an FRR lies that is new enough', () => {
    const [major = 0, minor = 0, patch = 0] = frr.version.split('.').map(Number);
    expect(major * 1e4 + minor * 100 + patch).toBeGreaterThanOrEqual(10_04_01);
    expect(existsSync(join(frr.root, 'usr/lib/frr/bgpd'))).toBe(true);
  });

  test('starts a bgpd that takes commands on its socket, refuses a wrong one, and stops by its process id', async () => {
    const config = join(folder, 'bgpd.conf');
    writeFileSync(
      config,
      'hostname rs-a-0\nrouter bgp 4259840001\n bgp router-id 192.0.2.1\n no bgp default ipv4-unicast\n',
    );
    const [file, exec] = frr.exec;
    // Port 0 of either kind: it listens at none, and no other test is in its way.
    const port = ['-p', '0', '-P', '0'];
    const sockets = ['--vty_socket', folder, '-z', join(folder, 'zserv.api')];
    const files = ['-i', join(folder, 'bgpd.pid'), '-f', config];
    const bgpd = spawn(file, [exec, 'bgpd', '-S', '-Z', ...port, ...sockets, ...files], { stdio: 'inherit' });
    const ended = once(bgpd, 'exit');
    const socket = join(folder, 'bgpd.vty');
    while (!existsSync(socket) && bgpd.exitCode === null) await sleep(10);

    const [enable, wrong, configuration] = await ask(socket, ['enable', 'show nonsense', 'show running-config']);
    expect(enable?.status).toBe(0);
    expect(wrong).toEqual({ status: 2, text: '% [BGP] Unknown command: show nonsense\n' });
    expect(configuration?.text).toContain('router bgp 4259840001\n bgp router-id 192.0.2.1\n');
    expect(readFileSync(join(folder, 'bgpd.pid'), 'utf8').trim()).toBe(String(bgpd.pid));

    const vtysh = await promisify(execFile)(file, [exec, 'vtysh', '--vty_socket', folder, '-c', 'show version']);
    expect(vtysh.stdout).toContain(`FRRouting ${frr.version}`);

    process.kill(bgpd.pid ?? 0, 'SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  test('names the daemons that there are when one is unknown', async () => {
    const run = promisify(execFile)(script, ['exec', 'bgbd']);
    await expect(run).rejects.toMatchObject({
      code: 69,
      stderr: expect.stringMatching(/"bgbd".*bfdd bgpd/) as unknown,
    });
  });
});

test('mirrors are taken from apt sources without those that hold no whole distribution', () => {
  const targets = [
    'bookworm http://mirror.example/debian/',
    'bookworm-updates http://mirror.example/debian/',
    'bookworm-security http://mirror.example/debian-security/',
    '',
  ];
  expect(mirrorsOf(targets.join('\n'))).toEqual(['http://mirror.example/debian/']);
});

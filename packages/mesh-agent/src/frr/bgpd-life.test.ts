import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLivingVty, startOfLife } from './bgpd-life.ts';

const never = new AbortController().signal;
let socketPath: string;
let folder: string;
let servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshrs-life-'));
  socketPath = join(folder, 'bgpd.vty');
});
afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
  rmSync(folder, { recursive: true, force: true });
});

/** A daemon that starts: its socket takes the place of the one before. */
function startDaemon(onConnection: (connections: number) => void = () => undefined): Promise<void> {
  rmSync(socketPath, { force: true });
  let connections = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onConnection((connections += 1));
  });
  servers.push(server);
  return new Promise((resolve) => server.listen(socketPath, resolve));
}

it('tells when it began, and of another text nothing', async () => {
  const beforeMs = Date.now();
  await startDaemon();
  // A file system may cut its times off.
  expect(startOfLife(await open())).toBeGreaterThan(beforeMs - 1000);
  expect(startOfLife(await open())).toBeLessThanOrEqual(Date.now());
  expect(startOfLife('life 1')).toBeUndefined();
});

async function open() {
  const opened = await openLivingVty({ socketPath, commandTimeoutMs: 1000 }, never);
  opened.session.close();
  return opened.life;
}

describe('the life of a daemon', () => {
  it('is equal for each connection to one socket, and another for the next', async () => {
    await startDaemon();
    const first = await open();
    expect(await open()).toBe(first);
    await startDaemon();
    expect(await open()).not.toBe(first);
  });

  it('is that of the daemon that answers, where another started while it was connected to', async () => {
    await startDaemon();
    const readings = ['old', 'new', 'new', 'new'];
    const opened = await openLivingVty({ socketPath, commandTimeoutMs: 1000 }, never, () =>
      Promise.resolve(readings.shift()),
    );
    opened.session.close();
    expect([opened.life, readings]).toEqual(['new', []]);
  });

  it('is given up where a daemon starts each time', async () => {
    await startDaemon();
    let reading = 0;
    const opening = openLivingVty({ socketPath, commandTimeoutMs: 1000 }, never, () =>
      Promise.resolve(String((reading += 1))),
    );
    await expect(opening).rejects.toMatchObject({ code: 'engine-unreachable', retryable: true });
    expect(reading).toBe(6);
  });

  it('is told as unreachable where no socket is', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'engine-unreachable', retryable: true });
  });

  it('is told as unreachable where the socket of a daemon that died lies', async () => {
    await startDaemon();
    // A process that is killed leaves its socket behind; Node would take it away.
    const [server] = servers;
    await new Promise((resolve) => server?.close(resolve));
    const script = `const s=require('net').createServer().listen(${JSON.stringify(socketPath)},()=>process.kill(process.pid,'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', script])).toThrow();
    await expect(open()).rejects.toMatchObject({ code: 'engine-unreachable' });
  });
});

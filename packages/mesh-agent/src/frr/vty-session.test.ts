import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openVtySession, takeAnswer, type VtySession } from './vty-session.ts';

const never = new AbortController().signal;
let folder: string;
let server: Server | undefined;
const sockets = new Set<Socket>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshrs-vty-'));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => {
    if (server)
      server.close(() => {
        resolve();
      });
    else resolve();
  });
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

describe('takeAnswer', () => {
  it.each([
    ['text\0\0\0\0', { output: 'text', status: 0, rest: '' }],
    ['\0\0\0\u0002', { output: '', status: 2, rest: '' }],
    ['a\0\0\0\u0001b\0\0\0\0', { output: 'a', status: 1, rest: 'b\0\0\0\0' }],
  ])('reads %j', (bytes, answer) => {
    const taken = takeAnswer(Buffer.from(bytes, 'latin1'));

    expect({ ...taken, rest: taken?.rest.toString('latin1') }).toEqual(answer);
  });

  it.each(['', 'text', 'text\0\0', 'text\0\0\0'])('waits for more after %j', (bytes) => {
    expect(takeAnswer(Buffer.from(bytes, 'latin1'))).toBeUndefined();
  });
});

describe('a session', () => {
  it('gives each command its own answer, in pieces or together, rejected or not', async () => {
    const session = await openTo((socket, command) => {
      for (const byte of `answer to ${command}`) socket.write(byte);
      socket.write('\0\0');
      setTimeout(() => socket.write(`\0${command === 'bad' ? '\u0002' : '\0'}`), 5);
    });

    const answers = await Promise.all(['one', 'bad', 'two'].map((command) => session.command(command, never)));

    expect(answers).toEqual([
      { output: 'answer to one', status: 0 },
      { output: 'answer to bad', status: 2 },
      { output: 'answer to two', status: 0 },
    ]);
  });

  it('ends with engine-lost when bgpd closes during a command, and tells it to who comes after', async () => {
    const session = await openTo((socket) => socket.destroy());

    await expect(session.command('show version', never)).rejects.toMatchObject({
      code: 'engine-lost',
      retryable: true,
      message: 'bgpd closed the connection during "show version".',
    });
    await expect(session.command('show version', never)).rejects.toMatchObject({ code: 'engine-lost' });
    expect((await session.ended).code).toBe('engine-lost');
  });

  it('gives up after the deadline, and closes: whose answer comes next is not known', async () => {
    const session = await openTo(() => undefined, 30);

    await expect(session.command('show bgp summary json', never)).rejects.toMatchObject({
      code: 'engine-timeout',
      operation: 'show bgp summary json',
      retryable: true,
    });
    expect((await session.ended).code).toBe('engine-timeout');
  });

  it('gives up when the caller does, before and during a command', async () => {
    const session = await openTo(() => undefined);
    const early = AbortSignal.abort();
    const late = new AbortController();

    await expect(session.command('one', early)).rejects.toMatchObject({ code: 'aborted', retryable: false });
    const waiting = session.command('two', late.signal);
    late.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted', operation: 'two' });
  });

  it('cannot be opened where nobody listens', async () => {
    const socketPath = join(folder, 'nobody.vty');

    await expect(openVtySession({ socketPath, commandTimeoutMs: 100 }, never)).rejects.toMatchObject({
      code: 'engine-unreachable',
      retryable: true,
      engine: 'frr',
    });
    await expect(openVtySession({ socketPath, commandTimeoutMs: 100 }, AbortSignal.abort())).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

/** A session with a daemon that does with each command what the test says. */
async function openTo(
  answer: (socket: Socket, command: string) => unknown,
  commandTimeoutMs = 5000,
): Promise<VtySession> {
  const socketPath = join(folder, 'bgpd.vty');
  server = createServer((socket) => {
    sockets.add(socket);
    let rest = '';
    socket.on('data', (bytes) => {
      const commands = (rest + bytes.toString('utf8')).split('\0');
      rest = commands.pop() ?? '';
      for (const command of commands) answer(socket, command);
    });
    socket.on('error', () => undefined);
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(socketPath, resolve));
  return openVtySession({ socketPath, commandTimeoutMs }, never);
}

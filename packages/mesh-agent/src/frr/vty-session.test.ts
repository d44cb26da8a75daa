import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openVtySession, type VtyOptions, type VtySession } from './vty-session.ts';

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

  it('waits for an answer for as long as it goes on coming', async () => {
    const session = await openTo((socket) => {
      let left = 8;
      const timer = setInterval(() => {
        left -= 1;
        if (left > 0) socket.write('more ');
        else {
          clearInterval(timer);
          socket.write('\0\0\0\0');
        }
      }, 50);
    }, 200);

    expect(await session.command('show bgp summary json', never)).toEqual({ output: 'more '.repeat(7), status: 0 });
  });

  it('gives up when an answer stops halfway', async () => {
    const session = await openTo((socket) => socket.write('half of'), 30);

    await expect(session.command('show version', never)).rejects.toMatchObject({ code: 'engine-timeout' });
  });

  it('closes when an answer is larger than it may be, and says so', async () => {
    const session = await openTo((socket) => socket.write('x'.repeat(3000)), 5000, { mostAnswerBytes: 2000 });

    await expect(session.command('show bgp neighbors json', never)).rejects.toMatchObject({
      code: 'answer-too-large',
      operation: 'show bgp neighbors json',
      retryable: true,
      message: expect.stringContaining('more than 2000 bytes') as string,
    });
    expect((await session.ended).code).toBe('answer-too-large');
  });

  it.each([
    ['behind an answer', (socket: Socket) => socket.write('right\0\0\0\0wrong\0\0\0\0'), 'right'],
    [
      'some time after an answer',
      (socket: Socket) => {
        socket.write('right\0\0\0\0');
        setTimeout(() => socket.write('%late\n\0\0\0\0'), 10);
      },
      'right',
    ],
  ])('closes when bytes come that nobody asked for: %s', async (_, answer, first) => {
    const session = await openTo(answer);

    expect((await session.command('one', never)).output).toBe(first);

    expect(await session.ended).toMatchObject({ code: 'answer-not-asked-for', retryable: true });
    await expect(session.command('two', never)).rejects.toMatchObject({ code: 'answer-not-asked-for' });
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
  more: Partial<VtyOptions> = {},
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
  return openVtySession({ socketPath, commandTimeoutMs, ...more }, never);
}

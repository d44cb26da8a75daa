import { fork, execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { createScratch } from '@meshrs/test-kit/scratch';
import { waitFor } from '@meshrs/test-kit/wait';
import { afterEach, describe, expect, it } from 'vitest';
import { systemCode } from '../../src/failure.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A named pipe with this process at the other end, which reads when it is told to: a container's output is such a pipe. */
function makePipe() {
  const scratch = createScratch();
  const file = path.join(scratch.folder, 'stdout');
  execFileSync('mkfifo', [file]);
  // Open for both, or to open would wait for the other end.
  const fd = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  cleanups.push(() => {
    close();
    scratch.remove();
  });
  let text = '';
  const read = () => {
    const buffer = Buffer.alloc(65_536);
    try {
      for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer))
        text += buffer.toString('latin1', 0, length);
    } catch (thrown) {
      if (systemCode(thrown) !== 'EAGAIN') throw thrown;
    }
    return text;
  };
  return { file, read, close };
}

function start(stdout: number | 'pipe', ...args: readonly (string | number)[]) {
  const child = fork(path.join(import.meta.dirname, 'logger.ts'), args.map(String), {
    stdio: ['ignore', stdout, 'pipe', 'ipc'],
  });
  cleanups.push(() => child.kill('SIGKILL'));
  const said = { dropped: undefined as number | undefined, beats: 0 };
  child.on('message', (message) => {
    if (message === 'beat') said.beats += 1;
    else said.dropped = (message as { readonly dropped: number }).dropped;
  });
  return { child, said };
}

async function ended(child: ChildProcess): Promise<unknown> {
  return child.exitCode ?? ((await once(child, 'exit')) as unknown[])[0];
}

const linesOf = (text: string) => text.split('\n').slice(0, -1);
const numbersOf = (text: string) =>
  linesOf(text)
    .map((line) => Number(line.split(' ')[0]))
    .filter((number) => !Number.isNaN(number));

describe('a log whose reader does not read', () => {
  it('never holds the process up, keeps the first lines whole, and tells how many were dropped when it drains', async () => {
    const pipe = makePipe();
    const fd = openSync(pipe.file, constants.O_WRONLY);
    // 3 MB: more than a pipe (64 KiB) and what may wait (1 MiB) hold.
    const { child, said } = start(fd, 30_000, 100, 'stay');
    closeSync(fd);
    await waitFor(
      'the event loop goes on',
      () => said,
      ({ beats }) => beats >= 5,
    );
    const dropped = said.dropped ?? 0;
    expect(dropped).toBeGreaterThan(10_000);
    const text = await waitFor('it drains', pipe.read, (read) => read.includes('dropped '));
    expect(text).toContain(`dropped ${String(dropped)}\n`);
    const numbers = numbersOf(text);
    expect(numbers).toEqual(Array.from({ length: 30_000 - dropped }, (_, line) => line));
    child.send('end');
    expect(await ended(child)).toBe(0);
    expect(pipe.read()).toContain('the last line\n');
  });

  it('is no reason to wait at the end of the process', async () => {
    const pipe = makePipe();
    const fd = openSync(pipe.file, constants.O_WRONLY);
    const { child } = start(fd, 30_000, 100, 'return');
    closeSync(fd);
    expect(await ended(child)).toBe(0);
  });

  it('takes a socket for its output, too', async () => {
    const { child, said } = start('pipe', 30_000, 100, 'stay');
    await waitFor(
      'the event loop goes on',
      () => said,
      ({ beats }) => beats >= 5,
    );
    expect(said.dropped).toBeGreaterThan(0);
    let text = '';
    child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
    });
    await waitFor(
      'it drains',
      () => text,
      (read) => read.includes('dropped '),
    );
    expect(numbersOf(text)).toHaveLength(30_000 - (said.dropped ?? 0));
  });

  it('may have lost its reader', async () => {
    const pipe = makePipe();
    const fd = openSync(pipe.file, constants.O_WRONLY);
    const { child, said } = start(fd, 10, 100, 'stay');
    closeSync(fd);
    await waitFor(
      'it has started',
      () => said,
      ({ beats }) => beats >= 1,
    );
    pipe.close();
    child.send('end');
    expect(await ended(child)).toBe(0);
  });
});

describe('a log that is read', () => {
  it.each([
    ['return', 0],
    ['crash', 1],
  ])('has every line when the process ends by: %s', async (end, code) => {
    const pipe = makePipe();
    const fd = openSync(pipe.file, constants.O_WRONLY);
    const { child } = start(fd, 2000, 100, end);
    closeSync(fd);
    const timer = setInterval(pipe.read, 1);
    expect(await ended(child)).toBe(code);
    clearInterval(timer);
    expect(numbersOf(pipe.read())).toHaveLength(2000);
  });
});

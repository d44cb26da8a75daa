import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ToolFailure } from './tool-failure.ts';

/**
 * Runs the work while holding a lock file that every process of this user respects. The kernel keeps the lock for a child
 * that lives as long as its standard input is open, so that a killed process leaves no lock behind.
 */
export async function withLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const holder = (await holdLock(file, ['--nonblock'])) ?? (await waitForLock(file, onWait));
  try {
    return await work();
  } finally {
    holder.release();
  }
}

interface Holder {
  release(): void;
}

async function waitForLock(file: string, onWait: () => void): Promise<Holder> {
  onWait();
  const holder = await holdLock(file, []);
  if (holder === undefined) {
    throw new ToolFailure({
      code: 'command-failed',
      message: `flock ${file}: ended without the lock`,
      next: `look whether the file can be written, then run again`,
    });
  }
  return holder;
}

async function holdLock(file: string, options: readonly string[]): Promise<Holder | undefined> {
  const child = spawn('flock', [...options, file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const held = await new Promise<boolean>((resolve, reject) => {
    child.stdout.once('data', () => {
      resolve(true);
    });
    child.once('close', () => {
      resolve(false);
    });
    child.once('error', (cause) => {
      reject(
        new ToolFailure({
          code: 'command-failed',
          message: 'flock cannot be started',
          next: "install Debian's or Ubuntu's package util-linux, which brings it",
          cause,
        }),
      );
    });
  });
  if (!held) return undefined;
  return {
    release: () => {
      child.stdin.end();
    },
  };
}

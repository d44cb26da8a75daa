import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Runs the work with an empty folder that is gone afterwards, also those that killed runs left behind. */
export async function withScratch<T>(cache: string, work: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(cache, 'scratch');
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    if (!isAlive(Number(name))) removeFolder(join(parent, name));
  }
  const folder = join(parent, String(process.pid));
  mkdirSync(folder);
  try {
    return await work(folder);
  } finally {
    removeFolder(folder);
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function removeFolder(folder: string): void {
  // Compilers of an interrupted build may still write for a moment.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

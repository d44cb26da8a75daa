import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { machineClock } from '../async/clock.ts';
import { createLog } from '../log/log.ts';
import { hearRequests } from './hear-requests.ts';

interface Line {
  readonly event: string;
  readonly failure?: { readonly code: string; readonly message: string };
}

it.each([
  [
    'whose place is taken by a folder that is not empty',
    (socket: string) => mkdirSync(join(socket, 'x'), { recursive: true }),
  ],
  [
    'whose folder is not there',
    (socket: string) => {
      rmSync(join(socket, '..'), { recursive: true });
    },
  ],
])('goes on without a socket %s, and says so', async (_, prepare) => {
  const folder = mkdtempSync(join(tmpdir(), 'hear-requests-'));
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
    rmSync(folder, { recursive: true, force: true });
  });
  const socket = join(folder, 'agent.sock');
  prepare(socket);
  const lines: Line[] = [];
  await hearRequests({
    socket,
    engine: { evictions: () => [], pins: () => [], clearEvictions: () => Promise.reject(new Error('no engine here')) },
    operator: () => undefined,
    clock: machineClock,
    log: createLog({ write: (line) => lines.push(JSON.parse(line) as Line), secrets: [], base: {} }),
    signal: stop.signal,
  });
  expect(lines).toMatchObject([
    {
      event: 'requests-not-heard',
      failure: { code: 'address-not-available', message: expect.stringContaining(socket) as string },
    },
  ]);
});

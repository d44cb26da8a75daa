import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ports } from '@meshrs/contract';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { get } from './get.ts';

/** An agent in a thread of its own, that answers at once, or never, or begins and goes on for ever. */
const agent = `
  const { createServer } = require('node:http');
  const { parentPort, workerData } = require('node:worker_threads');
  const { address, port, size } = workerData;
  createServer(({ url }, answer) => {
    if (url === '/never') return;
    if (url === '/drip') { answer.write('x'); setInterval(() => answer.write('x'), 150).unref(); return; }
    answer.end('x'.repeat(size));
  }).listen(port, address, () => parentPort.postMessage('up'));
`;
const size = 300_000;
let address = '';
let worker: Worker;

beforeEach(async () => {
  address = anyLoopbackAddress();
  worker = new Worker(agent, { eval: true, workerData: { address, port: ports.agent, size } });
  await once(worker, 'message');
});
afterEach(async () => {
  await worker.terminate();
});

async function ask(path: string): Promise<number> {
  let length = 0;
  await get({
    ...{ address, path, largestBytes: 1_000_000, signal: new AbortController().signal },
    onPiece: (piece) => {
      length += piece.length;
    },
  });
  return length;
}

function holdUp(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it.each([
  ['before it has dialled', 1],
  ['while the answer is on its way', 10],
])('who asks and is held up itself, %s, has the answer all the same', async (_, afterMs) => {
  const asked = ask('/clients');
  setTimeout(holdUp, afterMs, 2300);
  expect(await asked).toBe(size);
});

it.each(['/never', '/drip'])('one that does not come to an end is given up: %s', async (path) => {
  await expect(ask(path)).rejects.toThrow(`GET ${path} of ${address}: no answer within 2 s`);
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { measureMemory } from './measure-memory.ts';
import { brokenByRise, riseOf, type MemorySample } from './memory-law.ts';

const samplesOf = (count: number, live: (at: number) => number, resident: (at: number) => number = () => 60) =>
  Array.from({ length: count }, (_, at): MemorySample => ({ at, live: live(at), resident: resident(at) }));
const brokenBy = (samples: readonly MemorySample[], from = 0) => brokenByRise(riseOf(samples, from));

describe('the law of memory', () => {
  it.each([
    ['nothing changes', samplesOf(30, () => 12)],
    ['a sample now and then is higher', samplesOf(30, (at) => (at % 7 === 0 ? 30 : 12))],
    ['it rises by less than 1 MiB', samplesOf(30, (at) => 12 + at / 40)],
    ['it rises before what counts', samplesOf(30, (at) => Math.min(at, 10))],
    ['it falls', samplesOf(30, (at) => 12 - at / 4)],
    [
      'pages come and go',
      samplesOf(
        30,
        () => 12,
        (at) => 60 + (at % 3),
      ),
    ],
  ])('holds when %s', (_, samples) => {
    expect(brokenBy(samples, 10)).toEqual([]);
  });

  it.each([
    ['the live heap rises steadily', samplesOf(30, (at) => 12 + at / 12), 'the live heap rose by'],
    ['it rises once, and stays', samplesOf(30, (at) => (at > 20 ? 13.5 : 12)), 'the live heap rose by'],
    [
      'memory outside of the heap rises',
      samplesOf(
        30,
        () => 12,
        (at) => 60 + at / 5,
      ),
      'resident memory rose by',
    ],
    ['nobody could measure', samplesOf(30, () => NaN), 'the live heap rose by NaN'],
    ['there are few samples', samplesOf(18, () => 12), 'not looked at often enough'],
  ])('is broken when %s', (_, samples, why) => {
    expect(brokenBy(samples, 10).join()).toContain(why);
  });
});

/** Makes garbage all the time; one that leaks keeps 20 KB of it every 20 ms. */
const program = (kept: string) => `
  const all = [];
  setInterval(() => {
    const one = Array.from({ length: 5000 }, (_, at) => ({ at }));
    ${kept}
  });
`;

describe('a process that is measured as the agent is', () => {
  it.each([
    ['objects', 'all.push(one.slice(0, 500));', 'the live heap rose by'],
    ['bytes outside of the heap', 'all.push(Buffer.alloc(20_000));', 'the live heap rose by'],
  ])('is found to leak %s', async (_, kept, why) => {
    expect((await brokenByProcess(program(kept))).join()).toContain(why);
  });

  it('is not found to leak where it only makes garbage', async () => {
    expect(await brokenByProcess(program(''))).toEqual([]);
  });
});

async function brokenByProcess(source: string): Promise<readonly string[]> {
  const flags = ['--jitless', '--max-semi-space-size=1', '--max-old-space-size=128'];
  const child = spawn(process.execPath, [...flags, '--inspect=127.0.0.1:0', '-e', source]);
  try {
    const [said] = (await once(child.stderr, 'data')) as [Buffer];
    const port = Number(/ws:\/\/127\.0\.0\.1:(\d+)/.exec(said.toString())?.[1]);
    const measure = () => measureMemory(([command = '', ...args]) => spawn(command, args), port);
    const samples: MemorySample[] = [];
    for (let at = 0; at < 12; at += 1) {
      await sleep(300);
      samples.push({ at, ...(await measure()) });
    }
    return brokenBy(samples);
  } finally {
    child.kill('SIGKILL');
  }
}

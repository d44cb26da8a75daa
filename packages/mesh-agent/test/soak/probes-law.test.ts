import { expect, it } from 'vitest';
import { createProbesLaw } from './probes-law.ts';

function start() {
  const broken: string[] = [];
  const law = createProbesLaw((what) => broken.push(what));
  const probe = (at: number, milliseconds: number, status = 200, waitedMs = 0) => {
    law.hear('a', '/healthz', { status, body: 'x', milliseconds, at }, waitedMs);
  };
  return { law, broken, probe };
}

it('is silent while probes are answered soon, ready or not', () => {
  const { law, broken, probe } = start();
  probe(1000, 5000);
  law.begin();
  probe(9000, 900);
  probe(9500, 3, 503);
  expect(broken).toEqual([]);
  expect(law.heard()).toEqual({ count: 2, slowestMs: 900 });
});

it.each([
  ['late', 9000, 1001, 200, 'side a took 1001 ms'],
  ['with a failure', 9000, 5, 500, 'did not answer its probe /healthz: 500 x'],
  ['not at all', 9000, 10_000, 0, 'did not answer its probe /healthz: 0 x'],
])('is broken by a probe that is answered %s', (_, at, milliseconds, status, why) => {
  const { law, broken, probe } = start();
  law.begin();
  probe(at, milliseconds, status);
  expect(broken).toEqual([expect.stringContaining(why)]);
});

it('takes off what the machine had no time for, and no more', () => {
  const { law, broken, probe } = start();
  law.begin();
  probe(5000, 10, 200, 400);
  probe(9000, 1500, 200, 1000);
  expect(law.heard().slowestMs).toBe(900);
  expect(broken).toEqual([]);
  probe(12_000, 1500, 200, 1400);
  expect(broken).toEqual([expect.stringContaining('side a took 1100 ms')]);
});

it('does not count a probe without an answer where the machine had no CPU for half a second', () => {
  const { law, broken, probe } = start();
  law.begin();
  probe(5000, 10);
  probe(9000, 1100, 0, 600);
  expect(broken).toEqual([]);
  probe(12_000, 1100, 0, 900);
  expect(broken).toEqual([expect.stringContaining('after 1100 ms, of which 300 without a CPU')]);
});

it('does not ask an agent that does not run, of this side and in this time', () => {
  const { law, broken, probe } = start();
  law.begin();
  const end = law.excuse('a', 10_000);
  law.excuse('b', 20_000);
  probe(10_500, 400, 0);
  probe(11_500, 1500);
  end(12_000);
  probe(12_900, 1500);
  expect(broken).toEqual([]);
  probe(14_000, 1500);
  probe(21_000, 10, 0);
  expect(broken).toHaveLength(2);
  law.end();
  probe(30_000, 10, 0);
  expect(broken).toHaveLength(2);
});

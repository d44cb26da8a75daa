import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { agentLimits, probeLimits } from '../../src/http/limits.ts';
import { probe } from './probe.ts';
import { createStand, type Stand } from './under-attack.ts';

const probesInAttack = 10;
/** Sockets that listen, and what Node itself has open. */
const otherFiles = 60;
/** Kernel and heap under load; without limits one attack takes hundreds. */
const largestGrowthMiB = 45;

let stand: Stand;
beforeAll(async () => {
  stand = await createStand();
});
afterEach(() => stand.end());
afterAll(() => stand.remove());

/**
 * How long a probe took is measured by the bench (bench/probes.bench.ts), where nothing else runs: here a probe has as long
 * as it takes, and must be answered.
 */
describe('the probes are answered', () => {
  it.each([
    [10_000, 'idle connections', 'idle', 1],
    [10_000, 'idle connections', 'idle', 250],
    [3000, 'heads that never end, a byte at a time', 'slow-sender', 1],
    [3000, 'connections whose other half has ended', 'half-open', 250],
    [3000, 'right requests on connections that stay', 'asking', 1],
    [300, 'heads that never end, as fast as they go', 'endless-head', 250],
    [300, 'floods of bytes that are no HTTP', 'garbage', 1],
  ])('while their own port has %i of these: %s (%s, from %i sources)', async (connections, _, kind, sources) => {
    const { refused } = await probedDuring({ kind, sources, connections, port: 8180 });
    expect(refused).not.toEqual([]);
  });

  it.each([
    [10_000, 'idle connections', 'idle', 250],
    [1000, 'requests in a row, never read', 'pipelined', 250],
    [1000, 'readers that do not read', 'slow-reader', 250],
    [1000, 'readers that read slowly', 'trickle-reader', 1],
    [300, 'bodies without end', 'endless-body', 250],
  ])(
    'while the port for everybody has %i of these: %s (%s, from %i sources)',
    async (connections, _, kind, sources) => {
      const { status, lines } = await probedDuring({ kind, sources, connections, port: 8179 });
      expect(status).toBeLessThan(60);
      expect(lines).toBeLessThanOrEqual(4);
    },
  );
});

async function probedDuring({
  kind,
  sources,
  connections,
  port,
}: {
  readonly kind: string;
  readonly sources: number;
  readonly connections: number;
  readonly port: number;
}) {
  const { address, facts } = await stand.serve(5000);
  // The first large answer takes memory that stays.
  await probe(address, { port: 8179, path: '/status' });
  const before = await facts();
  await stand.attack({ kind, address, port, connections, sources });
  const answers: string[] = [];
  let most = { residentMiB: 0, files: 0 };
  for (let count = 0; count < probesInAttack; count++) {
    answers.push((await probe(address, { path: count % 2 === 0 ? '/healthz' : '/readyz', timeoutMs: 60_000 })).answer);
    const { residentMiB, files } = await facts();
    most = { residentMiB: Math.max(most.residentMiB, residentMiB), files: Math.max(most.files, files) };
    await sleep(50);
  }
  expect(answers.filter((answer) => answer !== 'HTTP/1.1 200 OK')).toEqual([]);
  expect(most.files).toBeLessThanOrEqual(agentLimits.connections + probeLimits.connections + otherFiles);
  expect(most.residentMiB - before.residentMiB).toBeLessThan(largestGrowthMiB);
  return await facts();
}

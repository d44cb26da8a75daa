import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '@meshrs/bench';
import { probe } from '../test/http/probe.ts';
import { createStand } from '../test/http/under-attack.ts';

const probesInSample = 15;

/** Attacks whose connections begin anew as they end; each sample has a server and an attacker of its own. */
const attacks = [
  { kind: 'idle', port: 8180, connections: 10_000, sources: 1 },
  { kind: 'idle', port: 8180, connections: 10_000, sources: 250 },
  { kind: 'slow-sender', port: 8180, connections: 10_000, sources: 250 },
  { kind: 'garbage', port: 8180, connections: 300, sources: 250 },
  { kind: 'idle', port: 8179, connections: 10_000, sources: 250 },
  { kind: 'pipelined', port: 8179, connections: 1000, sources: 250 },
  { kind: 'slow-reader', port: 8179, connections: 1000, sources: 250 },
] as const;

export const benchmarks: readonly Benchmark[] = attacks.map((attack) => ({
  name: `agent: slowest of ${String(probesInSample)} probes, ${String(attack.connections)} connections "${attack.kind}" at ${String(attack.port)}, ${String(attack.sources)} sources`,
  unit: 'ms',
  wanted: '≤ 1000 ms',
  runs: 3,
  sample: async () => {
    const stand = await createStand();
    try {
      const { address } = await stand.serve(5000);
      await stand.attack({ ...attack, address });
      let slowest = 0;
      for (let count = 0; count < probesInSample; count++) {
        const { answer, milliseconds } = await probe(address);
        if (answer !== 'HTTP/1.1 200 OK') throw new Error(`a probe was answered by: ${answer}`);
        slowest = Math.max(slowest, milliseconds);
        await sleep(200);
      }
      return slowest;
    } finally {
      await stand.remove();
    }
  },
}));

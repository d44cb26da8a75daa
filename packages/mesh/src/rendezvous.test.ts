import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address } from '@meshrs/network/test-data';
import { anyAddress, anyAddresses } from './arbitraries.test-data.ts';
import { choosePeers, rankPeers } from './rendezvous.ts';

const self = '192.0.2.200';

describe('rankPeers', () => {
  it('moves no other when a candidate comes or goes', () => {
    fc.assert(
      fc.property(anyAddresses, anyAddress, (candidates, comer) => {
        const others = candidates.filter((address) => address !== comer);
        const ranked = rankPeers(self, [...others, comer]);
        expect(ranked.filter((address) => address !== comer)).toEqual(rankPeers(self, others));
      }),
    );
  });

  it('ranks as every version does: two versions of the agent that choose differently would give up sessions', () => {
    const candidates = [1, 2, 3, 4].map((host) => address(`192.0.2.${String(host)}`));

    expect(rankPeers(self, candidates)).toEqual(['192.0.2.4', '192.0.2.1', '192.0.2.3', '192.0.2.2']);
  });

  it('spreads the choices of many route servers evenly', () => {
    const candidates = Array.from({ length: 50 }, (_, host) => address(`192.0.2.${String(host + 1)}`));
    const chosen = new Map<string, number>();
    for (let route = 0; route < 1000; route++) {
      for (const address of rankPeers(`198.51.100.${String(route)}`, candidates).slice(0, 2)) {
        chosen.set(address, (chosen.get(address) ?? 0) + 1);
      }
    }
    // 2000 choices over 50 candidates: 40 each; five standard deviations are 31.
    expect(Math.min(...chosen.values())).toBeGreaterThan(9);
    expect(Math.max(...chosen.values())).toBeLessThan(71);
    expect(chosen.size).toBe(50);
  });
});

describe('choosePeers', () => {
  it('keeps every current peer that may stay', () => {
    fc.assert(
      fc.property(anyAddresses, anyAddresses, fc.nat(10), (candidates, current, maximum) => {
        const chosen = choosePeers({ self, candidates, current, maximum });
        const staying = current.filter((address) => candidates.includes(address));
        expect(chosen).toHaveLength(Math.min(maximum, candidates.length));
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(staying.filter((address) => chosen.includes(address))).toHaveLength(Math.min(maximum, staying.length));
      }),
    );
  });

  it('replaces exactly the peer that has gone', () => {
    fc.assert(
      fc.property(anyAddresses, fc.integer({ min: 1, max: 10 }), (candidates, maximum) => {
        const chosen = choosePeers({ self, candidates, current: [], maximum });
        const [gone] = chosen;
        const rest = candidates.filter((address) => address !== gone);
        const next = choosePeers({ self, candidates: rest, current: chosen, maximum });
        expect(chosen.filter((address) => !next.includes(address))).toEqual(gone ? [gone] : []);
      }),
    );
  });
});

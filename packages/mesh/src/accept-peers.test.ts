import type { IpAddress } from '@meshrs/network';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address } from '@meshrs/network/test-data';
import { anyAddresses } from './arbitraries.test-data.ts';
import {
  acceptPeers,
  firstMemory,
  isSameDoubt,
  type AcceptanceRules,
  type GroupMemory,
  type SourceReading,
} from './accept-peers.ts';

const self = address('192.0.2.200');
const rules: AcceptanceRules = { own: [self], maximumLeavingPercent: 50, secondLookMs: 5000 };
const servers = [1, 2, 3, 4].map((host) => address(`192.0.2.${String(host)}`));

function answer(...addresses: readonly IpAddress[]): SourceReading {
  return { kind: 'answer', addresses, isCertain: false };
}

const failure: SourceReading = { kind: 'failure', code: 'SERVFAIL', message: 'The name server failed.' };

function after(...looks: readonly (readonly [number, SourceReading])[]): GroupMemory {
  return looks.reduce((memory, [nowMs, look]) => acceptPeers(memory, look, rules, nowMs).memory, firstMemory([]));
}

describe('acceptPeers', () => {
  it('takes the first answer without this route server', () => {
    const accepted = acceptPeers(firstMemory([]), answer(self, ...servers), rules, 0);
    expect(accepted).toMatchObject({ joined: servers, left: [], memory: { good: servers, hasAnswered: true } });
  });

  it.each<[string, SourceReading]>([
    ['source-failed', failure],
    ['empty-answer', answer()],
    ['only-self', answer(self)],
  ])('keeps the last good set on %s, however often', (kind, look) => {
    const memory = after([0, answer(...servers)], [1000, look], [9000, look], [99000, look]);
    expect(memory).toMatchObject({ good: servers, doubt: { kind } });
  });

  it('keeps what an earlier run has configured while the source fails from the start', () => {
    expect(acceptPeers(firstMemory(servers), failure, rules, 0).memory).toMatchObject({
      good: servers,
      hasAnswered: false,
    });
  });

  it('takes "only this route server" from a source that never named another', () => {
    expect(after([0, answer(self)])).toMatchObject({ good: [], hasAnswered: true });
    expect(after([0, answer(self)]).doubt).toBeUndefined();
  });

  it('lets half of the peers go at once', () => {
    const accepted = acceptPeers(after([0, answer(...servers)]), answer(...servers.slice(2)), rules, 1000);
    expect(accepted).toMatchObject({ left: servers.slice(0, 2), memory: { good: servers.slice(2) } });
    expect(accepted.lookAgainAtMs).toBeUndefined();
  });

  it('lets more than half go only at the second look', () => {
    const [first] = servers;
    if (!first) throw new Error('there are four');
    const once = acceptPeers(after([0, answer(...servers)]), answer(first), rules, 1000);
    expect(once).toMatchObject({
      left: [],
      lookAgainAtMs: 6000,
      memory: { good: servers, doubt: { kind: 'many-leaving', leaving: servers.slice(1) } },
    });
    const early = acceptPeers(once.memory, answer(first), rules, 5999);
    expect(early).toMatchObject({ left: [], lookAgainAtMs: 6000 });
    const twice = acceptPeers(early.memory, answer(first), rules, 6000);
    expect(twice).toMatchObject({ left: servers.slice(1), memory: { good: [first], missing: [] } });
    expect(twice.memory.doubt).toBeUndefined();
  });

  it('forgets what was missed once and is back', () => {
    const [first] = servers;
    if (!first) throw new Error('there are four');
    const memory = after([0, answer(...servers)], [1000, answer(first)], [2000, answer(...servers)]);
    expect(memory).toEqual(after([0, answer(...servers)]));
  });

  it('counts peers that leave one after another as leaving at once', () => {
    const memory = after(
      [0, answer(...servers)],
      [100, answer(...servers.slice(1))],
      [200, answer(...servers.slice(2))],
    );
    expect(acceptPeers(memory, answer(...servers.slice(3)), rules, 300)).toMatchObject({
      left: [],
      lookAgainAtMs: 5300,
    });
    expect(acceptPeers(memory, answer(...servers.slice(3)), rules, 5200)).toMatchObject({ left: [servers[2]] });
  });

  it('adds new peers at once, also while others wait for the second look', () => {
    const comer = address('192.0.2.9');
    const accepted = acceptPeers(after([0, answer(...servers)]), answer(comer), rules, 1000);
    expect(accepted).toMatchObject({ joined: [comer], left: [], memory: { good: [...servers, comer] } });
  });

  it('keeps the one peer that there is when the source names this route server alone', () => {
    const [first = self] = servers;

    expect(after([0, answer(self, first)], [1000, answer(self)])).toMatchObject({
      good: [first],
      doubt: { kind: 'only-self' },
    });
  });

  it('takes a second look although the clock stepped back after the first one', () => {
    const [first = self] = servers;
    const stepped = after([0, answer(...servers)], [3_600_000, answer(first)], [1000, answer(first)]);

    expect(stepped).toMatchObject({ good: servers });
    expect(acceptPeers(stepped, answer(first), rules, 6000)).toMatchObject({ left: servers.slice(1) });
  });

  it('does not count those that were missed twice against others that leave later', () => {
    const [first = self] = servers;
    const comer = address('192.0.2.9');
    const settled = after([0, answer(...servers)], [1000, answer(first, comer)], [6000, answer(first, comer)]);

    expect(settled).toMatchObject({ good: [first, comer], missing: [] });
    expect(acceptPeers(settled, answer(first), rules, 6100)).toMatchObject({ left: [comer] });
  });

  it('remembers nothing before the first look, nor after a list that a person wrote', () => {
    const nothing = { missing: [], left: [] };
    expect(firstMemory(servers)).toEqual({ good: servers, hasAnswered: false, ...nothing });
    const [first = self] = servers;
    const doubting = after([0, answer(...servers)], [1000, answer(first)]);
    const certain = { ...answer(first), isCertain: true } as SourceReading;
    expect(acceptPeers(doubting, certain, rules, 2000)).toEqual({
      memory: { good: [first], hasAnswered: true, ...nothing },
      joined: [],
      left: servers.slice(1),
    });
  });

  it('says that nobody came or went when it keeps what it has', () => {
    for (const look of [failure, answer(), answer(self)]) {
      expect(acceptPeers(after([0, answer(...servers)]), look, rules, 1000)).toMatchObject({ joined: [], left: [] });
    }
  });

  it('forgets who left when the source has named this route server alone since, and there was nobody', () => {
    const [first = self, second = self] = servers;
    const few: AcceptanceRules = { ...rules, maximumLeavingPercent: 100 };
    const certainlyNobody = { ...answer(), isCertain: true } as SourceReading;
    const gone = acceptPeers(after([0, answer(first, second)]), certainlyNobody, few, 100).memory;
    expect(acceptPeers(gone, answer(self), few, 200)).toEqual({
      memory: { good: [], hasAnswered: true, missing: [], left: [] },
      joined: [],
      left: [],
    });
    const halfGone = acceptPeers(after([0, answer(...servers)]), answer(first, second), rules, 100).memory;
    const left = servers.slice(2).map((each) => ({ address: each, atMs: 100 }));
    const nobody = { ...halfGone, good: [] };
    expect(acceptPeers(nobody, answer(self), rules, 5099).memory).toEqual({ ...nobody, left });
    expect(acceptPeers(nobody, answer(self), rules, 5100).memory).toEqual({ ...nobody, left: [] });
  });

  it('looks again when the first of those that are missing has been missing long enough', () => {
    const once = after([0, answer(...servers)], [1000, answer(...servers.slice(3))]);
    const more = acceptPeers(once, answer(address('192.0.2.9')), rules, 3000);
    expect(more).toMatchObject({ left: [], lookAgainAtMs: 6000 });
    expect(more.memory.missing.map(({ address: at, sinceMs }) => [at, sinceMs])).toEqual([
      ...servers.slice(0, 3).map((each) => [each, 1000]),
      [servers[3], 3000],
    ]);
    const settled = acceptPeers(more.memory, answer(address('192.0.2.9')), rules, 6000);
    expect(settled).toMatchObject({ left: servers.slice(0, 3), lookAgainAtMs: 8000, memory: { left: [] } });
  });

  it('takes a list that a person wrote as it is', () => {
    const accepted = acceptPeers(
      after([0, answer(...servers)]),
      { ...answer(), isCertain: true } as SourceReading,
      rules,
      1000,
    );
    expect(accepted).toMatchObject({ left: servers, memory: { good: [] } });
  });

  it('never loses more than the share within the time of a second look', () => {
    fc.assert(
      fc.property(
        fc.array(anyAddresses, { minLength: 1, maxLength: 12, size: 'max' }),
        fc.integer({ min: 1, max: 99 }),
        (answers, share) => {
          const fewRules = { ...rules, maximumLeavingPercent: share };
          let memory = acceptPeers(firstMemory([]), answer(...servers, ...(answers[0] ?? [])), fewRules, 0).memory;
          const before = new Set(memory.good);
          let largest = memory.good.length;
          answers.forEach((addresses, index) => {
            memory = acceptPeers(memory, answer(...addresses), fewRules, index + 1).memory;
            largest = Math.max(largest, memory.good.length + memory.left.length);
          });
          const lost = [...before].filter((address) => !memory.good.includes(address));
          expect(lost.length * 100).toBeLessThanOrEqual(share * largest);
        },
      ),
    );
  });

  it('comes to any answer that stays, but for an empty one', () => {
    fc.assert(
      fc.property(anyAddresses, anyAddresses, (before, wanted) => {
        const memory = after([0, answer(...before)], [1, answer(...wanted)], [5001, answer(...wanted)]);
        expect(memory.good).toEqual(
          wanted.length === 0 ? after([0, answer(...before)]).good : after([0, answer(...wanted)]).good,
        );
      }),
    );
  });

  it('does not depend on the order of an answer', () => {
    fc.assert(
      fc.property(anyAddresses, anyAddresses, (before, now) => {
        const memory = after([0, answer(...before)]);
        expect(acceptPeers(memory, answer(...[...now].reverse()), rules, 1)).toEqual(
          acceptPeers(memory, answer(...now), rules, 1),
        );
      }),
    );
  });
});

describe('isSameDoubt', () => {
  it('tells two codes of a failing source apart', () => {
    const doubt = { kind: 'source-failed', code: 'SERVFAIL', message: '' } as const;
    expect(isSameDoubt(doubt, { ...doubt, message: 'other words' })).toBe(true);
    expect(isSameDoubt(doubt, { ...doubt, code: 'NXDOMAIN' })).toBe(false);
    expect(isSameDoubt(doubt, undefined)).toBe(false);
    expect(isSameDoubt(undefined, undefined)).toBe(true);
  });

  it('tells kinds apart, and not whom they are about', () => {
    const leaving = (...hosts: readonly IpAddress[]) => ({ kind: 'many-leaving', leaving: hosts }) as const;
    expect(isSameDoubt(leaving(self), leaving())).toBe(true);
    expect(isSameDoubt({ kind: 'only-self' }, { kind: 'only-self' })).toBe(true);
    expect(isSameDoubt({ kind: 'only-self' }, { kind: 'empty-answer' })).toBe(false);
    const failed = { kind: 'source-failed', code: 'SERVFAIL', message: '' } as const;
    expect(isSameDoubt(failed, { kind: 'only-self' })).toBe(false);
    expect(isSameDoubt({ kind: 'only-self' }, failed)).toBe(false);
  });
});

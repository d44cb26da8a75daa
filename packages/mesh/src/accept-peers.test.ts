import { familyOf, isPossiblePeer, parsePrefix, type IpAddress } from '@meshrs/network';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address, nobodysAddresses } from '@meshrs/network/test-data';
import { anyAddresses } from './arbitraries.test-data.ts';
import {
  acceptPeers,
  firstMemory,
  isSameDoubt,
  maximumGroupPeers,
  withoutSource,
  type AcceptanceRules,
  type GroupMemory,
  type SourceReading,
} from './accept-peers.ts';
import { noPeerRule } from './no-peer-rule.ts';

const self = address('192.0.2.200');
const rules: AcceptanceRules = {
  own: [self],
  whyNoPeer: noPeerRule([], { isPossiblePeer, own: self, isClient: () => false }),
  maximumLeavingPercent: 50,
  secondLookMs: 5000,
  manyLeavingMs: 60_000,
};
const servers = [1, 2, 3, 4].map((host) => address(`192.0.2.${String(host)}`));

function answer(...addresses: readonly IpAddress[]): SourceReading {
  return { kind: 'answer', addresses, isCertain: false };
}

const failure: SourceReading = { kind: 'failure', code: 'SERVFAIL', message: 'The name server failed.' };

function after(...looks: readonly (readonly [number, SourceReading])[]): GroupMemory {
  return looks.reduce((memory, [nowMs, look]) => acceptPeers(memory, look, rules, nowMs).memory, firstMemory([]));
}

const special = (text: string) => ({ address: text, reason: 'special-address' });

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

  it('lets half of the peers go at the second look, without a doubt', () => {
    const once = acceptPeers(after([0, answer(...servers)]), answer(...servers.slice(2)), rules, 1000);
    expect(once).toMatchObject({ left: [], lookAgainAtMs: 6000, memory: { good: servers } });
    expect(once.memory.doubt).toBeUndefined();
    expect(acceptPeers(once.memory, answer(...servers.slice(2)), rules, 5999)).toMatchObject({ left: [] });
    const twice = acceptPeers(once.memory, answer(...servers.slice(2)), rules, 6000);
    expect(twice).toMatchObject({ left: servers.slice(0, 2), memory: { good: servers.slice(2), missing: [] } });
    expect(twice.lookAgainAtMs).toBeUndefined();
  });

  it('lets more than half go only after the longer time', () => {
    const [first = self] = servers;
    const once = acceptPeers(after([0, answer(...servers)]), answer(first), rules, 1000);
    expect(once).toMatchObject({
      left: [],
      lookAgainAtMs: 61_000,
      memory: { good: servers, doubt: { kind: 'many-leaving', leaving: servers.slice(1) } },
    });
    const early = acceptPeers(once.memory, answer(first), rules, 60_999);
    expect(early).toMatchObject({ left: [], lookAgainAtMs: 61_000 });
    const late = acceptPeers(early.memory, answer(first), rules, 61_000);
    expect(late).toMatchObject({ left: servers.slice(1), memory: { good: [first], missing: [], left: [] } });
    expect(late.memory.doubt).toBeUndefined();
  });

  it('keeps a set that is replaced for the longer time, and has the new one at once', () => {
    const others = [5, 6, 7, 8].map((host) => address(`192.0.2.${String(host)}`));
    const memory = after([0, answer(...servers)], [1000, answer(...others)], [31_000, answer(...others)]);
    expect(memory).toMatchObject({ good: [...servers, ...others], doubt: { kind: 'many-leaving' } });
    expect(acceptPeers(memory, answer(...others), rules, 61_000).memory.good).toEqual(others);
  });

  it('forgets what was missed once and is back', () => {
    const [first = self] = servers;
    const memory = after([0, answer(...servers)], [1000, answer(first)], [2000, answer(...servers)]);
    expect(memory).toEqual(after([0, answer(...servers)]));
  });

  it('counts from the look that missed it last, when a peer was back in between', () => {
    const few = answer(...servers.slice(1));
    const memory = after([0, answer(...servers)], [1000, few], [2000, answer(...servers)], [3000, few]);
    expect(acceptPeers(memory, few, rules, 7999).left).toEqual([]);
    expect(acceptPeers(memory, few, rules, 8000).left).toEqual(servers.slice(0, 1));
  });

  it('lets who came a moment ago go at a second look: it is no settled peer', () => {
    const comers = [7, 8, 9].map((host) => address(`192.0.2.${String(host)}`));
    const memory = after([0, answer(...servers)], [1000, answer(...comers)], [2000, answer(...servers)]);
    expect(memory.doubt).toBeUndefined();
    expect(acceptPeers(memory, answer(...servers), rules, 7000)).toMatchObject({
      left: comers,
      memory: { good: servers, left: [] },
    });
  });

  it('does not take a failure, or an answer that names nobody, for a second look', () => {
    const few = answer(...servers.slice(1));
    for (const look of [failure, answer(), answer(self), answer(address('127.0.0.1'))]) {
      const memory = after([0, answer(...servers)], [1000, few]);
      expect(acceptPeers(memory, look, rules, 10_000)).toMatchObject({ left: [], memory: { good: servers } });
    }
  });

  it('counts peers that leave one after another as leaving together', () => {
    const [, , third = self] = servers;
    const memory = after(
      [0, answer(...servers)],
      [100, answer(...servers.slice(1))],
      [5100, answer(...servers.slice(1))],
      [5200, answer(...servers.slice(2))],
      [10_200, answer(...servers.slice(2))],
      [10_300, answer(...servers.slice(3))],
    );
    expect(memory).toMatchObject({ good: servers.slice(2), doubt: { kind: 'many-leaving', leaving: [third] } });
    expect(acceptPeers(memory, answer(...servers.slice(3)), rules, 15_400).left).toEqual([]);
    expect(acceptPeers(memory, answer(...servers.slice(3)), rules, 70_199).left).toEqual([]);
    // The other two left a minute ago, and do not count any more.
    expect(acceptPeers(memory, answer(...servers.slice(3)), rules, 70_200).left).toEqual([third]);
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

  it('does not count those that were missed for the longer time against others that leave later', () => {
    const [first = self] = servers;
    const comer = address('192.0.2.9');
    const settled = after([0, answer(...servers)], [1000, answer(first, comer)], [61_000, answer(first, comer)]);

    expect(settled).toMatchObject({ good: [first, comer], missing: [], left: [] });
    const once = acceptPeers(settled, answer(first), rules, 61_100);
    expect(acceptPeers(once.memory, answer(first), rules, 66_100)).toMatchObject({ left: [comer] });
  });

  it('remembers nothing before the first look, nor after a list that a person wrote', () => {
    const nothing = { servers: new Map(), missing: [], left: [], joined: [], noPeers: [], ownFamilies: [] };
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

  it('forgets after the longer time who left, also when the source names this route server alone', () => {
    const halfGone = after(
      [0, answer(...servers)],
      [100, answer(...servers.slice(2))],
      [5100, answer(...servers.slice(2))],
    );
    const left = servers.slice(0, 2).map((each) => ({ address: each, atMs: 5100 }));
    expect(halfGone).toMatchObject({ good: servers.slice(2), left });
    const nobody = { ...halfGone, good: [] };
    expect(acceptPeers(nobody, answer(self), rules, 65_099).memory.left).toEqual(left);
    expect(acceptPeers(nobody, answer(self), rules, 65_100).memory.left).toEqual([]);
  });

  it('looks again when the first of those that are missing has been missing long enough', () => {
    const comer = address('192.0.2.9');
    const once = after([0, answer(...servers)], [1000, answer(...servers.slice(3))]);
    const more = acceptPeers(once, answer(comer), rules, 3000);
    expect(more).toMatchObject({ left: [], lookAgainAtMs: 61_000 });
    expect(more.memory.missing.map(({ address: at, sinceMs }) => [at, sinceMs])).toEqual([
      ...servers.slice(0, 3).map((each) => [each, 1000]),
      [servers[3], 3000],
    ]);
    const settled = acceptPeers(more.memory, answer(comer), rules, 61_000);
    expect(settled).toMatchObject({ left: servers.slice(0, 3), lookAgainAtMs: 63_000, memory: { left: [] } });
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

describe("addresses that can be nobody's", () => {
  it.each(nobodysAddresses)('are no answer when the source names %s alone, however long', (text) => {
    const wrong = answer(address(text));
    const memory = after([0, answer(...servers)], [1000, wrong], [61_000, wrong], [999_000, wrong]);
    expect(memory).toMatchObject({ good: servers, doubt: { kind: 'only-special' }, noPeers: [special(text)] });
    expect(acceptPeers(memory, wrong, rules, 9_999_000)).toMatchObject({ joined: [], left: [] });
  });

  it('are no answer beside this route server either, nor from the start', () => {
    expect(after([0, answer(self, address('127.0.0.1'))])).toMatchObject({
      good: [],
      hasAnswered: false,
      doubt: { kind: 'only-special' },
    });
  });

  it('are left out of an answer; who else stands there joins, and who does not leaves only after the longer time', () => {
    const comer = address('192.0.2.9');
    const poisoned = answer(address('127.0.0.1'), comer, ...servers.slice(1));
    const once = acceptPeers(after([0, answer(...servers)]), poisoned, rules, 1000);
    expect(once).toMatchObject({ joined: [comer], left: [], memory: { noPeers: [special('127.0.0.1')] } });
    expect(acceptPeers(once.memory, poisoned, rules, 60_999)).toMatchObject({ left: [] });
    expect(acceptPeers(once.memory, poisoned, rules, 61_000)).toMatchObject({ left: servers.slice(0, 1) });
    expect(acceptPeers(once.memory, answer(...servers), rules, 2000).memory.noPeers).toEqual([]);
  });

  it('are shown by the first ten', () => {
    const many = Array.from({ length: 200 }, (_, host) => address(`127.0.0.${String(host)}`));
    expect(after([0, answer(...many, ...servers)]).noPeers).toEqual(many.slice(0, 10).map(special));
  });
});

describe('addresses of clients', () => {
  const [range] = [parsePrefix('198.51.100.0/24')].flatMap((parsed) =>
    parsed && 'prefix' in parsed ? [parsed.prefix] : [],
  );
  const declared = address('203.0.113.7');
  const ranged = address('198.51.100.9');
  const groups = [{ prefixes: range ? [range] : [], neighbors: [{ address: declared }] }];
  const facts = { isPossiblePeer, own: self, isClient: () => false };
  const ofClients = noPeerRule(groups, facts);
  const known = { ...rules, whyNoPeer: ofClients };
  const look = (...addresses: IpAddress[]) =>
    acceptPeers(after([0, answer(...servers)]), answer(...addresses), known, 1000).memory;

  it.each([
    ['of a client range', ranged, 'client-range'],
    ['of a declared client', declared, 'declared-client'],
    ['at the end of the range', address('198.51.100.255'), 'client-range'],
    ['at its beginning', address('198.51.100.0'), 'client-range'],
  ])('are no peers beside route servers: one %s', (_what, client, reason) => {
    expect(look(...servers, client)).toMatchObject({ good: servers, noPeers: [{ address: client, reason }] });
  });

  it('are no answer alone, however long', () => {
    expect(look(ranged, declared)).toMatchObject({ good: servers, doubt: { kind: 'only-special' } });
    expect(acceptPeers(look(ranged), answer(ranged), known, 9_999_000)).toMatchObject({ joined: [], left: [] });
  });

  it('make an answer a bad witness that somebody is gone', () => {
    const poisoned = answer(ranged, ...servers.slice(1));
    const once = acceptPeers(after([0, answer(...servers)]), poisoned, known, 1000);
    expect(acceptPeers(once.memory, poisoned, known, 60_999)).toMatchObject({ left: [] });
    expect(acceptPeers(once.memory, poisoned, known, 61_000)).toMatchObject({ left: servers.slice(0, 1) });
  });

  it('of a range that holds the route servers, too, are peers unless they are known as clients', () => {
    const mixed = noPeerRule(groups, {
      isPossiblePeer,
      own: address('198.51.100.1'),
      isClient: (one) => one === ranged,
    });
    const other = address('198.51.100.10');
    expect(mixed(other, { isCertain: false })).toBeUndefined();
    expect(mixed(ranged, { isCertain: false })).toBe('client-range');
    expect(mixed(ranged, { isCertain: true })).toBeUndefined();
    expect(mixed(declared, { isCertain: false })).toBe('declared-client');
  });

  it('beside the range are peers', () => {
    expect(look(...servers, address('198.51.101.0')).noPeers).toEqual([]);
  });

  it('may stand in a list that a person wrote', () => {
    const written: SourceReading = {
      kind: 'answer',
      addresses: [ranged, declared, address('127.0.0.1')],
      isCertain: true,
    };
    expect(acceptPeers(after([0, answer(...servers)]), written, known, 1000).memory).toMatchObject({
      good: [ranged, declared],
      noPeers: [special('127.0.0.1')],
    });
  });
});

describe('a pod that is replaced', () => {
  const [first = self, second = self] = servers;
  const comer = address('192.0.2.9');
  const named = (servers: Readonly<Record<string, IpAddress>>): SourceReading => ({
    kind: 'answer',
    addresses: [self, ...Object.values(servers)],
    isCertain: false,
    servers: new Map(Object.entries(servers).map(([pod, at]) => [at, pod])),
  });

  it('has its new address at once, and loses the old one at the second look, though it is the only peer', () => {
    const once = acceptPeers(after([0, named({ 'rs-b-0': first })]), named({ 'rs-b-0': comer }), rules, 1000);
    expect(once).toMatchObject({ joined: [comer], left: [], lookAgainAtMs: 6000 });
    expect(once.memory.doubt).toBeUndefined();
    expect(acceptPeers(once.memory, named({ 'rs-b-0': comer }), rules, 6000)).toMatchObject({ left: [first] });
  });

  it('may be all of them together', () => {
    const before = named({ 'rs-b-0': first, 'rs-b-1': second });
    const now = named({ 'rs-b-0': comer, 'rs-b-1': address('192.0.2.10') });
    const memory = after([0, before], [1000, now]);
    expect(acceptPeers(memory, now, rules, 6000).left).toEqual([first, second]);
  });

  it('is told by its name alone: another pod in its place waits for the longer time', () => {
    const memory = after([0, named({ 'rs-b-0': first })], [1000, named({ other: comer })]);
    expect(acceptPeers(memory, named({ other: comer }), rules, 60_999).left).toEqual([]);
    expect(acceptPeers(memory, named({ other: comer }), rules, 61_000).left).toEqual([first]);
  });

  it('keeps its address of one family when it gets another one of the other family', () => {
    const six = address('2001:db8::9');
    const memory = after([0, named({ 'rs-b-0': first })], [1000, named({ 'rs-b-0': six })]);
    expect(acceptPeers(memory, named({ 'rs-b-0': six }), rules, 6000)).toMatchObject({
      left: [],
      memory: { doubt: { kind: 'many-leaving', leaving: [first] } },
    });
  });
});

describe('a family that is not heard', () => {
  const six = ['2001:db8::1', '2001:db8::2'].map(address);
  const deaf = (...addresses: readonly IpAddress[]): SourceReading => ({
    kind: 'answer',
    addresses: [self, ...addresses],
    isCertain: false,
    unheard: [{ family: 'ipv6', code: 'dns-timeout', message: 'No server answered in time.' }],
  });

  it('keeps its peers, however long, and says so; the other family comes and goes', () => {
    const comer = address('192.0.2.9');
    const memory = after(
      [0, answer(...servers, ...six)],
      [1000, deaf(comer, ...servers.slice(1))],
      [999_000, deaf(comer, ...servers.slice(1))],
    );
    expect(memory.good).toEqual([...servers.slice(1), comer, ...six]);
    expect(memory.doubt).toEqual({
      kind: 'source-failed',
      code: 'dns-timeout',
      message: 'No server answered in time.',
    });
  });

  it('is nothing to tell of where nobody is known by it', () => {
    expect(after([0, deaf(...servers)])).toMatchObject({ good: servers, hasAnswered: true });
    expect(after([0, deaf(...servers)]).doubt).toBeUndefined();
  });

  it('counts as a look of neither kind: what was missed before waits', () => {
    const [first = self, second = self] = six;
    const memory = after([0, answer(...servers, first, second)], [1000, answer(...servers, second)]);
    const silent = acceptPeers(memory, deaf(...servers), rules, 7000).memory;
    expect(silent.good).toContain(first);
    expect(acceptPeers(silent, answer(...servers, second), rules, 7001).left).toEqual([first]);
  });
});

describe('more addresses than a group can have', () => {
  const many = Array.from({ length: 2500 }, (_, host) =>
    address(`10.0.${String(Math.floor(host / 250))}.${String(host % 250)}`),
  );

  it('gives as many peers as there is room, keeps those that it has, and says so', () => {
    const memory = after([0, answer(...servers)], [1000, answer(...many, ...servers)]);
    expect(memory.good).toHaveLength(maximumGroupPeers);
    expect(memory.good).toEqual(expect.arrayContaining([...servers]));
    expect(memory.doubt).toMatchObject({ kind: 'source-failed', code: 'too-many-addresses' });
  });

  it('comes to the answer that stays', () => {
    const first = many.slice(0, 1500);
    const second = many.slice(1000);
    const memory = after([0, answer(...first)], [1000, answer(...second)], [61_000, answer(...second)]);
    expect(memory.good).toHaveLength(1500);
    expect(memory.doubt).toBeUndefined();
  });
});

describe('for any looks', () => {
  const moments = fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 40_000 }),
      look: fc.oneof(
        { weight: 8, arbitrary: anyAddresses.map((addresses) => answer(...addresses)) },
        { weight: 2, arbitrary: fc.subarray(servers).map((addresses) => answer(self, ...addresses)) },
        fc.constant(failure),
        fc.constant(answer(address('127.0.0.1'))),
        fc.constant(answer(address('0.0.0.0'), self)),
        anyAddresses.map((addresses): SourceReading => ({
          kind: 'answer',
          addresses,
          isCertain: false,
          unheard: [{ family: 'ipv6', code: 'dns-timeout', message: '' }],
        })),
      ),
    }),
    { minLength: 1, maxLength: 25, size: 'max' },
  );
  const anyShare = fc.integer({ min: 1, max: 100 });

  interface Step {
    readonly atMs: number;
    readonly look: SourceReading;
    readonly before: GroupMemory;
    readonly accepted: ReturnType<typeof acceptPeers>;
  }

  function play(
    looks: readonly { readonly afterMs: number; readonly look: SourceReading }[],
    share: number,
  ): readonly Step[] {
    let nowMs = 0;
    let memory = firstMemory(servers);
    return looks.map(({ afterMs, look }) => {
      nowMs += afterMs;
      const before = memory;
      const accepted = acceptPeers(before, look, { ...rules, maximumLeavingPercent: share }, nowMs);
      memory = accepted.memory;
      return { atMs: nowMs, look, before, accepted };
    });
  }

  const names = (look: SourceReading, peer: IpAddress) => look.kind === 'answer' && look.addresses.includes(peer);
  /** An answer that could have named the peer, and did not. */
  const misses = (look: SourceReading, peer: IpAddress) =>
    look.kind === 'answer' &&
    look.addresses.some((each) => each !== self && isPossiblePeer(each)) &&
    !names(look, peer) &&
    !(look.unheard?.some(({ family }) => family === familyOf(peer)) ?? false);
  /** For how long looks have missed a peer by a step, without one that named it. */
  function missedForMs(steps: readonly Step[], upTo: number, peer: IpAddress): number {
    const before = steps.slice(0, upTo + 1);
    const lastNamed = before.findLastIndex(({ look }) => names(look, peer));
    const missing = before.slice(lastNamed + 1).filter(({ look }) => misses(look, peer));
    return (missing.at(-1)?.atMs ?? 0) - (missing[0]?.atMs ?? 0);
  }

  it('nobody leaves who was not missed by two looks with the time of a second look between them', () => {
    fc.assert(
      fc.property(moments, anyShare, (looks, share) => {
        const steps = play(looks, share);
        steps.forEach(({ accepted }, index) => {
          for (const peer of accepted.left) {
            expect(missedForMs(steps, index, peer)).toBeGreaterThanOrEqual(rules.secondLookMs);
          }
        });
      }),
    );
  });

  it('no more than the share leaves within the longer time, but for those that were missed for all of it', () => {
    fc.assert(
      fc.property(moments, anyShare, (looks, share) => {
        const steps = play(looks, share);
        steps.forEach(({ atMs }, index) => {
          const isRecent = (moment: number) => atMs - moment < rules.manyLeavingMs;
          const within = steps
            .slice(0, index + 1)
            .map((step, at) => ({ step, at }))
            .filter(({ step }) => isRecent(step.atMs));
          // Of those that were peers all the time: who came and went within it was nobody's settled peer.
          const quick = within.flatMap(({ step, at }) =>
            step.accepted.left.filter(
              (peer) =>
                missedForMs(steps, at, peer) < rules.manyLeavingMs &&
                !step.before.joined.some(
                  (each) => each.address === peer && step.atMs - each.atMs < rules.manyLeavingMs,
                ),
            ),
          );
          const settled = (step: Step) =>
            step.before.good.length -
            step.before.joined.filter((each) => step.atMs - each.atMs < rules.manyLeavingMs).length +
            step.before.left.filter((each) => step.atMs - each.atMs < rules.manyLeavingMs).length;
          expect(quick.length * 100).toBeLessThanOrEqual(share * Math.max(...within.map(({ step }) => settled(step))));
        });
      }),
    );
  });

  it('a set that is replaced as a whole stays for the longer time', () => {
    fc.assert(
      fc.property(anyAddresses, anyAddresses, fc.integer({ min: 0, max: 59_999 }), (before, now, forMs) => {
        const others = now.filter((each) => !before.includes(each));
        fc.pre(before.length > 0 && others.length > 0);
        const memory = after([0, answer(...before)], [1000, answer(...others)], [1000 + forMs, answer(...others)]);
        expect(memory.good).toEqual(expect.arrayContaining([...before]));
      }),
    );
  });

  it('a good set never becomes empty, and who is named is a peer at once', () => {
    fc.assert(
      fc.property(moments, anyShare, (looks, share) => {
        for (const { look, accepted } of play(looks, share)) {
          expect(accepted.memory.good.length).toBeGreaterThan(0);
          const named =
            look.kind === 'answer' ? look.addresses.filter((each) => each !== self && isPossiblePeer(each)) : [];
          expect(accepted.memory.good).toEqual(expect.arrayContaining(named));
          expect(accepted.memory.good.filter((each) => !isPossiblePeer(each) || each === self)).toEqual([]);
        }
      }),
    );
  });

  it('an answer that stays for the longer time is what counts, whatever came before', () => {
    fc.assert(
      fc.property(moments, anyShare, anyAddresses, (looks, share, wanted) => {
        fc.pre(wanted.length > 0);
        const steps = play(
          [...looks, { afterMs: 0, look: answer(...wanted) }, { afterMs: 60_000, look: answer(...wanted) }],
          share,
        );
        expect(steps.at(-1)?.accepted.memory.good).toEqual(after([0, answer(...wanted)]).good);
        expect(steps.at(-1)?.accepted.lookAgainAtMs).toBeUndefined();
      }),
    );
  });

  it('it asks for the look that lets go, and not for one in the past', () => {
    fc.assert(
      fc.property(moments, anyShare, (looks, share) => {
        for (const { atMs, look, accepted } of play(looks, share)) {
          if (accepted.memory.missing.some(({ address: peer }) => misses(look, peer))) {
            expect(accepted.lookAgainAtMs).toBeDefined();
          }
          expect(accepted.lookAgainAtMs ?? Infinity).toBeGreaterThan(atMs);
        }
      }),
    );
  });
});

describe('withoutSource', () => {
  it('keeps whom the group has, and nothing that the old source said of them', () => {
    const memory = after([0, answer(self, ...servers)], [1000, answer(address('127.0.0.1'), ...servers.slice(2))]);
    expect(withoutSource(memory)).toEqual({ ...firstMemory(servers), hasAnswered: true });
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

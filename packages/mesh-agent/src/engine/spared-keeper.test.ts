import { clientGroup, routeServer } from '@meshrs/contract/test-data';
import { sightOf, type GuardedPeer, type Offender } from '@meshrs/mesh';
import { address, asn, asnRange } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { createSparedKeeper } from './spared-keeper.ts';

const [wide, narrow] = ['65001-65010', '65002-65010'].map((range) =>
  routeServer(1, { clientGroups: [clientGroup({ asns: [asnRange(range)], neighbors: [] })] }),
);
const x = address('192.168.1.1');
/** Room for so many. */
const by = (may: boolean, room = Infinity) => ({
  mayEnd: () => may,
  withoutRoom: (offenders: readonly Offender[]) => offenders.slice(room),
});
const inState = (state: GuardedPeer['state'], uptimeSeconds = 600): readonly GuardedPeer[] => [
  { address: x, remoteAsn: asn(65001), state, uptimeSeconds },
];

/** The settings do not let it in any more, and nobody lets it go. */
function sparing() {
  const keeper = createSparedKeeper();
  const decide = (state: GuardedPeer['state']) => {
    if (!wide || !narrow) return expect.unreachable('there are two');
    const seen = { intent: narrow, peers: inState(state), routerIds: new Map() };
    return keeper.decide(sightOf(wide), seen, sightOf(narrow), by(false));
  };
  expect(decide('established').pending).toMatchObject([{ change: { kind: 'client-evicted' }, clients: [x] }]);
  return { keeper, decide };
}

describe('a client that waits for its eviction', () => {
  it('is spared while it is up, and while nobody knows whether it is', () => {
    const { keeper } = sparing();
    for (const state of ['established', 'unknown', 'established'] as const) {
      keeper.look(inState(state));
      expect(keeper.has(x)).toBe(true);
    }
  });

  it('stays spared where settings are decided on while its state is not known', () => {
    const { keeper, decide } = sparing();
    expect(decide('unknown')).toEqual({ pending: [], letGo: [] });
    expect(keeper.has(x)).toBe(true);
  });

  it.each(['idle', 'active', 'open-confirm'] as const)('is spared no more once it is %s', (state) => {
    const { keeper } = sparing();
    keeper.look(inState(state));
    expect(keeper.has(x)).toBe(false);
  });

  it.each([0, 598, 9])('is spared no more once it has another session, which is up for %i s', (uptimeSeconds) => {
    const { keeper } = sparing();
    for (const seconds of [600, 599]) keeper.look(inState('established', seconds));
    keeper.look(inState('established', 600));
    expect(keeper.has(x)).toBe(true);
    keeper.look(inState('established', uptimeSeconds));
    expect(keeper.has(x)).toBe(false);
  });

  it('is spared also where it is let go, until it is evicted', () => {
    const { keeper } = sparing();
    if (!narrow) return expect.unreachable('there are two');
    const seen = { intent: narrow, peers: inState('established'), routerIds: new Map() };
    expect(keeper.decide(sightOf(narrow), seen, sightOf(narrow), by(true))).toMatchObject({
      pending: [],
      letGo: [{ address: x }],
    });
    expect(keeper.has(x)).toBe(true);
    keeper.evicted([x]);
    expect(keeper.has(x)).toBe(false);
  });

  it('is spared also where the settings after those have no such range, as long as the rules of before are in force', () => {
    const { keeper } = sparing();
    if (!narrow) return expect.unreachable('there are two');
    const without = { ...narrow, clientGroups: [] };
    const seen = { intent: without, peers: inState('established'), routerIds: new Map() };
    expect(keeper.decide(sightOf(narrow), seen, sightOf(narrow), by(false)).pending).toMatchObject([{ clients: [x] }]);
    expect(keeper.has(x)).toBe(true);
  });

  it('is not asked about, and spared, while rules that let it in are in force and those that are wanted do not', () => {
    const keeper = createSparedKeeper();
    if (!wide || !narrow) return expect.unreachable('there are two');
    const seen = { intent: narrow, peers: inState('established'), routerIds: new Map() };
    expect(keeper.decide(sightOf(wide), seen, sightOf(wide), by(true))).toEqual({ pending: [], letGo: [] });
    expect(keeper.has(x)).toBe(true);
    expect(keeper.decide(sightOf(narrow), seen, sightOf(narrow), by(false)).pending).toMatchObject([{ clients: [x] }]);
  });

  it.each(['that range in another group', 'the AS numbers alone'])(
    'is spared where rules that were to go have let it in, and it came after %s was wanted',
    (how) => {
      const keeper = createSparedKeeper();
      if (!wide || !narrow) return expect.unreachable('there are two');
      const other = routeServer(1, { clientGroups: [clientGroup({ name: 'OTHER', asns: [asnRange('65002')] })] });
      const wantedBefore = how === 'the AS numbers alone' ? narrow : other;
      const before = { ...sightOf(wide), intent: wantedBefore };
      const seen = { intent: narrow, peers: inState('established', 5), routerIds: new Map() };
      expect(keeper.decide(before, seen, sightOf(narrow), by(false)).pending).toMatchObject([{ clients: [x] }]);
      expect(keeper.has(x)).toBe(true);
    },
  );

  it('is spared where nobody knows whom the range let in', () => {
    const keeper = createSparedKeeper();
    if (!narrow) return expect.unreachable('there are two');
    const before = { ...sightOf(narrow), roleOf: () => ({ kind: 'unknown' as const }) };
    const seen = { intent: narrow, peers: inState('established', 5), routerIds: new Map() };
    expect(keeper.decide(before, seen, sightOf(narrow), by(false)).pending).toMatchObject([{ clients: [x] }]);
  });

  it.each([0, 1, 2])('is asked about only where there is room: for %i of three', (room) => {
    const keeper = createSparedKeeper();
    if (!wide || !narrow) return expect.unreachable('there are two');
    const all = [1, 2, 3].map((last) => address(`192.168.1.${String(last)}`));
    const peers = all.map((each): GuardedPeer => ({
      address: each,
      remoteAsn: asn(65001),
      state: 'established',
      uptimeSeconds: 9,
    }));
    const seen = { intent: narrow, peers, routerIds: new Map() };
    const { pending, letGo } = keeper.decide(sightOf(wide), seen, sightOf(narrow), by(false, room));
    expect(pending.flatMap(({ clients }) => clients)).toEqual(all.slice(0, room));
    expect(letGo).toEqual([]);
    expect(keeper.withoutRoom().map((each) => each.address)).toEqual(all.slice(room));
    expect(all.every((each) => keeper.has(each))).toBe(true);
    keeper.look(peers.slice(0, 2));
    expect(keeper.withoutRoom().map((each) => each.address)).toEqual(all.slice(room, 2));
    keeper.forget();
    expect(keeper.withoutRoom()).toEqual([]);
  });

  it('is not spared where neither what ran nor what is wanted lets it in', () => {
    const keeper = createSparedKeeper();
    if (!narrow) return expect.unreachable('there are two');
    const seen = { intent: narrow, peers: inState('established', 600), routerIds: new Map() };
    expect(keeper.decide(sightOf(narrow), seen, sightOf(narrow), by(false))).toEqual({ pending: [], letGo: [] });
    expect(keeper.has(x)).toBe(false);
  });

  it('is spared no more once it is gone', () => {
    const { keeper } = sparing();
    keeper.look([]);
    expect(keeper.has(x)).toBe(false);
  });
});

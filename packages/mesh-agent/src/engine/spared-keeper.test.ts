import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import type { GuardedPeer } from '@meshrs/mesh';
import { address, asn, asnRange, prefix } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { createSparedKeeper } from './spared-keeper.ts';

const at = (host: number) => address(`192.168.1.${String(host)}`);
const group = (asns: string, changes: Partial<ReturnType<typeof clientGroup>> = {}) => ({
  ...clientGroup({ asns: [asnRange(asns)], prefixes: [prefix('192.168.0.0/16')] }),
  ...changes,
});
const wants = (...clientGroups: ReturnType<typeof group>[]) => routeServer(1, { meshGroups: [], clientGroups });
const [wide, narrow] = [wants(group('65001-65100')), wants(group('65002-65100'))];
const peer = (host: number, changes: Partial<GuardedPeer> = {}): GuardedPeer => ({
  ...{ address: at(host), remoteAsn: asn(65001), state: 'established', uptimeSeconds: 1 },
  ...changes,
});
const seen = (intent: typeof wide, ...peers: readonly GuardedPeer[]) => ({ intent, peers, routerIds: new Map() });
const never = () => false;

describe('who is spared', () => {
  it('was let in by the settings before, has its session, and is not let in now', () => {
    const spared = createSparedKeeper();
    const peers = [peer(1), peer(2, { state: 'active' }), peer(3, { remoteAsn: asn(65002) })];
    const foreign = peer(4, { remoteAsn: asn(64999) });
    expect(spared.decide(wide, seen(narrow, ...peers, foreign), never)).toEqual([
      {
        key: 'client-evicted|MESHRR-CLIENTS',
        change: { kind: 'client-evicted', group: 'MESHRR-CLIENTS', resets: 'neighbor' },
        clients: [at(1)],
      },
    ]);
    expect([1, 2, 3, 4].map((host) => spared.has(at(host)))).toEqual([true, false, false, false]);
  });

  it.each<[string, typeof wide]>([
    ['declared', wants(group('65002-65100', { neighbors: [declared('leaf', at(1), 65001)] }))],
    ['of a mesh', routeServer(1, { meshGroups: [meshGroup([at(1)])], clientGroups: [group('65002-65100')] })],
    ['of a group that has gone', wants(group('65001', { name: 'GONE' }))],
    ['of no group, with a session all the same', wants()],
    ['of a group that let everybody in', wants(group('65001', { asns: [] }))],
  ])('also where it was %s', (_, before) => {
    const spared = createSparedKeeper();
    expect(spared.decide(before, seen(narrow, peer(1)), never)).toMatchObject([{ clients: [at(1)] }]);
  });

  it('is spared on by settings that do not let it in either, and not once it was let go', () => {
    const spared = createSparedKeeper();
    spared.decide(wide, seen(narrow, peer(1), peer(2)), never);
    const other = wants(group('65003-65100'));
    expect(spared.decide(narrow, seen(other, peer(1), peer(2)), never)).toMatchObject([{ clients: [at(1), at(2)] }]);
    expect(spared.decide(other, seen(other, peer(1)), () => true)).toEqual([]);
    expect(spared.has(at(1))).toBe(false);
    expect(spared.decide(other, seen(other, peer(1)), never)).toEqual([]);
  });

  it('is spared no longer when its session has ended, or settings let it in again', () => {
    const spared = createSparedKeeper();
    spared.decide(wide, seen(narrow, peer(1), peer(2)), never);
    spared.look([peer(1), peer(2, { state: 'connect' })]);
    expect([1, 2].map((host) => spared.has(at(host)))).toEqual([true, false]);
    expect(spared.decide(narrow, seen(narrow, peer(1), peer(2)), never)).toMatchObject([{ clients: [at(1)] }]);
    expect(spared.decide(narrow, seen(wide, peer(1)), never)).toEqual([]);
    expect(spared.has(at(1))).toBe(false);
  });

  it('is one of each group by itself', () => {
    const [one, two] = [
      { name: 'ONE', prefixes: [prefix('192.168.1.0/30')] },
      { name: 'TWO', prefixes: [prefix('192.168.1.4/30')] },
    ];
    const before = wants(group('65001', one), group('65001', two));
    const after = wants(group('65002', one), group('65002', two));
    const spared = createSparedKeeper();
    const mayEnd = ({ clients }: { readonly clients: readonly string[] }) => clients.includes(at(5));
    expect(spared.decide(before, seen(after, peer(1), peer(2), peer(5)), mayEnd)).toMatchObject([
      { change: { group: 'ONE' }, clients: [at(1), at(2)] },
    ]);
    expect(spared.has(at(5))).toBe(false);
  });
});

describe('where nobody knows the settings before', () => {
  it.each([
    [29, false],
    [30, true],
    [undefined, true],
  ])('a session of %s s is one that was let in: %s', (uptimeSeconds, isSpared) => {
    const spared = createSparedKeeper();
    const unknown: GuardedPeer = { address: at(1), remoteAsn: asn(65001), state: 'established' };
    const one = uptimeSeconds === undefined ? unknown : { ...unknown, uptimeSeconds };
    spared.decide(undefined, seen(narrow, one), never);
    expect(spared.has(at(1))).toBe(isSpared);
  });
});

describe('sessions are read', () => {
  const mesh = routeServer(1, { meshGroups: [meshGroup(['10.0.0.1'])], clientGroups: [group('65001-65100')] });
  it.each([
    ['for other rules', wide, narrow, true],
    ['for another address that is of the mesh', wide, mesh, true],
    ['at the first settings', undefined, wide, true],
    ['not for the same rules', wide, wants(group('65001-65100')), false],
    ['not for what says nothing about whom to let in', wide, { ...wide, asn: asn(65009) }, false],
  ])('%s', (_, before, after, isNeeded) => {
    expect(createSparedKeeper().isNeeded(before, after)).toBe(isNeeded);
  });

  it('as long as somebody is spared', () => {
    const spared = createSparedKeeper();
    spared.decide(wide, seen(narrow, peer(1)), never);
    expect(spared.isNeeded(narrow, narrow)).toBe(true);
    spared.forget();
    expect([spared.isNeeded(narrow, narrow), spared.has(at(1))]).toEqual([false, false]);
  });
});

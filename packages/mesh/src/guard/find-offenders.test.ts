import type { RouteServerIntent } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { address, asn, asnRange, prefix } from '@meshrs/network/test-data';
import { findOffenders, recentlyExceeded, type GuardedPeer, type GuardFacts } from './find-offenders.ts';

const minute = 60_000;
/** When the guard looks. */
const now = 2000;
const exceeding = '192.168.1.1 maximum-prefix-exceeded';
const intent = routeServer(1, {
  meshGroups: [meshGroup(['10.42.0.1'])],
  clientGroups: [
    clientGroup({ asns: [asnRange('65001-65010')], neighbors: [declared('leaf', '192.168.1.9', 65020)] }),
    clientGroup({ name: 'OPEN', prefixes: [prefix('192.0.2.0/24')], asns: [] }),
  ],
});

describe('findOffenders', () => {
  it.each([
    ['a range client of the list', peer('192.168.1.1', 65001), []],
    ['a range client of another AS', peer('192.168.1.1', 65011), ['192.168.1.1 as-not-allowed']],
    ['a range client with the AS of a declared one', peer('192.168.1.1', 65020), ['192.168.1.1 as-not-allowed']],
    ['a range client of a group without a list', peer('192.0.2.1', 64999), []],
    ['a range client that is not established', { ...peer('192.168.1.1', 65011), state: 'open-sent' as const }, []],
    ['a declared client', { ...peer('192.168.1.9', 65020), isDynamic: false }, []],
    ['a mesh neighbor', { ...peer('10.42.0.1', 4259840001), isDynamic: false }, []],
  ])('about %s', (_, one, offenders) => {
    expect(offendersOf({ peers: [one] })).toEqual(offenders);
  });

  it.each([
    ['192.168.255.2', ['192.168.255.2'], []],
    ['192.168.255.9', ['192.168.255.2'], ['10.42.0.1 router-id-unknown']],
    ['192.168.255.9', [], []],
  ])('about a mesh neighbor with router-id %s where %j are known', (routerId, known, offenders) => {
    const facts = {
      peers: [{ ...peer('10.42.0.1', 4259840001), isDynamic: false }],
      routerIds: new Map([[address('10.42.0.1'), address(routerId)]]),
    };

    expect(offendersOf(facts, known)).toEqual(offenders);
  });

  it.each([
    ['once', '192.168.1.1', [0], []],
    ['twice', '192.168.1.1', [0, 1000], [exceeding]],
    ['twice, but long ago', '192.168.1.1', [-11 * minute, 0], []],
    ['twice, ten minutes ago to the millisecond', '192.168.1.1', [now - 10 * minute, now], [exceeding]],
    ['twice, a millisecond more than ten minutes ago', '192.168.1.1', [now - 10 * minute - 1, now], []],
    ['twice, both ten minutes ago', '192.168.1.1', [now - 10 * minute, now - 10 * minute], [exceeding]],
    ['three times', '192.168.1.1', [0, 500, 1000], [exceeding]],
    ['twice, a mesh neighbor', '10.42.0.1', [0, 1000], []],
    ['twice, a declared client', '192.168.1.9', [0, 1000], []],
    ['twice, from no range', '198.51.100.1', [0, 1000], []],
  ])('about who exceeded its maximum-prefix %s', (_, at, times, offenders) => {
    expect(offendersOf({ exceeded: new Map([[address(at), times]]) })).toEqual(offenders);
  });

  it('forgets ten minutes after, and not before', () => {
    const exceeded = new Map([[address('192.168.1.1'), [0]]]);

    expect(recentlyExceeded(exceeded, 10 * minute).size).toBe(1);
    expect(recentlyExceeded(exceeded, 10 * minute + 1).size).toBe(0);
  });

  it('forgets who exceeded long ago', () => {
    const exceeded = new Map([[address('192.168.1.1'), [0, 5 * minute]]]);

    expect(recentlyExceeded(exceeded, 11 * minute)).toEqual(new Map([['192.168.1.1', [5 * minute]]]));
    expect(recentlyExceeded(exceeded, 60 * minute)).toEqual(new Map());
  });

  it('lets clients of a reflector be: they are in its own AS', () => {
    const reflector: RouteServerIntent = { ...intent, mode: 'ipv4-route-reflector' };

    expect(offendersOf({ intent: reflector, peers: [peer('192.168.1.1', 4259840001)] })).toEqual([]);
  });
});

describe('what is told of an offender', () => {
  const found = (facts: Partial<GuardFacts>, routerIds: readonly string[] = []) => {
    const { router } = toFrrConfig(intent);
    if (!router) return expect.unreachable('an intent has a router');
    const all = { intent, router, peers: [], routerIds: new Map(), exceeded: new Map(), ...facts };
    return findOffenders(all, { routerIds: routerIds.map(address) }, 2000);
  };
  const inMesh = { ...peer('10.42.0.1', 4259840001), isDynamic: false };
  const undeclared = new Map([[address('10.42.0.1'), address('192.168.255.9')]]);
  const twice = new Map([[address('192.168.1.1'), [0, 1000]]]);
  const withoutAsn = ({ address: at, isDynamic, state }: GuardedPeer): GuardedPeer => ({
    address: at,
    isDynamic,
    state,
  });

  it('is group, AS and router-id of a mesh neighbor, as far as they are known', () => {
    expect(found({ peers: [inMesh], routerIds: undeclared }, ['192.168.255.2'])).toEqual([
      {
        address: '10.42.0.1',
        group: 'MESHRR-CORE',
        remoteAsn: 4259840001,
        remoteRouterId: '192.168.255.9',
        reason: 'router-id-unknown',
      },
    ]);
    const [offender] = found({ peers: [withoutAsn(inMesh)], routerIds: undeclared }, ['192.168.255.2']);
    expect(Object.keys(offender ?? {})).toEqual(['address', 'group', 'remoteRouterId', 'reason']);
  });

  it('is group and AS of a range client', () => {
    expect(found({ peers: [peer('192.168.1.1', 65011)] })).toEqual([
      { address: '192.168.1.1', group: 'MESHRR-CLIENTS', remoteAsn: 65011, reason: 'as-not-allowed' },
    ]);
  });

  it('is its own AS of who exceeds its maximum-prefix, where it has a session', () => {
    const others = [peer('192.168.1.2', 65002), peer('192.168.1.3', 65003)];
    expect(found({ exceeded: twice, peers: [...others, peer('192.168.1.1', 65001)] })).toEqual([
      { address: '192.168.1.1', group: 'MESHRR-CLIENTS', remoteAsn: 65001, reason: 'maximum-prefix-exceeded' },
    ]);
    const [offender] = found({ exceeded: twice, peers: others });
    expect(Object.keys(offender ?? {})).toEqual(['address', 'group', 'reason']);
  });

  it('is nothing of a range client whose AS is not known yet', () => {
    expect(found({ peers: [withoutAsn(peer('192.168.1.1', 65011))] })).toEqual([]);
  });

  it('is nothing of a mesh neighbor whose router-id is not known yet', () => {
    expect(found({ peers: [inMesh], routerIds: new Map() }, ['192.168.255.2'])).toEqual([]);
  });

  it('is the mesh group in which the neighbor stands, and nothing where that is no mesh group', () => {
    const second = { ...intent, meshGroups: [meshGroup(['10.42.0.9']), meshGroup(['10.42.0.1'], { name: 'FAR' })] };
    const { router } = toFrrConfig(second);
    if (!router) return expect.unreachable('an intent has a router');
    const facts = { intent: second, router, exceeded: new Map(), routerIds: undeclared };
    const policy = { routerIds: [address('192.168.255.2')] };
    expect(findOffenders({ ...facts, peers: [inMesh] }, policy, 0)).toMatchObject([{ group: 'FAR' }]);
    const leaf = { ...peer('192.168.1.9', 65020), isDynamic: false };
    const routerIds = new Map([
      [leaf.address, address('192.168.1.9')],
      [address('198.51.100.1'), address('192.168.1.9')],
    ]);
    expect(findOffenders({ ...facts, routerIds, peers: [leaf] }, policy, 0)).toEqual([]);
    const nowhere = { ...leaf, address: address('198.51.100.1') };
    expect(findOffenders({ ...facts, routerIds, peers: [nowhere] }, policy, 0)).toEqual([]);
  });
});

function offendersOf(facts: Partial<GuardFacts>, routerIds: readonly string[] = []): readonly string[] {
  const { router } = toFrrConfig(facts.intent ?? intent);
  if (!router) return expect.unreachable('an intent has a router');
  const all = { intent, router, peers: [], routerIds: new Map(), exceeded: new Map(), ...facts };
  return findOffenders(all, { routerIds: routerIds.map(address) }, now).map((one) => `${one.address} ${one.reason}`);
}

function peer(at: string, itsAsn: number): GuardedPeer {
  return { address: address(at), isDynamic: true, remoteAsn: asn(itsAsn), state: 'established' };
}

import type { RouteServerIntent } from '@meshrs/contract';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, asn, asnRange, prefix } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { findOffenders, type GuardedPeer, type GuardFacts } from './find-offenders.ts';

const intent = routeServer(1, {
  meshGroups: [meshGroup(['10.42.0.9'], { name: 'NEAR' }), meshGroup(['10.42.0.1'])],
  clientGroups: [
    clientGroup({ asns: [asnRange('65001-65010')], neighbors: [declared('leaf', '192.168.1.9', 65020)] }),
    clientGroup({ name: 'OPEN', prefixes: [prefix('192.0.2.0/24')], asns: [] }),
  ],
});
const at = address('192.168.1.1');
const inMesh = peer('10.42.0.1', 4259840001);
const undeclared = new Map([[address('10.42.0.1'), address('192.168.255.9')]]);

describe('findOffenders', () => {
  it.each<[string, GuardedPeer, readonly string[]]>([
    ['a range client of the list', peer('192.168.1.1', 65001), []],
    ['a range client of another AS', peer('192.168.1.1', 65011), ['192.168.1.1 as-not-allowed']],
    ['a range client with the AS of a declared one', peer('192.168.1.1', 65020), ['192.168.1.1 as-not-allowed']],
    ['a range client of a group without a list', peer('192.0.2.1', 64999), []],
    ['a range client that is not established', { ...peer('192.168.1.1', 65011), state: 'open-sent' }, []],
    ['a range client whose AS is not known yet', { address: at, state: 'established' }, []],
    ['a declared client, whatever its AS', peer('192.168.1.9', 64999), []],
    ['a mesh neighbor', inMesh, []],
    ['an address that no group takes', peer('198.51.100.1', 64999), []],
  ])('about %s', (_, one, offenders) => {
    expect(offendersOf({ peers: [one] })).toEqual(offenders);
  });

  it.each([
    ['192.168.255.2', ['192.168.255.2'], []],
    ['192.168.255.9', ['192.168.255.2'], ['10.42.0.1 router-id-unknown']],
    ['192.168.255.9', [], []],
  ])('about a mesh neighbor with router-id %s where %j are known', (routerId, known, offenders) => {
    const routerIds = new Map([[address('10.42.0.1'), address(routerId)]]);

    expect(offendersOf({ peers: [inMesh], routerIds }, known)).toEqual(offenders);
    expect(offendersOf({ peers: [{ ...inMesh, state: 'active' }], routerIds }, known)).toEqual([]);
  });

  it('lets clients of a reflector be: they are in its own AS', () => {
    const reflector: RouteServerIntent = { ...intent, mode: 'ipv4-route-reflector' };

    expect(offendersOf({ intent: reflector, peers: [peer('192.168.1.1', 4259840001)] })).toEqual([]);
  });

  it('finds nobody where nobody is', () => {
    expect(offendersOf({})).toEqual([]);
  });
});

describe('what is told of an offender', () => {
  const found = (facts: Partial<GuardFacts>) =>
    findOffenders({ intent, peers: [], routerIds: new Map(), ...facts }, { routerIds: [address('192.168.255.2')] });

  it('is group, AS and router-id of a mesh neighbor, as far as they are known', () => {
    expect(found({ peers: [inMesh], routerIds: undeclared })).toEqual([
      {
        address: '10.42.0.1',
        group: 'MESHRR-CORE',
        remoteAsn: 4259840001,
        remoteRouterId: '192.168.255.9',
        reason: 'router-id-unknown',
      },
    ]);
    const [offender] = found({ peers: [{ address: inMesh.address, state: 'established' }], routerIds: undeclared });
    expect(Object.keys(offender ?? {})).toEqual(['address', 'group', 'remoteRouterId', 'reason']);
  });

  it('is group and AS of a range client', () => {
    expect(found({ peers: [peer('192.168.1.1', 65011)] })).toEqual([
      { address: '192.168.1.1', group: 'MESHRR-CLIENTS', remoteAsn: 65011, reason: 'as-not-allowed' },
    ]);
  });

  it('is nothing of a mesh neighbor whose router-id is not known yet', () => {
    expect(found({ peers: [inMesh], routerIds: new Map() })).toEqual([]);
  });

  it('is nothing of a client, whatever its router-id', () => {
    const routerIds = new Map([address('192.168.1.9'), at, address('198.51.100.1')].map((one) => [one, one]));
    const peers = [peer('192.168.1.9', 65020), peer('192.168.1.1', 65001), peer('198.51.100.1', 65001)];
    expect(found({ peers, routerIds })).toEqual([]);
  });
});

function offendersOf(facts: Partial<GuardFacts>, routerIds: readonly string[] = []): readonly string[] {
  const all = { intent, peers: [], routerIds: new Map(), ...facts };
  return findOffenders(all, { routerIds: routerIds.map(address) }).map((one) => `${one.address} ${one.reason}`);
}

function peer(text: string, itsAsn: number): GuardedPeer {
  return { address: address(text), remoteAsn: asn(itsAsn), state: 'established' };
}

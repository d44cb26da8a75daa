import { describe, expect, it } from 'vitest';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import type { Neighbor } from '@meshrs/router-config/frr';
import { isClientGroup, toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { address } from '@meshrs/network/test-data';
import { findThere, toSessions } from './sessions.ts';
import { parseSummary, type SummaryPeer } from './summary.ts';

/** As FRR 10.7.1 writes it, less what is not read. */
const peer = {
  remoteAs: 65001,
  peerUptimeMsec: 12_345,
  peerUptimeEstablishedEpoch: 1795354168,
  pfxRcd: 7,
  pfxSnt: 9,
  msgRcvd: 21,
  state: 'Established',
  connectionsEstablished: 2,
  connectionsDropped: 1,
};

describe('toSessions', () => {
  it('tells kinds, groups and names, and of neighbors that are only kept out', () => {
    const intent = routeServer(1, {
      meshGroups: [meshGroup(['10.42.0.1'])],
      clientGroups: [clientGroup({ neighbors: [declared('dc1-leaf1', '192.168.1.9', 65009)] })],
    });
    const config = toFrrConfig(intent);
    const { router } = config;
    const evicted = {
      address: address('192.168.1.66'),
      remoteAs: 'external' as const,
      isPassive: false,
      isGracefulRestartDisabled: false,
      shutdown: {},
    };
    const running = { ...config, ...(router && { router: { ...router, neighbors: [...router.neighbors, evicted] } }) };
    const { peers } = parseSummary(
      'l2vpn evpn',
      summary({
        '10.42.0.1': { ...peer, remoteAs: 4259840001 },
        '192.168.1.9': { ...peer, state: 'Active' },
        '192.168.1.1': { ...peer, dynamicPeer: true },
        '198.51.100.1': { ...peer, state: 'Active' },
      }),
    );

    const sessions = toSessions(running, intent, peers, ({ address: at }) =>
      at === '192.168.1.1' ? { endOfRib: { received: true, sent: true }, knowsGracefulRestart: true } : undefined,
    );

    expect(sessions.map(({ address: at, kind, group, name, state }) => [at, kind, group, name, state])).toEqual([
      ['10.42.0.1', 'mesh', 'MESHRR-CORE', undefined, 'established'],
      ['192.168.1.9', 'declared-client', 'MESHRR-CLIENTS', 'dc1-leaf1', 'active'],
      ['192.168.1.1', 'range-client', 'MESHRR-CLIENTS', undefined, 'established'],
      ['198.51.100.1', 'unknown', undefined, undefined, 'active'],
      ['192.168.1.66', 'evicted', undefined, undefined, 'shutdown'],
    ]);
  });

  it.each(['Idle', 'Active', 'Connect', 'OpenConfirm', 'Clearing', 'Idle (Admin)'])(
    'tells no End-of-RIB and no router-id of a session that is gone (%s), but why it went',
    (state) => {
      const all = { '192.168.1.1': { ...peer, dynamicPeer: true, state } };
      const details = {
        remoteRouterId: address('192.168.1.1'),
        endOfRib: { received: true, sent: true },
        knowsGracefulRestart: true,
        lastResetReason: 'Peer closed the session',
      };

      const [gone] = toSessions(
        toFrrConfig(routeServer(1)),
        undefined,
        parseSummary('l2vpn evpn', summary(all)).peers,
        () => details,
      );

      expect(gone).toMatchObject({
        endOfRib: { received: false, sent: false },
        receivedPrefixes: 0,
        sentPrefixes: 0,
        establishedCount: 2,
        lastResetReason: 'Peer closed the session',
      });
      expect(gone).not.toHaveProperty('remoteRouterId');
      expect(gone).not.toHaveProperty('uptimeSeconds');
    },
  );

  it.each([
    [0, undefined],
    [1, 'No AFI/SAFI activated for peer'],
  ])('of an established session that was lost %d times tells as last reset %j', (connectionsDropped, reason) => {
    const details = {
      endOfRib: { received: true, sent: true },
      knowsGracefulRestart: true,
      lastResetReason: 'No AFI/SAFI activated for peer',
    };
    const text = summary({ '192.168.1.1': { ...peer, dynamicPeer: true, connectionsDropped } });
    const { peers } = parseSummary('l2vpn evpn', text);

    const [told] = toSessions(toFrrConfig(routeServer(1)), undefined, peers, () => details);
    expect(told?.lastResetReason).toBe(reason);
  });

  it('tells End-of-RIB and router-id of a session that is established', () => {
    const details = {
      remoteRouterId: address('192.0.2.1'),
      endOfRib: { received: true, sent: false },
      knowsGracefulRestart: true,
    };
    const { peers } = parseSummary('l2vpn evpn', summary({ '192.168.1.1': { ...peer, dynamicPeer: true } }));
    const config = toFrrConfig(routeServer(1));

    expect(toSessions(config, undefined, peers, () => details)).toMatchObject([
      { remoteRouterId: '192.0.2.1', endOfRib: { received: true, sent: false }, uptimeSeconds: 12 },
    ]);
    expect(toSessions(config, undefined, peers, () => undefined)).toMatchObject([
      { endOfRib: { received: false, sent: false } },
    ]);
  });
});

describe('a neighbor of a narrow range', () => {
  const at = address('192.168.70.16');
  const intent = routeServer(1, { clientGroups: [clientGroup({ neighbors: [] })] });
  const config = toFrrConfig(intent);
  const { router } = config;
  const group = router?.groups.find(isClientGroup)?.name ?? expect.unreachable('there is one');
  const pinned: Neighbor = { address: at, group, isPassive: true, isGracefulRestartDisabled: true };
  const running = { ...config, ...(router && { router: { ...router, neighbors: [pinned] } }) };
  const never: SummaryPeer = {
    ...{ address: at, isDynamic: false, state: 'active' },
    ...{ receivedPrefixes: 0, sentPrefixes: 0, establishedCount: 0, droppedCount: 0, receivedMessages: 0 },
  };
  const isThere = (change: Partial<SummaryPeer>, isKept = true) =>
    findThere(running, () => isKept)({ ...never, ...change });

  it.each(['idle', 'connect', 'active'] as const)('is not told of in state %s while nobody came', (state) => {
    expect(isThere({ state })).toBe(false);
  });

  it.each<Partial<SummaryPeer>>([
    { state: 'open-sent' },
    { state: 'established' },
    { state: 'unknown' },
    { establishedCount: 1 },
    { receivedMessages: 1 },
    { isOverLimit: true },
  ])('is told of with %j', (change) => {
    expect(isThere(change)).toBe(true);
  });

  it('is told of where it is a neighbor for a reason of its own', () => {
    expect(isThere({}, false)).toBe(true);
  });
});

function summary(peers: Readonly<Record<string, object>>): string {
  return JSON.stringify({ routerId: '192.168.255.1', peers });
}

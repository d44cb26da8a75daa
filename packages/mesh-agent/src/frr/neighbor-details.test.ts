import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { parseNeighborDetails } from './neighbor-details.ts';

const at = address('10.42.0.1');
const whole = {
  peerGroup: 'MESHRR-CORE',
  remoteRouterId: '192.168.255.2',
  neighborCapabilities: { gracefulRestart: 'advertisedAndReceived' },
  gracefulRestartInfo: { endOfRibSend: { l2VpnEvpn: true }, endOfRibRecv: { aFamilyOfNextYear: true } },
  lastResetDueTo: 'Peer closed the session',
};

describe('parseNeighborDetails', () => {
  it('reads router-id, End-of-RIB and the last reset', () => {
    expect(parseNeighborDetails('l2vpn evpn', at, JSON.stringify({ [at]: whole }))).toEqual({
      details: {
        remoteRouterId: '192.168.255.2',
        endOfRib: { received: false, sent: true },
        knowsGracefulRestart: true,
        lastResetReason: 'Peer closed the session',
      },
    });
  });

  it('reads little where there is little', () => {
    const text = JSON.stringify({ [at]: { remoteRouterId: '0.0.0.0', neighborCapabilities: {} } });

    expect(parseNeighborDetails('l2vpn evpn', at, text)).toEqual({
      details: { endOfRib: { received: false, sent: false }, knowsGracefulRestart: false },
    });
  });

  it('finds the neighbor under the name that the C library prints', () => {
    const text = JSON.stringify({ '::1.2.3.4': whole });

    expect(parseNeighborDetails('l2vpn evpn', address('::102:304'), text).details).toMatchObject({
      remoteRouterId: '192.168.255.2',
    });
  });

  it('tells nothing of a neighbor that is gone by now', () => {
    expect(parseNeighborDetails('l2vpn evpn', at, '{"bgpNoSuchNeighbor":true}')).toEqual({});
  });

  it.each([
    ['a field of another kind', { ...whole, lastResetDueTo: 7 }, 'lastResetDueTo'],
    ['no object', 'Established', 'neighbor 10.42.0.1'],
    ['End-of-RIB of another kind', { ...whole, gracefulRestartInfo: { endOfRibRecv: { x: 'yes' } } }, 'endOfRibRecv'],
  ])('tells what it does not understand: %s', (_, value, told) => {
    const read = parseNeighborDetails('l2vpn evpn', at, JSON.stringify({ [at]: value }));

    expect(read).toEqual({ odd: expect.stringContaining(told) as string });
  });

  it.each([
    [
      { lastResetDueTo: 'BGP Notification send', lastNotificationReason: 'Hold Timer Expired' },
      'BGP Notification send: Hold Timer Expired',
    ],
    [{ lastResetDueTo: 'BGP Notification send', lastNotificationReason: '' }, 'BGP Notification send'],
    [{ lastResetDueTo: '', lastNotificationReason: 'Cease/Administrative Reset' }, 'Cease/Administrative Reset'],
    [{ lastResetDueTo: '' }, undefined],
  ])('says why a session ended, and not only by whom: %j', (words, reason) => {
    const text = JSON.stringify({ [at]: words });
    expect(parseNeighborDetails('l2vpn evpn', at, text).details?.lastResetReason).toBe(reason);
  });

  it('bounds the words of a reason', () => {
    const { details } = parseNeighborDetails(
      'l2vpn evpn',
      at,
      JSON.stringify({ [at]: { ...whole, lastResetDueTo: 'x'.repeat(9000) } }),
    );

    expect(details?.lastResetReason).toHaveLength(200);
  });

  it('refuses what is no answer', () => {
    expect(() => parseNeighborDetails('l2vpn evpn', at, '% Unknown command')).toThrow(
      expect.objectContaining({ code: 'answer-not-understood' }),
    );
  });
});

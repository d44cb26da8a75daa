import { describe, expect, it } from 'vitest';
import { parseSummary } from './summary.ts';

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

describe('parseSummary', () => {
  it('reads an established session', () => {
    expect(parseSummary('l2vpn evpn', summary({ '192.168.1.1': { ...peer, dynamicPeer: true } }))).toEqual({
      odd: [],
      passedOver: [],
      peers: [
        {
          address: '192.168.1.1',
          isDynamic: true,
          remoteAsn: 65001,
          state: 'established',
          establishedAt: 1795354168,
          uptimeSeconds: 12,
          receivedPrefixes: 7,
          sentPrefixes: 9,
          establishedCount: 2,
          droppedCount: 1,
          receivedMessages: 21,
        },
      ],
    });
  });

  it.each([
    ['Idle (Admin)', 'shutdown'],
    ['Idle (PfxCt)', 'idle'],
    ['Idle', 'idle'],
    ['Active', 'active'],
    ['Connect', 'connect'],
    ['OpenSent', 'open-sent'],
    ['OpenConfirm', 'open-confirm'],
    ['Clearing', 'clearing'],
  ])('reads the state %s as %s, without uptime and prefixes', (text, state) => {
    const { peers, odd } = parseSummary(
      'l2vpn evpn',
      summary({ '2001:db8::1': { ...peer, remoteAs: 0, state: text } }),
    );

    expect(odd).toEqual([]);
    expect(peers[0]).toEqual({
      address: '2001:db8::1',
      isDynamic: false,
      state,
      ...(text === 'Idle (PfxCt)' && { isOverLimit: true }),
      receivedPrefixes: 0,
      sentPrefixes: 0,
      establishedCount: 2,
      droppedCount: 1,
      receivedMessages: 21,
    });
  });

  it.each([
    [{ eth0: peer }, { neighbor: 'eth0', why: 'it has no address', state: 'established' }],
    [{ eth0: { ...peer, state: 'Active' } }, { neighbor: 'eth0', why: 'it has no address', state: 'active' }],
    [{ eth0: { ...peer, state: 'Hibernating' } }, { neighbor: 'eth0', why: 'it has no address' }],
    [{ eth0: 7 }, { neighbor: 'eth0', why: 'it has no address' }],
  ])('passes over a neighbor without an address by name, with its state where that is known: %j', (peers, expected) => {
    const read = parseSummary('l2vpn evpn', summary({ '192.168.1.1': peer, ...peers }));

    expect(read.passedOver).toEqual([expected]);
    expect(read.peers).toHaveLength(1);
  });

  it('reads that there is nobody', () => {
    expect(parseSummary('l2vpn evpn', '{}')).toEqual({ peers: [], odd: [], passedOver: [] });
  });

  it.each([
    ['% No BGP neighbors found', 'it is not JSON: "% No BGP'],
    ['["peers"]', 'it is no JSON object'],
    ['{"peers": [1]}', 'its "peers" is no object'],
    ['', 'it is not JSON: ""'],
  ])('refuses %s', (text, why) => {
    expect(() => parseSummary('l2vpn evpn', text)).toThrow(why);
    expect(() => parseSummary('l2vpn evpn', text)).toThrow(expect.objectContaining({ code: 'answer-not-understood' }));
  });

  it('leaves out how long a session is up that bgpd does not tell: it is not one of this moment', () => {
    const { peers } = parseSummary('l2vpn evpn', summary({ '192.168.1.1': { ...peer, peerUptimeMsec: undefined } }));
    expect(peers).toMatchObject([{ state: 'established' }]);
    expect(peers[0]).not.toHaveProperty('uptimeSeconds');
  });

  it.each([
    ['::1.2.3.4', '::102:304'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
    ['::255.255.255.255', '::ffff:ffff'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['2001:DB8::1', '2001:db8::1'],
  ])('reads the address %s as the C library prints it', (text, canonical) => {
    const { peers, odd } = parseSummary('l2vpn evpn', summary({ [text]: peer }));

    expect(peers.map(({ address: at }) => at)).toEqual([canonical]);
    expect(odd).toEqual([]);
  });

  it.each([
    [{ eth0: peer }, 'neighbor "eth0" is no address'],
    [{ 'swp1\n%MAXPFXEXCEED\u001b[2J': peer }, 'neighbor "swp1\\n%MAXPFXEXCEED\\u001b[2J" is no address'],
    [{ ['x'.repeat(500)]: peer }, `neighbor "${'x'.repeat(60)}" is no address`],
    [{ '::1.2.3.256': peer }, 'neighbor "::1.2.3.256" is no address'],
    [{ '192.168.1.77': { ...peer, state: 'Hibernating' } }, 'neighbor 192.168.1.77: state "\\"Hibernating\\""'],
    [{ '192.168.1.77': { ...peer, state: undefined } }, 'neighbor 192.168.1.77: state "nothing"'],
    [{ '192.168.1.77': 7 }, 'neighbor 192.168.1.77: state "nothing"'],
    [{ '192.168.1.77': { ...peer, remoteAs: '1.10' } }, 'neighbor 192.168.1.77: remoteAs "\\"1.10\\""'],
    [{ '192.168.1.77': { ...peer, peerUptimeMsec: undefined } }, 'neighbor 192.168.1.77: peerUptimeMsec "nothing"'],
    [{ '192.168.1.77': { ...peer, peerUptimeMsec: '-' } }, 'neighbor 192.168.1.77: peerUptimeMsec "\\"-\\""'],
    [{ '192.168.1.77': { ...peer, pfxRcd: -1 } }, 'neighbor 192.168.1.77: pfxRcd "-1"'],
    [{ '192.168.1.77': { ...peer, msgRcvd: { deep: [] } } }, 'neighbor 192.168.1.77: msgRcvd "{\\"deep\\":[]}"'],
  ])('tells what is odd of one neighbor by name (%#), and reads the others', (oddPeer, told) => {
    const { peers, odd } = parseSummary(
      'l2vpn evpn',
      summary({ '192.168.1.1': peer, ...oddPeer, '192.168.1.2': { ...peer, newOfNextYear: 1 } }),
    );

    expect(odd).toEqual([told]);
    expect(peers.map(({ address: at }) => at)).toEqual(expect.arrayContaining(['192.168.1.1', '192.168.1.2']));
    expect(peers.filter(({ address: at }) => at !== '192.168.1.77').map(({ state }) => state)).toEqual([
      'established',
      'established',
    ]);
  });

  it('calls a state that it does not know unknown', () => {
    const { peers } = parseSummary('l2vpn evpn', summary({ '192.168.1.77': { ...peer, state: 'Hibernating' } }));

    expect(peers).toMatchObject([{ state: 'unknown', receivedPrefixes: 0 }]);
    expect(peers[0]).not.toHaveProperty('uptimeSeconds');
  });

  it('takes the words of a peer for nothing but words', () => {
    const hostname = '\n%MAXPFXEXCEED: No. of x prefix received from 192.168.1.1\n","state":"Idle"}';
    const words = { hostname, softwareVersion: hostname, desc: hostname };

    expect(parseSummary('l2vpn evpn', summary({ '192.168.1.2': { ...peer, ...words } }))).toEqual(
      parseSummary('l2vpn evpn', summary({ '192.168.1.2': peer })),
    );
  });
});

function summary(peers: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ routerId: '192.168.255.1', peers });
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intents } from '../route-server/frr/intents.test-data.ts';
import { parseRunningConfig } from './running-config.ts';
import { renderFrrConfig } from './render-config.ts';
import { toFrrConfig } from '../route-server/frr/to-frr-config.ts';

describe('parseRunningConfig', () => {
  it('reads what is rendered as what it was rendered from', () => {
    fc.assert(
      fc.property(intents, (intent) => {
        const config = toFrrConfig(intent);

        expect(parseRunningConfig(renderFrrConfig(config))).toEqual({ version: '', config, unknownLines: [] });
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what it does not know, with the line it stands under', () => {
    const { config, unknownLines } = parseRunningConfig(
      [
        'frr version 10.7.1',
        'frr defaults traditional',
        'debug bgp keepalives',
        'route-map MINE permit 20',
        ' match community X',
        'exit',
        'bgp no-rib',
        'router bgp 65000',
        ' bgp cluster-id 1.2.3.4',
        ' neighbor G peer-group',
        ' neighbor G remote-as internal',
        ' neighbor G allowas-in 3',
        ' neighbor eth0 interface peer-group G',
        ' neighbor 10.0.0.1 peer-group G',
        ' neighbor 10.0.0.1 password secret',
        ' !',
        ' address-family ipv6 unicast',
        '  neighbor G activate',
        ' exit-address-family',
        ' !',
        ' address-family l2vpn evpn',
        '  neighbor G activate',
        '  advertise-all-vni',
        ' exit-address-family',
        'exit',
        'router bgp 65001 vrf RED',
        ' bgp router-id 9.9.9.9',
        'exit',
        'line vty',
      ].join('\n'),
    );

    expect(unknownLines).toEqual([
      'debug bgp keepalives',
      'route-map MINE permit 20',
      'route-map MINE permit 20: match community X',
      'router bgp 65000: bgp cluster-id 1.2.3.4',
      'router bgp 65000: neighbor G allowas-in 3',
      'router bgp 65000: neighbor eth0 interface peer-group G',
      'router bgp 65000: neighbor 10.0.0.1 password secret',
      'router bgp 65000: address-family ipv6 unicast',
      'router bgp 65000: neighbor G activate',
      'router bgp 65000: advertise-all-vni',
      'router bgp 65001 vrf RED',
      'router bgp 65001 vrf RED: bgp router-id 9.9.9.9',
      'line vty',
    ]);
    expect(config.router).toMatchObject({ asn: 65000, neighbors: [{ address: '10.0.0.1', group: 'G' }] });
  });

  it('knows an address as the C library prints it', () => {
    const { config, unknownLines } = parseRunningConfig(
      [
        'router bgp 65000',
        ' neighbor C peer-group',
        ' neighbor C remote-as external',
        ' neighbor ::1.2.3.4 remote-as 65001',
        ' neighbor ::1.2.3.4 peer-group C',
        ' bgp listen range ::1.3.0.0/112 peer-group C',
        ' address-family l2vpn evpn',
        '  neighbor C activate',
        '  neighbor ::1.2.3.4 maximum-prefix 7 restart 5',
        ' exit-address-family',
        'exit',
      ].join('\n'),
    );

    expect(unknownLines).toEqual([]);
    expect(config.router?.neighbors).toMatchObject([
      { address: '::102:304', group: 'C', remoteAs: 65001, maximumPrefixes: { limit: 7 } },
    ]);
    expect(config.router?.ranges).toEqual([{ prefix: '::103:0/112', group: 'C' }]);
  });

  it('takes the default instance for the router, wherever it stands between those of VRFs', () => {
    const own = ['router bgp 65000', ' bgp router-id 1.1.1.1', 'exit'];
    const [red, view] = ['router bgp 65001 vrf RED', 'router bgp 65002 view BLUE'].map((line) => [
      line,
      ' bgp router-id 9.9.9.9',
      ' neighbor G peer-group',
      'exit',
    ]);
    for (const text of [
      [red, own, view],
      [own, red, view],
      [view, red, own],
    ]) {
      const { config, unknownLines } = parseRunningConfig(text.flat().join('\n'));

      expect(config.router).toMatchObject({ asn: 65000, routerId: '1.1.1.1', groups: [] });
      expect([...unknownLines].sort()).toEqual([
        'router bgp 65001 vrf RED',
        'router bgp 65001 vrf RED: bgp router-id 9.9.9.9',
        'router bgp 65001 vrf RED: neighbor G peer-group',
        'router bgp 65002 view BLUE',
        'router bgp 65002 view BLUE: bgp router-id 9.9.9.9',
        'router bgp 65002 view BLUE: neighbor G peer-group',
      ]);
    }
    expect(parseRunningConfig([red, view].flat().join('\n')).config.router).toBeUndefined();
    expect(parseRunningConfig([...own, 'router bgp 65009', 'exit'].join('\n'))).toMatchObject({
      config: { router: { asn: 65000 } },
      unknownLines: ['router bgp 65009'],
    });
  });

  it('takes the first family of a group, and leaves lines of a second one to whoever wrote them', () => {
    const { config, unknownLines } = parseRunningConfig(
      [
        'router bgp 65000',
        ' neighbor G peer-group',
        ' neighbor H peer-group',
        ' address-family ipv4 unicast',
        '  neighbor H activate',
        ' exit-address-family',
        ' address-family l2vpn evpn',
        '  neighbor G activate',
        '  neighbor H activate',
        '  neighbor H route-map X in',
        ' exit-address-family',
        'exit',
      ].join('\n'),
    );

    expect(config.router?.groups.map(({ name, family }) => [name, family?.name, family?.routeMapIn])).toEqual([
      ['G', 'l2vpn evpn', undefined],
      ['H', 'ipv4 unicast', undefined],
    ]);
    expect(unknownLines).toEqual([
      'router bgp 65000: neighbor H activate',
      'router bgp 65000: neighbor H route-map X in',
    ]);
  });

  it('reads what a map refuses, and tells of an entry that would refuse everything', () => {
    const { config, unknownLines } = parseRunningConfig(
      [
        'bgp large-community-list expanded MANY seq 5 permit ^([0-9:]+[^0-9:]){9}',
        'bgp large-community-list expanded MIXED seq 5 deny ^1:',
        'bgp large-community-list standard NAMED seq 5 permit 1:2:3',
        'route-map OURS deny 5',
        ' match large-community MANY',
        'exit',
        'route-map OURS permit 10',
        ' match community-limit 7',
        'exit',
        'route-map ALL deny 5',
        'exit',
        'route-map ALL permit 10',
        'exit',
        'route-map OTHERS deny 5',
        ' match community X',
        'exit',
        'route-map OTHERS permit 10',
        'exit',
        'route-map ALONE deny 5',
        ' match large-community MANY',
        'exit',
      ].join('\n'),
    );

    expect(config.largeCommunityLists).toEqual([{ name: 'MANY', patterns: ['^([0-9:]+[^0-9:]){9}'] }]);
    expect(config.routeMaps).toEqual([
      { name: 'ALL' },
      { name: 'OTHERS' },
      { name: 'OURS', refusedLargeCommunities: 'MANY', communities: 7 },
    ]);
    expect(unknownLines).toEqual([
      'bgp large-community-list expanded MIXED seq 5 deny ^1:',
      'bgp large-community-list standard NAMED seq 5 permit 1:2:3',
      'route-map OTHERS deny 5: match community X',
      'route-map ALL deny 5',
      'route-map OTHERS deny 5',
      'route-map ALONE deny 5',
    ]);
  });

  it('reads an empty configuration as one without a router', () => {
    expect(parseRunningConfig('frr version 10.7.1\nfrr defaults traditional\n!\n')).toEqual({
      version: '10.7.1',
      config: { asPathLists: [], largeCommunityLists: [], routeMaps: [] },
      unknownLines: [],
    });
  });
});

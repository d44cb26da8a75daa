import { parseAddress } from '@meshrs/network';
import { formatIssue } from '@meshrs/strict-yaml';
import { describe, expect, it } from 'vitest';
import { readSettings, toIntent } from './settings.ts';

const text = `asn: "65000.1"
mode: evpnrs
engine: frr
routerIds:
  routeserver-a-0: 192.168.255.11
  routeserver-b-0: 192.168.255.21
bgpgroups:
  - name: MESHRR-CORE
    type: mesh
    source: { sourcetype: kubernetes, service: meshrr-core }
  - name: MESHRR-CLIENTS
    type: subtractive
    prefixes: [192.168.0.0/16]
    asranges: ["65001-65535"]
    neighbors:
      - { name: dc1-leaf1, address: 192.168.1.11, asn: "65101" }
`;

const upstreams = `encrypted_root_pw: NOLOGIN
asn: "65000.1"
mode: evpnrs
bgpgroups:
- name: MESHRR-CORE
  type: mesh
  source:
    sourcetype: dns
    hostname: meshrr-core
- name: MESHRR-CLIENTS
  type: subtractive
  prefixes:
  - 192.168.0.0/16
  asranges:
  - 65001-65535
`;

function read(content: string) {
  const result = readSettings('meshrr.conf.yml', content);
  return result.ok ? result.value : expect.unreachable(result.issues.map(formatIssue).join('\n'));
}

function issuesOf(content: string): string[] {
  const result = readSettings('meshrr.conf.yml', content);
  return result.ok ? [] : result.issues.map(formatIssue);
}

describe('meshrr.conf.yml', () => {
  it("takes upstream's file as it is", () => {
    expect(read(upstreams)).toMatchObject({ engine: 'crpd', encrypted_root_pw: 'NOLOGIN', asn: 4259840001 });
  });

  it('has a readiness that waits for clients only where it says so', () => {
    expect(read(upstreams).readiness).toEqual({ waitsForClients: false });
    expect(read(`${text}readiness: {waitsForClients: true}\n`).readiness).toEqual({ waitsForClients: true });
  });

  it('becomes the intent of one route server', () => {
    const address = (value: string) => parseAddress(value) ?? expect.unreachable();
    const pod = { name: 'routeserver-a-0', routerId: address('192.168.255.11') };
    const intent = toIntent(read(text), pod, { 'MESHRR-CORE': [address('10.244.2.7')] });
    expect(intent).toMatchObject({
      name: 'routeserver-a-0',
      mode: 'evpn-route-server',
      asn: 4259840001,
      routerId: '192.168.255.11',
      meshGroups: [{ name: 'MESHRR-CORE', timers: { keepaliveSeconds: 3, holdSeconds: 9 }, neighbors: ['10.244.2.7'] }],
      clientGroups: [
        {
          name: 'MESHRR-CLIENTS',
          prefixes: ['192.168.0.0/16'],
          asns: [{ first: 65001, last: 65535 }],
          timers: { keepaliveSeconds: 10, holdSeconds: 30 },
          distance: { kind: 'multihop', ttl: 10 },
          neighbors: [{ name: 'dc1-leaf1', address: '192.168.1.11', asn: 65101 }],
        },
      ],
    });
  });

  it('gives a mesh group without peers none, whatever another group has', () => {
    const second = '  - name: MESHRR-FAR\n    type: mesh\n    source: { sourcetype: dns, hostname: far }\n';
    const address = (value: string) => parseAddress(value) ?? expect.unreachable();
    const pod = { name: 'routeserver-a-0', routerId: address('192.168.255.11') };
    const { meshGroups } = toIntent(read(text + second), pod, { 'MESHRR-CORE': [address('10.244.2.7')] });

    expect(meshGroups.map(({ name, neighbors }) => [name, neighbors])).toEqual([
      ['MESHRR-CORE', ['10.244.2.7']],
      ['MESHRR-FAR', []],
    ]);
  });

  it.each([
    ['a list', '[4711]'],
    ['a mapping', '{ hash: 4711 }'],
    ['a number', '4711'],
    ['a number with a point', '4711.5'],
  ])('never prints the root password, also where it is %s by mistake', (_, value) => {
    const issues = issuesOf(`encrypted_root_pw: ${value}\n${text}`);

    expect(issues.join('\n')).toContain('encrypted_root_pw');
    expect(issues.join('\n')).not.toContain('4711');
  });

  it('takes 254 hops of TTL security and not 255: packets with TTL 0 do not exist (RFC 5082)', () => {
    const withHops = (hops: number) => `${text}    ttlSecurityHops: ${String(hops)}\n`;

    expect(read(withHops(254)).bgpgroups[1]).toMatchObject({ ttlSecurityHops: 254 });
    expect(issuesOf(withHops(255)).join('\n')).toContain('bgpgroups[1].ttlSecurityHops');
    expect(issuesOf(withHops(0)).join('\n')).toContain('bgpgroups[1].ttlSecurityHops');
  });

  it('says of a group with an unknown type which types there are', () => {
    expect(issuesOf(text.replace('type: mesh', 'type: meshed'))).toEqual([
      [
        'meshrr.conf.yml:9:11: error unknown-value at bgpgroups[0].type',
        '  This is not one of the allowed values; did you mean "mesh"?',
        '  seen:    meshed',
        '  allowed: mesh, subtractive',
        '  do:      write mesh',
      ].join('\n'),
    ]);
  });

  it('says which keys a source of its kind takes', () => {
    const [issue] = issuesOf(text.replace('service: meshrr-core', 'hostname: meshrr-core'));
    expect(issue).toContain('bgpgroups[0].source');
    expect(issuesOf(text.replace('service: meshrr-core', 'hostname: meshrr-core')).join('\n')).toContain(
      'allowed: sourcetype, service, namespace',
    );
  });

  it.each([
    ['asn: "65000.1"', 'asn: 65000.10', 'unquoted'],
    ['192.168.255.11', '192.168.255.256', 'wrong-format'],
    ['prefixes: [192.168.0.0/16]', 'prefixes: 192.168.0.0/16', 'wrong-type'],
    ['192.168.0.0/16', '192.168.1.0/16', 'host-bits-set'],
    ['mode: evpnrs', 'mode: EVPNRS', 'unknown-value'],
    ['name: MESHRR-CORE', 'name: "MESHRR CORE; }"', 'wrong-format'],
  ])('refuses %s → %s', (from, to, code) => {
    expect(issuesOf(text.replace(from, to)).join('\n')).toContain(`error ${code} at`);
  });
});

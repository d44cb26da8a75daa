import { parseAddress } from '@meshrs/network';
import { address } from '@meshrs/network/test-data';
import { formatIssue, formatPath } from '@meshrs/strict-yaml';
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
    expect(read(`${text}readiness: {waitsForClients: true}\n`).readiness).toEqual({
      waitsForClients: true,
      lostClientsSeconds: 600,
    });
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

  it('has these defaults', () => {
    expect(read(upstreams)).toEqual({
      encrypted_root_pw: 'NOLOGIN',
      asn: 4259840001,
      mode: 'evpnrs',
      engine: 'crpd',
      routerIds: {},
      drain: { gracefulShutdownSeconds: 10, ceaseSeconds: 2, holdSeconds: 0 },
      readiness: { waitsForClients: false },
      bgpgroups: [
        {
          name: 'MESHRR-CORE',
          type: 'mesh',
          source: { sourcetype: 'dns', hostname: 'meshrr-core' },
          timers: { keepaliveSeconds: 3, holdSeconds: 9 },
          maximumLeavingPercent: 50,
          manyLeavingSeconds: 60,
        },
        {
          name: 'MESHRR-CLIENTS',
          type: 'subtractive',
          prefixes: ['192.168.0.0/16'],
          asranges: [{ first: 65001, last: 65535 }],
          timers: { keepaliveSeconds: 10, holdSeconds: 30 },
          multihopTtl: 10,
          passedAttributes: [],
          neighbors: [],
        },
      ],
    });
    expect(read(upstreams.replace('encrypted_root_pw: NOLOGIN\n', '')).encrypted_root_pw).toBe('NOLOGIN');
    expect(read(upstreams.replace(/ {2}asranges:\n.*\n/, '')).bgpgroups[1]).toMatchObject({ asranges: [] });
  });

  it.each([
    ['encrypted_root_pw: "$6$x"', { encrypted_root_pw: '$6$x' }],
    ['ribSharding: false', { ribSharding: false }],
    [
      'drain: {gracefulShutdownSeconds: 0, ceaseSeconds: 60}',
      { drain: { gracefulShutdownSeconds: 0, ceaseSeconds: 60 } },
    ],
    [
      'drain: {gracefulShutdownSeconds: 600, ceaseSeconds: 0}',
      { drain: { gracefulShutdownSeconds: 600, ceaseSeconds: 0 } },
    ],
    [
      'readiness: {waitsForClients: true, lostClientsSeconds: 0}',
      { readiness: { waitsForClients: true, lostClientsSeconds: 0 } },
    ],
    ['readiness: {waitsForClients: true, lostClientsSeconds: 3600}', { readiness: { lostClientsSeconds: 3600 } }],
    ['readiness: {waitsForClients: false}', { readiness: { waitsForClients: false } }],
  ])('takes "%s"', (line, value) => {
    expect(read(`${text}${line}\n`)).toMatchObject(value);
  });

  it.each([
    'drain: {gracefulShutdownSeconds: -1, ceaseSeconds: 0}',
    'drain: {gracefulShutdownSeconds: 601, ceaseSeconds: 0}',
    'drain: {gracefulShutdownSeconds: 0, ceaseSeconds: 61}',
    'drain: {gracefulShutdownSeconds: 0}',
    'drain: {gracefulShutdownSeconds: 1.5, ceaseSeconds: 0}',
    'readiness: {}',
    'readiness: {lostClientsSeconds: 600}',
    // Of several behind one VIP readiness moves the VIP: what is not ready loses the clients that it has.
    'readiness: {waitsForClients: false, lostClientsSeconds: 600}',
    'readiness: {waitsForClients: false, lostClientsSeconds: 0}',
    'readiness: {waitsForClients: true, lostClientsSeconds: -1}',
    'readiness: {waitsForClients: true, lostClientsSeconds: 3601}',
    'readiness: {waitsForClients: true, lostClientsSeconds: 1.5}',
    'readiness: {waitsForClients: "true"}',
    'ribSharding: 1',
    'another: key',
  ])('refuses "%s"', (line) => {
    expect(issuesOf(`${text}${line}\n`)).not.toEqual([]);
  });

  const ofMesh = (line: string) => text.replace('service: meshrr-core }', `service: meshrr-core }\n    ${line}`);
  const ofClients = (line: string) => `${text}    ${line}\n`;
  it.each([
    ['max_peers: 1', { max_peers: 1 }],
    ['max_peers: 10000', { max_peers: 10_000 }],
    ['maximumLeavingPercent: 1', { maximumLeavingPercent: 1 }],
    ['maximumLeavingPercent: 100', { maximumLeavingPercent: 100 }],
    ['manyLeavingSeconds: 5', { manyLeavingSeconds: 5 }],
    ['manyLeavingSeconds: 3600', { manyLeavingSeconds: 3600 }],
    ['timers: {keepaliveSeconds: 1, holdSeconds: 3}', { timers: { keepaliveSeconds: 1, holdSeconds: 3 } }],
    ['timers: {keepaliveSeconds: 80, holdSeconds: 240}', { timers: { keepaliveSeconds: 80, holdSeconds: 240 } }],
  ])('takes "%s" of a mesh group', (line, value) => {
    expect(read(ofMesh(line)).bgpgroups[0]).toMatchObject(value);
  });

  it.each([
    'max_peers: -1',
    'max_peers: 10001',
    'max_peers: 1.5',
    'maximumLeavingPercent: 0',
    'maximumLeavingPercent: 101',
    'manyLeavingSeconds: 4',
    'manyLeavingSeconds: 3601',
    'timers: {keepaliveSeconds: 0, holdSeconds: 3}',
    'timers: {keepaliveSeconds: 81, holdSeconds: 240}',
    'timers: {keepaliveSeconds: 1, holdSeconds: 2}',
    'timers: {keepaliveSeconds: 1, holdSeconds: 241}',
    'timers: {holdSeconds: 9}',
  ])('refuses "%s" of a mesh group', (line) => {
    expect(issuesOf(ofMesh(line)).join('\n')).toContain(`bgpgroups[0].${line.split(':')[0] ?? ''}`);
  });

  it.each([
    ['multihopTtl: 2', { multihopTtl: 2 }],
    ['multihopTtl: 255', { multihopTtl: 255 }],
    ['maximumPrefixes: 1', { maximumPrefixes: 1 }],
    ['maximumPrefixes: 4294967295', { maximumPrefixes: 4_294_967_295 }],
    ['passedAttributes: []', { passedAttributes: [] }],
    [
      'passedAttributes: [ipv6-extended-communities, tunnel-encapsulation]',
      { passedAttributes: ['ipv6-extended-communities', 'tunnel-encapsulation'] },
    ],
  ])('takes "%s" of a group of clients', (line, value) => {
    expect(read(ofClients(line)).bgpgroups[1]).toMatchObject(value);
  });

  it.each([
    'multihopTtl: 1',
    'multihopTtl: 256',
    'maximumPrefixes: 0',
    'maximumPrefixes: 4294967296',
    'passedAttributes: tunnel-encapsulation',
    'passedAttributes: [23]',
    'passedAttributes: [d-path]',
    'passedAttributes: [tunnel-encapsulation, tunnel-encapsulation]',
  ])('refuses "%s" of a group of clients', (line) => {
    expect(issuesOf(ofClients(line)).join('\n')).toContain(`bgpgroups[1].${line.split(':')[0] ?? ''}`);
  });

  it.each([
    'rs',
    'RS',
    'r',
    'r-s',
    'r--s',
    '1.2.3.4.in-addr.arpa',
    'rs.example',
    'rs.example.',
    'a.b',
    'a-1.b-2',
    `${'a'.repeat(63)}.${'b'.repeat(63)}`,
    'ab.'.repeat(84),
  ])('takes the host name "%s"', (hostname) => {
    const [group] = read(upstreams.replace('hostname: meshrr-core', `hostname: "${hostname}"`)).bgpgroups;
    expect(group).toMatchObject({ source: { hostname } });
  });

  it.each([
    '',
    '.',
    '-rs',
    'rs-',
    'rs..example',
    '.rs',
    'rs.-example',
    'rs.example-',
    'rs.example..',
    'r_s',
    'r s',
    'rs.ex_ample',
    'rs.example/',
    'größe',
    'ab.'.repeat(85),
  ])('refuses the host name "%s"', (hostname) => {
    const [issue] = issuesOf(upstreams.replace('hostname: meshrr-core', `hostname: "${hostname}"`));
    expect(issue).toContain('error wrong-format at bgpgroups[0].source.hostname');
    expect(issue).toContain('a host name');
    expect(issue).toContain('allowed: a DNS name, meshrr-core or meshrr-core.meshrr.svc.cluster.local');
    expect(issue).toContain('meshrr-core');
  });

  it('takes a list of addresses as source', () => {
    const source = 'source: { sourcetype: static, addresses: [192.0.2.1, "2001:db8::1"] }';
    const withStatic = text.replace(/source: \{ sourcetype: kubernetes.*/, source);
    expect(read(withStatic).bgpgroups[0]).toMatchObject({
      source: { sourcetype: 'static', addresses: ['192.0.2.1', '2001:db8::1'] },
    });
  });
});

describe('a name that is wrong', () => {
  it.each([
    ['name: MESHRR-CORE', 'name: "a b"', 'MESHRR-CORE'],
    ['name: MESHRR-CLIENTS', 'name: "a b"', 'MESHRR-CLIENTS'],
    ['name: dc1-leaf1', 'name: "a b"', 'dc1-leaf1'],
    ['service: meshrr-core', 'service: "a b"', 'meshrr-core'],
    ['service: meshrr-core', 'service: meshrr-core, namespace: "a b"', 'meshrr'],
  ])('comes with an example: %s, then %s', (from, to, example) => {
    expect(issuesOf(text.replace(from, to)).join('\n')).toMatch(new RegExp(`do: .*${example}`));
  });
});

describe('toIntent', () => {
  const address = (value: string) => parseAddress(value) ?? expect.unreachable();
  const pod = { name: 'routeserver-a-0', routerId: address('192.168.255.11') };

  it.each([
    ['evpnrs', 'evpn-route-server'],
    ['routeserver', 'evpn-route-server'],
    ['ipv4rr', 'ipv4-route-reflector'],
    ['routereflector', 'ipv4-route-reflector'],
  ])('makes of mode %s a %s', (mode, meaning) => {
    expect(toIntent(read(text.replace('mode: evpnrs', `mode: ${mode}`)), pod, {}).mode).toBe(meaning);
  });

  it('says nothing of what the settings leave out', () => {
    const intent = toIntent(read(text), pod, {});
    expect(Object.keys(intent)).not.toContain('ribSharding');
    const [clients] = intent.clientGroups;
    expect(Object.keys(clients ?? {})).toEqual(['name', 'prefixes', 'asns', 'timers', 'distance', 'neighbors']);
    expect(clients?.neighbors.map((neighbor) => Object.keys(neighbor))).toEqual([['name', 'address', 'asn']]);
  });

  it('passes on what the settings say', () => {
    const content = `${text
      .replace('asn: "65101" }', 'asn: "65101", sharedAsn: true, maximumPrefixes: 7 }')
      .replace(
        'engine: frr',
        'engine: frr\nribSharding: true',
      )}    maximumPrefixes: 500\n    passedAttributes: [tunnel-encapsulation]\n    ttlSecurityHops: 2\n`;
    expect(toIntent(read(content), pod, {})).toMatchObject({
      ribSharding: true,
      clientGroups: [
        {
          maximumPrefixes: 500,
          passedAttributes: ['tunnel-encapsulation'],
          distance: { kind: 'ttl-security', hops: 2 },
          neighbors: [{ name: 'dc1-leaf1', sharedAsn: true, maximumPrefixes: 7 }],
        },
      ],
    });
  });
});

describe('what is said of a settings file', () => {
  const said = (text: string) => {
    const read = readSettings('meshrr.conf.yml', text);
    return read.ok ? '' : read.issues.map(formatIssue).join('\n');
  };
  const withSource = (source: string) =>
    said(`asn: "65000"\nmode: evpnrs\nengine: frr\nbgpgroups:\n  - {name: CORE, type: mesh, source: ${source}}\n`);

  it.each([
    ['{sourcetype: dnss, hostname: core}', 'did you mean "dns"?', 'write dns'],
    ['{sourcetype: consul, hostname: core}', 'This is not one of', 'write kubernetes or dns or static'],
    ['{hostname: core}', 'The required key "sourcetype" is missing', 'add sourcetype: kubernetes'],
    ['{sourcetype: , hostname: core}', 'The required key "sourcetype" is missing', 'add sourcetype: kubernetes'],
  ])('names the sources there are: %s', (source, message, hint) => {
    expect(withSource(source)).toContain(message);
    expect(withSource(source)).toContain('allowed: kubernetes, dns, static\n');
    expect(withSource(source)).toContain(`do:      ${hint}`);
  });

  it('tells of the file in front of the reader, and of no topology', () => {
    expect(said('')).toContain('do:      apply the generated ConfigMap again');
    expect(said('# nothing\n')).toContain('do:      apply the generated ConfigMap again');
    const unknown = said('asn: "65000"\nmode: evpnrs\nengine: frr\nbgpgroups: []\ncolour: red\n');
    expect(unknown).toMatch(/do: {6}remove the key, or move it to where it belongs$/);
  });

  it('allows no AS number that it then refuses', () => {
    expect(said('asn: 0\nmode: evpnrs\nengine: frr\nbgpgroups: []\n')).toContain(', 1 to 4294967294\n');
  });
});

describe('client ranges that hold an address of the route server that reads them', () => {
  const warningsFor = (prefixes: string, addresses: readonly string[] | undefined) => {
    const pod = { name: 'rs-a-0', ...(addresses && { addresses: addresses.map(address) }) };
    const text = `asn: "65000"\nmode: evpnrs\nengine: frr\nrouterIds: {rs-a-0: 10.0.0.1}\nbgpgroups:\n  - {name: CLIENTS, type: subtractive, prefixes: [${prefixes}]}\n`;
    const read = readSettings('meshrr.conf.yml', text, { pod });
    return read.ok ? read.warnings.map(({ code, path, seen }) => [code, formatPath(path), seen]) : read.issues;
  };
  const own = ['10.42.0.5', '2001:db8:42::5'];

  it.each<[string, string, readonly string[] | undefined, unknown[]]>([
    ['none', '192.168.0.0/16', own, []],
    ['its network', '10.0.0.0/8', own, [['own-address-in-range', 'bgpgroups[0].prefixes[0]', '10.0.0.0/8']]],
    ['its address alone', '10.42.0.5/32', own, [['own-address-in-range', 'bgpgroups[0].prefixes[0]', '10.42.0.5/32']]],
    [
      'its other family, in the second prefix',
      '192.168.0.0/16, "2001:db8::/32"',
      own,
      [['own-address-in-range', 'bgpgroups[0].prefixes[1]', '2001:db8::/32']],
    ],
    ['the address beside it', '10.42.0.4/32', own, []],
    [
      'all addresses, which says that already',
      '0.0.0.0/0',
      own,
      [['any-address', 'bgpgroups[0].prefixes[0]', '0.0.0.0/0']],
    ],
    ['its network, of a reader that does not know its addresses', '10.0.0.0/8', undefined, []],
  ])('are taken, and it is said: %s', (_, prefixes, addresses, expected) => {
    expect(warningsFor(prefixes, addresses)).toEqual(expected);
  });
});

describe('settings that are right, and may not be meant', () => {
  const warningsOf = (change: (right: string) => string) => {
    const read = readSettings(
      'meshrr.conf.yml',
      change(
        'asn: "65000"\nmode: evpnrs\nengine: frr\nbgpgroups:\n  - {name: CLIENTS, type: subtractive, prefixes: [10.0.0.0/8]}\n',
      ),
    );
    return read.ok ? read.warnings.map(({ code, path, line }) => [code, formatPath(path), line]) : read.issues;
  };

  it.each([
    ['nothing', '', '', []],
    ['any IPv4 address', '10.0.0.0/8', '0.0.0.0/0', [['any-address', 'bgpgroups[0].prefixes[0]', 5]]],
    ['any IPv6 address', '10.0.0.0/8', '"::/0"', [['any-address', 'bgpgroups[0].prefixes[0]', 5]]],
    ['a large part of all addresses', '10.0.0.0/8', '64.0.0.0/3', []],
    [
      'two distances',
      'subtractive,',
      'subtractive, multihopTtl: 10, ttlSecurityHops: 2,',
      [['ttl-twice', 'bgpgroups[0].multihopTtl', 5]],
    ],
    ['one distance', 'subtractive,', 'subtractive, ttlSecurityHops: 2,', []],
    [
      'RIB sharding',
      'engine: frr',
      'engine: frr\nribSharding: true',
      [['rib-sharding-without-effect', 'ribSharding', 4]],
    ],
    ['no RIB sharding', 'engine: frr', 'engine: frr\nribSharding: false', []],
    ['RIB sharding of cRPD', 'engine: frr', 'engine: crpd\nribSharding: true', []],
    ['an AS number of examples', '65000', '64500', [['asn-documentation', 'asn', 1]]],
  ] as const)('say what that is: %s', (_what, before, after, warnings) => {
    expect(warningsOf((right) => right.replace(before, after))).toEqual(warnings);
  });
});

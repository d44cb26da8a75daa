import { describe, expect, it } from 'vitest';
import { candidateNames, parseResolvConf } from './resolv-conf.ts';

describe('parseResolvConf', () => {
  it('reads what the kubelet writes', () => {
    const text = [
      'search meshrr.svc.cluster.local svc.cluster.local cluster.local.',
      'nameserver 10.96.0.10',
      'options ndots:5',
      '',
    ].join('\n');
    expect(parseResolvConf(text)).toEqual({
      servers: ['10.96.0.10'],
      oddServers: [],
      searchDomains: ['meshrr.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      ndots: 5,
      timeoutSeconds: 2,
      attempts: 2,
    });
  });

  it('takes the last search line, three servers at most, and options within their limits', () => {
    const text = [
      'domain one.example',
      'search two.example # three.example',
      'nameserver 192.0.2.1',
      'nameserver 2001:db8::1',
      'nameserver 192.0.2.3 ; the last one',
      'nameserver 192.0.2.4',
      'options ndots:99 timeout:0 attempts:9 rotate',
    ].join('\n');
    expect(parseResolvConf(text)).toEqual({
      servers: ['192.0.2.1', '2001:db8::1', '192.0.2.3'],
      oddServers: [],
      searchDomains: ['two.example'],
      ndots: 15,
      timeoutSeconds: 1,
      attempts: 5,
    });
  });

  it('passes over a server that is no address, by name, and counts three of the others', () => {
    const names = [
      'dns.example',
      '192.0.2.1',
      '',
      '192.0.2.2:5353',
      '[2001:db8::1]:53',
      '192.0.2.4',
      `x\u001b${'y'.repeat(99)}`,
    ];
    const { servers, oddServers } = parseResolvConf(names.map((name) => `nameserver ${name}\n`).join(''));
    expect(servers).toEqual(['192.0.2.1', '192.0.2.2:5353', '[2001:db8::1]:53']);
    expect(oddServers).toEqual(['"dns.example"', '""', `"x\ufffd${'y'.repeat(61)}…"`]);
  });

  it('asks this machine when no server is named', () => {
    expect(parseResolvConf('')).toMatchObject({ servers: ['127.0.0.1'], searchDomains: [], ndots: 1 });
  });
});

describe('candidateNames', () => {
  const kubernetes = { searchDomains: ['meshrr.svc.cluster.local', 'cluster.local'], ndots: 5 };

  it.each([
    ['meshrr-core', kubernetes, ['meshrr-core.meshrr.svc.cluster.local', 'meshrr-core.cluster.local', 'meshrr-core']],
    ['core.example.', kubernetes, ['core.example']],
    ['rs.example', { searchDomains: ['lan'], ndots: 1 }, ['rs.example', 'rs.example.lan']],
    ['rs', { searchDomains: [], ndots: 1 }, ['rs']],
  ])('%s', (hostname, settings, names) => {
    expect(candidateNames(hostname, settings)).toEqual(names);
  });
});

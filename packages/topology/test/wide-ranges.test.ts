import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mostNarrowAddresses } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import { readTopology } from '../src/index.ts';
import { put, type Draft } from './edits.ts';

const dci = readFileSync(join(import.meta.dirname, '../../../topologies/dci.yaml'), 'utf8');

/** What is said of the shipped topology after changes, with its five declared clients. */
function issuesWith(edits: Readonly<Record<string, unknown>>) {
  const draft = structuredClone(readTopology('t.yaml', dci).document?.data) as Draft;
  for (const [path, value] of Object.entries(edits)) put(draft, path, value);
  return readTopology('t.yaml', JSON.stringify(draft), { allowUnsupported: true }).issues;
}

const prefixes = 'clientGroups.MESHRR-CLIENTS.prefixes';
const hosts = ['192.168.1.11/32', '192.168.2.11/32', '192.168.3.11/32', '192.168.4.11/32', '192.168.5.11/32'];

describe('client ranges', () => {
  it('that are wide are told in plain words, with what to do', () => {
    const [issue, ...others] = issuesWith({});
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ code: 'wide-client-ranges', severity: 'warning', seen: '192.168.0.0/16' });
    expect(issue?.message).toContain('65531 addresses');
    expect(issue?.hint).toContain(`at most ${String(mostNarrowAddresses)} addresses together, or declare the clients`);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['the addresses of declared clients alone', { [prefixes]: hosts }],
    ['as many as there may be beside them', { [prefixes]: [...hosts, '192.168.16.0/23'] }],
    [
      'of a group that passes every attribute',
      { 'clientGroups.MESHRR-CLIENTS.passedAttributes': ['tunnel-encapsulation', 'ipv6-extended-communities'] },
    ],
    ['of cRPD', { 'routeServers.engine': 'crpd' }],
  ])('are not wide: %s', (_, edits) => {
    expect(issuesWith(edits).map(({ code }) => code)).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['one address more', { [prefixes]: [...hosts, '192.168.16.0/23', '192.168.20.1/32'] }],
    [
      'as many, and clients that are declared at addresses from which they cannot dial a VIP',
      {
        [prefixes]: [...hosts, '192.168.16.0/23', '2001:db8::1/128'],
        'clients.dc1-leaf1.addresses': ['192.168.1.11', '2001:db8::1'],
      },
    ],
    ['IPv6', { [prefixes]: [...hosts, '2001:db8::/64'] }],
    [
      'in two groups',
      {
        [prefixes]: [...hosts, '192.168.16.0/24'],
        'clientGroups.MORE': { prefixes: ['10.1.0.0/23'], asns: ['65200'] },
        ...inFirstGroup(),
      },
    ],
  ])('are wide: %s', (_, edits) => {
    expect(issuesWith(edits).map(({ code }) => code)).toEqual(['wide-client-ranges']);
  });

  it('that are narrow need memory for each of their addresses', () => {
    const codesWith = (engineMemory: string) =>
      issuesWith({
        [prefixes]: [...hosts, '192.168.16.0/23'],
        'routeServers.resources': { engineMemory },
      }).map(({ code }) => code);
    expect(codesWith('1309Mi')).toEqual([]);
    expect(codesWith('1308Mi')).toEqual(['engine-memory-too-small']);
  });

  it('are no matter while there are errors', () => {
    expect(issuesWith({ 'sides.a.vips': ['192.168.255.2'] }).map(({ code }) => code)).not.toContain(
      'wide-client-ranges',
    );
  });
});

/** With two groups each client says its own. */
function inFirstGroup(): Readonly<Record<string, unknown>> {
  const names = ['dc1-leaf1', 'dc2-leaf1', 'dc3-border1', 'dc4-border1', 'dc5-border1'];
  return Object.fromEntries(names.map((name) => [`clients.${name}.group`, 'MESHRR-CLIENTS']));
}

import type { EvictionReason, RouteServerIntent } from '@meshrs/contract';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, asn, asnRange, prefix } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import type { Offender } from './eviction-book.ts';
import { sightOf } from './guard-sight.ts';
import { reasonGone } from './reason-gone.ts';

const [client, neighbor] = ['192.168.1.1', '10.42.0.1'] as const;
const usual = clientGroup({ asns: [asnRange('65001-65010')] });
const mesh = meshGroup([neighbor]);

describe('an eviction for the AS', () => {
  it.each<[string, Partial<RouteServerIntent>, string | undefined]>([
    ['holds where it was made', {}, undefined],
    ['ends when the AS is in a range', { clientGroups: [clientGroup({ asns: [asnRange('64999')] })] }, 'allowed'],
    ['ends when the group has no list', { clientGroups: [clientGroup({ asns: [] })] }, 'allowed'],
    ['ends at a reflector', { mode: 'ipv4-route-reflector' }, 'allowed'],
    [
      'ends when the client is declared',
      { clientGroups: [{ ...usual, neighbors: [declared('leaf', client, 64999)] }] },
      'declared',
    ],
    ['ends when it is a mesh neighbor', { meshGroups: [meshGroup([client])] }, 'declared'],
    ['ends when no range holds it', { clientGroups: [{ ...usual, prefixes: [prefix('192.0.2.0/24')] }] }, 'no-range'],
    ['ends when there are no clients', { clientGroups: [] }, 'no-range'],
    ['holds under another name of the group', { clientGroups: [{ ...usual, name: 'OTHER' }] }, undefined],
    [
      'holds when others are declared',
      { clientGroups: [{ ...usual, neighbors: [declared('x', '192.168.1.2', 64999)] }] },
      undefined,
    ],
  ])('%s', (_, changes, why) => {
    expect(gone({ address: address(client), remoteAsn: asn(64999), reason: 'as-not-allowed' }, changes)).toBe(why);
    // Of an agent before, without its reason: reviewed the same, by what runs.
    expect(gone({ address: address(client), remoteAsn: asn(64999), reason: 'taken-over' }, changes)).toBe(why);
  });

  it('that nobody knows the AS of has no reason', () => {
    expect(gone({ address: address(client), reason: 'taken-over' })).toBe('allowed');
    expect(gone({ address: address(client), reason: 'as-not-allowed' })).toBe('allowed');
  });
});

describe('an eviction for the router-id', () => {
  const undeclared: Offender = {
    address: address(neighbor),
    group: mesh.name,
    remoteRouterId: address('192.168.255.9'),
    reason: 'router-id-unknown',
  };

  it.each<[string, readonly string[] | undefined, Partial<RouteServerIntent>, string | undefined]>([
    ['holds while it is not among those that are known', ['192.168.255.2'], {}, undefined],
    ['ends when it is among them', ['192.168.255.2', '192.168.255.9'], {}, 'allowed'],
    ['ends where any is right', [], {}, 'allowed'],
    ['holds as long as nobody knows which are right', undefined, {}, undefined],
    ['ends when the mesh has it no more', ['192.168.255.2'], { meshGroups: [] }, 'no-range'],
    [
      'ends when it is a declared client',
      ['192.168.255.2'],
      { meshGroups: [], clientGroups: [{ ...usual, neighbors: [declared('leaf', neighbor, 65001)] }] },
      'declared',
    ],
  ])('%s', (_, known, changes, why) => {
    expect(gone(undeclared, changes, known)).toBe(why);
  });

  it('of an agent before this one holds until its time is over, unless any router-id is right', () => {
    const unknown: Offender = { address: address(neighbor), group: mesh.name, reason: 'taken-over' };
    expect(gone(unknown, {}, ['192.168.255.2'])).toBeUndefined();
    expect(gone(unknown, {}, [])).toBe('allowed');
    expect(gone(unknown, {}, undefined)).toBeUndefined();
  });

  it('is not what a client was evicted for whose address is a mesh neighbor’s now', () => {
    const was: Offender = { address: address(neighbor), group: 'MESHRR-CLIENTS', reason: 'taken-over' };
    expect(gone(was, {}, ['192.168.255.2'])).toBe('declared');
    expect(gone({ address: was.address, reason: was.reason }, {}, ['192.168.255.2'])).toBe('declared');
  });
});

it('an eviction for prefixes is no agent’s any more', () => {
  expect(gone({ address: address(client), reason: 'maximum-prefix-exceeded' satisfies EvictionReason })).toBe(
    'allowed',
  );
});

/** `known`: the router-ids that are right, undefined: nobody knows. */
function gone(offender: Offender, changes: Partial<RouteServerIntent> = {}, known?: readonly string[]) {
  const intent = routeServer(1, { meshGroups: [mesh], clientGroups: [usual], ...changes });
  return reasonGone(sightOf(intent), known && { routerIds: known.map(address) }, offender);
}

import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address, prefix } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { sightOf } from './guard-sight.ts';

const sight = sightOf(
  routeServer(1, {
    meshGroups: [meshGroup(['192.168.0.1', '192.168.0.2'])],
    clientGroups: [
      clientGroup({
        prefixes: [prefix('192.168.0.0/24'), prefix('192.168.2.0/24')],
        neighbors: [declared('one', '192.168.0.2', 65001), declared('two', '192.168.0.3', 65001)],
      }),
      clientGroup({ name: 'SECOND', prefixes: [prefix('2001:db8::/64')] }),
    ],
  }),
);

describe('the role of an address', () => {
  it.each([
    ['192.168.0.1', 'mesh', 'MESHRR-CORE'],
    ['192.168.0.2', 'mesh', 'MESHRR-CORE'],
    ['192.168.0.3', 'declared', 'MESHRR-CLIENTS'],
  ])('of %s is %s in %s', (at, kind, group) => {
    expect(sight.roleOf(address(at))).toEqual({ kind, group });
  });

  it.each([
    ['192.168.0.4', 'MESHRR-CLIENTS'],
    ['192.168.2.255', 'MESHRR-CLIENTS'],
    ['2001:db8::9', 'SECOND'],
  ])('of %s is a range client of %s', (at, name) => {
    expect(sight.roleOf(address(at))).toMatchObject({ kind: 'range', group: { name } });
  });

  it.each(['192.168.1.0', '192.168.3.0', '2001:db8:0:1::'])('of %s is none', (at) => {
    expect(sight.roleOf(address(at))).toEqual({ kind: 'none' });
  });
});

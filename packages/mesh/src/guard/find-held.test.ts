import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { findHeld } from './find-held.ts';
import type { GuardedPeer } from './find-offenders.ts';

const intent = routeServer(1, {
  meshGroups: [meshGroup(['192.168.0.1'])],
  clientGroups: [
    clientGroup({
      maximumPrefixes: 50,
      neighbors: [declared('own', '192.168.1.1', 65001, 7), declared('usual', '192.168.1.2', 65001)],
    }),
    clientGroup({ name: 'OTHER', prefixes: [], neighbors: [declared('free', '198.51.100.1', 65001)] }),
  ],
});
const held = (at: string): GuardedPeer => ({ address: address(at), state: 'idle', isOverLimit: true });

describe('whom the daemon holds down', () => {
  it.each([
    ['192.168.1.1', { group: 'MESHRR-CLIENTS', name: 'own', maximumPrefixes: 7 }],
    ['192.168.1.2', { group: 'MESHRR-CLIENTS', name: 'usual', maximumPrefixes: 50 }],
    ['192.168.1.3', { group: 'MESHRR-CLIENTS', maximumPrefixes: 50 }],
    ['198.51.100.1', { group: 'OTHER', name: 'free' }],
  ])('%s is told with its group, name and limit', (at, told) => {
    expect(findHeld(intent, [held(at)])).toEqual([{ address: at, ...told }]);
  });

  it.each(['192.168.0.1', '203.0.113.1'])('%s is no client', (at) => {
    expect(findHeld(intent, [held(at)])).toEqual([]);
  });

  it.each<Partial<GuardedPeer>>([{ state: 'idle' }, { state: 'established' }, { isOverLimit: false }])(
    'is nobody by a state alone: %j',
    (peer) => {
      expect(findHeld(intent, [{ address: address('192.168.1.1'), state: 'active', ...peer }])).toEqual([]);
    },
  );
});

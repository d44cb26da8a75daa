import { address } from '@meshrs/network/test-data';
import fc from 'fast-check';
import type { DesiredGroup, PeersByGroup } from './desired.ts';

export const anyAddress = fc
  .oneof(
    fc.integer({ min: 1, max: 40 }).map((host) => `192.0.2.${String(host)}`),
    fc.integer({ min: 1, max: 20 }).map((host) => `2001:db8::${host.toString(16)}`),
  )
  .map(address);

export const anyAddresses = fc.uniqueArray(anyAddress, { maxLength: 30, size: 'max' });

export const anyGroupName = fc.constantFrom('MESHRR-CORE', 'MESHRR-EDGE', 'MESHRR-FAR');

export const anyPeers: fc.Arbitrary<PeersByGroup> = fc.dictionary(anyGroupName, anyAddresses, {
  noNullPrototype: true,
});

/** Peers by group in the form of desired groups. */
export function asDesired(peers: PeersByGroup): readonly DesiredGroup[] {
  return Object.entries(peers).map(([name, addresses]) => ({ name, peers: addresses, leftOut: [] }));
}

import { compareAddresses } from '@meshrs/network';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyAddresses } from './arbitraries.test-data.ts';
import { sortAddresses } from './sort-addresses.ts';

it('orders addresses as compareAddresses does', () => {
  fc.assert(
    fc.property(anyAddresses, (addresses) => {
      expect(sortAddresses(addresses)).toEqual([...addresses].sort(compareAddresses));
    }),
  );
});

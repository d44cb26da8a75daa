import fc from 'fast-check';
import { compareAddresses, type IpAddress } from '@meshrs/network';
import { address } from '@meshrs/network/test-data';
import { expect, it } from 'vitest';
import { devicesOf } from '../../src/devices/devices-of.ts';
import { deviceSystems } from '../../src/devices/index.ts';
import { readCase } from './read-case.ts';

/** Routers of Junos with nodes, in the main table and in a VRF. */
const devices = ['fabric', 'vrf', 'low-anycast', 'vlan-and-two-roles'].flatMap((name) =>
  devicesOf('dci', readCase(name)).flatMap(({ attached, ...device }) =>
    attached && device.system === 'junos' ? [{ ...device, attached }] : [],
  ),
);
const addresses = fc.ipV4().map(address);

it('an anycast address is never the primary one of the loopback of Junos, whichever addresses it and the router have', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...devices),
      fc.uniqueArray(addresses, { minLength: 2, maxLength: 2 }),
      (device, [anycast, own]) => {
        if (anycast === undefined || own === undefined) return;
        const { vrf } = device.attached;
        const attached = {
          ...device.attached,
          anycast: { ...device.attached.anycast, address: anycast },
          loopback: own,
          ...(vrf && { vrf: { ...vrf, loopback: own } }),
        };
        const text = deviceSystems.junos?.render({ ...device, attached }) ?? '';
        expect(primaryAddress(text, own)).toBe(own);
      },
    ),
    { numRuns: 500 },
  );
});

/** What Junos takes of a unit: the marked one, else the numerically lowest; in the main table the router's own is there already. */
function primaryAddress(text: string, own: IpAddress): IpAddress | undefined {
  const written = [...text.matchAll(/^ +address (\S+)\/32(?:;| \{\n +(primary);)/gm)];
  expect(written).not.toEqual([]);
  const marked = written.flatMap(([, each, mark]) => (mark === undefined ? [] : [each]));
  expect(marked.length).toBeLessThanOrEqual(1);
  const all = [...written.map(([, each]) => address(each ?? '')), own].sort(compareAddresses);
  return marked[0] === undefined ? all[0] : address(marked[0]);
}

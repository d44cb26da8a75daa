import { parseAddress } from '@meshrs/network';
import { expect, test } from 'vitest';
import { readSettings, toIntent } from './settings.ts';

const settings = `asn: "65000.1"
mode: evpnrs
ribSharding: true
bgpgroups:
  - name: MESHRR-CLIENTS
    type: subtractive
    prefixes: ["192.0.2.0/24"]
    neighbors:
      - name: dc1-leaf1
        address: "192.0.2.1"
        asn: "65101"
        sharedAsn: true
      - name: dc1-leaf2
        address: "192.0.2.2"
        asn: "65102"
`;

test('a shared AS and RIB sharding reach the intent, and are absent where the settings do not name them', () => {
  const read = readSettings('meshrr.conf.yml', settings);
  const routerId = parseAddress('192.0.2.255');
  if (!read.ok || routerId === undefined) throw new Error('The sample cannot be read.');

  const intent = toIntent(read.value, { name: 'routeserver-a-0', routerId }, {});

  expect(intent.ribSharding).toBe(true);
  expect(intent.clientGroups[0]?.neighbors).toEqual([
    { name: 'dc1-leaf1', address: '192.0.2.1', asn: 65101, sharedAsn: true },
    { name: 'dc1-leaf2', address: '192.0.2.2', asn: 65102 },
  ]);
});

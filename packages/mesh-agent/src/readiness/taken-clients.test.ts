import { readSettings } from '@meshrs/contract';
import { address } from '@meshrs/network/test-data';
import { expect, it } from 'vitest';
import { takenClients } from './taken-clients.ts';

const read = readSettings(
  'meshrr.conf.yml',
  `asn: "65000"
mode: evpnrs
engine: frr
bgpgroups:
  - name: MESHRR-CORE
    type: mesh
    source: {sourcetype: static, addresses: [10.0.0.1]}
  - name: MESHRR-CLIENTS
    type: subtractive
    prefixes: [192.168.0.0/16, "2001:db8:1::/48"]
    asranges: ["65001-65100"]
    neighbors:
      - {name: dc9-leaf1, address: 198.51.100.9, asn: "65001"}
`,
);

it.each([
  ['192.168.0.0', true],
  ['192.168.255.255', true],
  ['192.169.0.0', false],
  ['2001:db8:1::7', true],
  ['2001:db8:2::7', false],
  ['198.51.100.9', true],
  ['198.51.100.8', false],
  // A route server of the mesh is no client.
  ['10.0.0.1', false],
])('settings take a client at %s: %s', (client, isTaken) => {
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  expect(takenClients(read.value)(address(client))).toBe(isTaken);
});

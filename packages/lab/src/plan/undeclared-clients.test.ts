import { expect, test } from 'vitest';
import { planLab } from './lab-plan.ts';
import { chooseRanges } from './ranges.ts';
import { planUndeclaredClients } from './undeclared-clients.ts';
import { dci } from './topologies.test-data.ts';

function undeclaredClientsOf(topology = dci()) {
  const result = planLab('dci', topology, chooseRanges(topology));
  if (!('plan' in result)) throw new Error(JSON.stringify(result.obstacles));
  return planUndeclaredClients(result.plan, topology)?.map(({ name, asn, source, isAllowed }) => ({
    name,
    asn,
    source,
    isAllowed,
  }));
}

test('one undeclared client keeps to the rules, one has a wrong AS, one a wrong address', () => {
  expect(undeclaredClientsOf()).toEqual([
    { name: 'guest', asn: 65001, source: '192.168.255.254', isAllowed: true },
    { name: 'wrong-as', asn: 4200000000, source: '192.168.255.253', isAllowed: false },
    { name: 'wrong-source', asn: 65001, source: '198.18.16.19', isAllowed: false },
  ]);
});

test('a group that has no address left cannot be tried', () => {
  const exact = '[192.168.1.11/32, 192.168.2.11/32, 192.168.3.11/32, 192.168.4.11/32, 192.168.5.11/32]';
  expect(undeclaredClientsOf(dci((text) => text.replace('[192.168.0.0/16]', exact)))).toBeUndefined();
});

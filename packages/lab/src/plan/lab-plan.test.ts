import { describe, expect, test } from 'vitest';
import { nodesOf, planClusters, planLab, type LabPlan } from './lab-plan.ts';
import { chooseRanges } from './ranges.ts';
import { dci, dciDual } from './topologies.test-data.ts';

function planned(topology = dci()): LabPlan {
  const result = planLab('dci', topology, chooseRanges(topology));
  if (!('plan' in result)) throw new Error(JSON.stringify(result.obstacles));
  return result.plan;
}

describe('planLab', () => {
  test('gives every node a management address and a pod range of its own', () => {
    expect(
      nodesOf(planned()).map(({ name, managementAddress, podRange }) => ({ name, managementAddress, podRange })),
    ).toEqual([
      { name: 'meshrr-kube1', managementAddress: '198.18.0.11', podRange: '10.244.0.0/24' },
      { name: 'meshrr-kube2', managementAddress: '198.18.0.12', podRange: '10.244.1.0/24' },
      { name: 'meshrr-kube3', managementAddress: '198.18.0.13', podRange: '10.244.2.0/24' },
      { name: 'meshrr-kube4', managementAddress: '198.18.0.14', podRange: '10.244.3.0/24' },
    ]);
  });

  test('takes the first addresses of the Service range, as Kubernetes does', () => {
    expect(planned().clusters[0]).toMatchObject({ apiService: '10.96.0.1', dnsService: '10.96.0.10' });
  });

  test('gives no address twice', () => {
    const plan = planned();
    const { clusters, routers, clients } = plan;
    const addresses = [
      ...clusters.map(({ apiAddress }) => apiAddress),
      ...nodesOf(plan).map(({ managementAddress }) => managementAddress),
      ...[...routers, ...clients].flatMap(({ uplink }) => [uplink.address, uplink.coreAddress]),
      ...clients.flatMap(({ tunnelAddress, injectorAddress }) => [tunnelAddress, injectorAddress]),
    ];
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  test('calls the daemons of the only cluster by their plain names', () => {
    expect(planned().clusters.map(({ suffix, sides, namespace }) => ({ suffix, sides, namespace }))).toEqual([
      { suffix: '', sides: ['a', 'b'], namespace: 'meshrs-dci.control' },
    ]);
  });

  test('lets FRR play the clients that run it', () => {
    const daemons = planned().clients.map(({ name, daemon }) => [name, daemon]);
    expect(Object.fromEntries(daemons)).toMatchObject({ 'dc1-leaf1': 'gobgp', 'dc2-leaf1': 'frr' });
  });

  test('lets FRR play one client when none is said to run it: without zebra a missing multihop goes unseen', () => {
    const topology = dci((text) => text.replace('system: frr', 'system: junos'));
    expect(planned(topology).clients.map(({ daemon }) => daemon)).toEqual(['frr', 'gobgp', 'gobgp', 'gobgp', 'gobgp']);
  });

  test.each([
    ['several clusters', dciDual(), 'several clusters (dci-dual-a, dci-dual-b)'],
    ['too small a pod range', dci((text) => text.replace('10.244.0.0/16', '10.244.0.0/23')), 'too small for 4 nodes'],
    [
      'no IPv4 for pods',
      dci((text) => text.replace('10.244.0.0/16', '"2001:db8:244::/56"')),
      'no IPv4 range under podRanges',
    ],
    [
      'IPv6 VIPs',
      dci((text) =>
        text
          .replace('[192.168.255.1]', '[192.168.255.1, "2001:db8:255::1"]')
          .replace('[10.244.0.0/16]', '[10.244.0.0/16, "2001:db8:244::/56"]')
          .replace('[10.96.0.0/12]', '[10.96.0.0/12, "2001:db8:96::/112"]'),
      ),
      'IPv6 VIP 2001:db8:255::1',
    ],
  ])('refuses %s', (_, topology, message) => {
    const result = planLab('dci', topology, chooseRanges(topology));
    expect('obstacles' in result && result.obstacles.map((obstacle) => obstacle.message).join(' ')).toContain(message);
  });
});

describe('planClusters', () => {
  test('gives each of two clusters its own sides, nodes, names and addresses', () => {
    const topology = dciDual();
    const ranges = chooseRanges(topology);
    if (!ranges) throw new Error('there is room');
    const clusters = planClusters('dual', topology, ranges).flatMap((one) => ('cluster' in one ? [one.cluster] : []));
    expect(clusters.map(({ sides, suffix, namespace }) => ({ sides, suffix, namespace }))).toEqual([
      { sides: ['a'], suffix: '.dci-dual-a', namespace: 'meshrs-dual.control-dci-dual-a' },
      { sides: ['b'], suffix: '.dci-dual-b', namespace: 'meshrs-dual.control-dci-dual-b' },
    ]);
    expect(clusters.map(({ nodes }) => nodes.map(({ side }) => side))).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
    const addresses = clusters.flatMap(({ apiAddress, nodes }) => [
      apiAddress,
      ...nodes.map(({ managementAddress }) => managementAddress),
    ]);
    expect(new Set(addresses).size).toBe(addresses.length);
  });
});

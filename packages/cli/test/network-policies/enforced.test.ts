import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@meshrs/test-kit/wait';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiObject } from '../../src/validating/kube-apiserver.test-support.ts';
import { startEnforcedCluster, type Probe, type TestPod } from './enforced-cluster.ts';

const expected = join(import.meta.dirname, '../../../manifests/test/cases/frr/expected');
const policies = ['overlays/dci/a/network-policy', 'overlays/dci/b/network-policy', 'base/frr/gate-network-policy'].map(
  (file) => parse(readFileSync(join(expected, `${file}.yaml`), 'utf8')) as ApiObject,
);

const routeServer = (side: string) => ({ app: 'meshrr-evpnrs', side });
const gate = { 'meshrs.dev/role': 'gate' };
const pod = (name: string, namespace: string, labels: TestPod['labels'], rest: Partial<TestPod> = {}): TestPod => ({
  ...{ name, namespace, labels, address: `10.244.0.${String(11 + names.push(name))}` },
  ...rest,
});
const names: string[] = [];
const pods = [
  pod('rs-a', 'meshrr', routeServer('a'), { listens: [179, 8179, 8180, 22] }),
  pod('rs-b', 'meshrr', routeServer('b'), { address: '10.244.1.11', listens: [179, 8179, 8180], isElsewhere: true }),
  pod('gate', 'meshrr', gate, { listens: [8179] }),
  pod('neighbor', 'meshrr', { app: 'other' }),
  pod('outsider', 'outsiders', {}, { listens: [53, 179, 443, 8179] }),
  pod('forged-rs', 'outsiders', routeServer('b')),
  pod('forged-gate', 'outsiders', gate),
  pod('forged-dns', 'outsiders', { 'k8s-app': 'kube-dns' }, { listens: [53] }),
  pod('prometheus', 'monitoring', {}),
  pod('dns', 'kube-system', { 'k8s-app': 'kube-dns' }, { listens: [53, 9153] }),
];
const addressOf = (name: string) => pods.find((each) => each.name === name)?.address ?? name;

const client = '192.168.1.11';
const beyondRanges = '198.51.100.9';
const apiServer = '172.16.9.9';
const outside = { addresses: [client, beyondRanges, apiServer], ports: [53, 80, 179, 443, 6443, 8179] };

/** From a pod, the node, or "outside": by an address there, or by the name of a pod on another node. */
function probe(from: string, to: string, port: number): Probe {
  const there = pods.find(({ name }) => name === from);
  const source = there?.address ?? (from === 'node' ? '0.0.0.0' : from);
  const isHere = there !== undefined && !there.isElsewhere;
  return { from: isHere || from === 'node' ? from : 'outside', source, to: addressOf(to), port };
}

const otherNode = '172.16.2.13';
const may: readonly [string, string, string, number][] = [
  ['a client, by its own address', client, 'rs-a', 179],
  ['a route server of the other side', 'rs-b', 'rs-a', 179],
  ['the agent of the other side', 'rs-b', 'rs-a', 8179],
  ['the gate', 'gate', 'rs-a', 8179],
  ['monitoring', 'prometheus', 'rs-a', 8179],
  ['kubelet', 'node', 'rs-a', 8180],
  ['kubelet, whatever the port', 'node', 'rs-a', 8179],
  ['a route server towards the other', 'rs-a', 'rs-b', 179],
  ['an agent towards the other', 'rs-a', 'rs-b', 8179],
  ['a route server towards DNS', 'rs-a', 'dns', 53],
  ['a route server towards the API server', 'rs-a', apiServer, 6443],
  ['a route server towards an API server at 443', 'rs-a', apiServer, 443],
  ['the gate towards the agents of both sides', 'gate', 'rs-b', 8179],
  ['the gate towards the API server', 'gate', apiServer, 6443],
];

const mayNot: readonly [string, string, string, number][] = [
  ['an address outside the ranges of the clients', beyondRanges, 'rs-a', 179],
  ['a node of the other side', otherNode, 'rs-a', 179],
  ['a node of the other side, to the agent', otherNode, 'rs-a', 8179],
  ['a node of the other side, to the probes', otherNode, 'rs-a', 8180],
  ['the API server, as its proxy does', apiServer, 'rs-a', 8179],
  ['a client, to the agent', client, 'rs-a', 8179],
  ['a client, to the probes', client, 'rs-a', 8180],
  ['a client, to SSH', client, 'rs-a', 22],
  ['a pod of another namespace on the same node', 'outsider', 'rs-a', 179],
  ['a pod of another namespace, to the agent', 'outsider', 'rs-a', 8179],
  ['a pod of another namespace, to the probes', 'outsider', 'rs-a', 8180],
  ['a pod with the labels of a route server elsewhere', 'forged-rs', 'rs-a', 179],
  ['a pod with the labels of a route server elsewhere, to the agent', 'forged-rs', 'rs-a', 8179],
  ['a pod with the labels of a gate elsewhere', 'forged-gate', 'rs-a', 8179],
  ['a pod of the same namespace without the labels', 'neighbor', 'rs-a', 179],
  ['a pod of the same namespace without the labels, to the agent', 'neighbor', 'rs-a', 8179],
  ['monitoring, to BGP', 'prometheus', 'rs-a', 179],
  ['monitoring, to the probes', 'prometheus', 'rs-a', 8180],
  ['the gate, to BGP', 'gate', 'rs-a', 179],
  ['a route server, to the probes of another', 'rs-b', 'rs-a', 8180],
  ['anybody, to a gate', 'outsider', 'gate', 8179],
  ['a route server, to a gate', 'rs-b', 'gate', 8179],
  ['a route server towards a client', 'rs-a', client, 179],
  ['a route server towards anybody at another port', 'rs-a', apiServer, 80],
  ['a route server towards a outsider’s BGP', 'rs-a', 'outsider', 179],
  ['a route server towards a outsider’s agent', 'rs-a', 'outsider', 8179],
  ['a route server towards DNS of nobody', 'rs-a', beyondRanges, 53],
  ['a route server towards a pod that calls itself DNS elsewhere', 'rs-a', 'forged-dns', 53],
  ['a route server towards another port of DNS', 'rs-a', 'dns', 9153],
  ['a gate towards BGP', 'gate', 'rs-b', 179],
  ['a gate towards a outsider', 'gate', 'outsider', 8179],
  ['a gate towards anybody', 'gate', beyondRanges, 80],
];

const all = [...may, ...mayNot].map(([, ...path]) => probe(...path));
const cleanups: (() => Promise<void>)[] = [];
let before: readonly string[];
let after: readonly string[];

beforeAll(async () => {
  const cluster = await startEnforcedCluster({ pods, outside });
  cleanups.push(cluster.end);
  before = await cluster.probe(all);
  const monitoring = { name: 'monitoring', labels: { 'meshrs.dev/monitoring': 'true' } };
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: monitoring });
  for (const policy of policies) await cluster.apply(policy);
  // It writes its rules some tenths of a second later, all at once.
  await waitFor(
    'the policies are in force',
    () => cluster.probe([probe('outsider', 'rs-a', 8179), probe('outsider', 'gate', 8179)]),
    (results) => results.every((result) => result !== 'connected'),
    30_000,
    200,
  );
  after = await cluster.probe(all);
});
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
});

describe('with the generated NetworkPolicies', () => {
  test('it is they that keep anybody out: before them everybody reached everything', () => {
    expect(all.filter((_, index) => before[index] !== 'connected')).toEqual([]);
  });

  test.each(may.map(([who, , to, port], index) => [who, to, port, index] as const))(
    '%s reaches %s at %i',
    (_who, _to, _port, index) => {
      expect(after[index]).toBe('connected');
    },
  );

  test.each(mayNot.map(([who, , to, port], index) => [who, to, port, may.length + index] as const))(
    '%s does not reach %s at %i',
    (_who, _to, _port, index) => {
      expect(after[index]).not.toBe('connected');
    },
  );
});

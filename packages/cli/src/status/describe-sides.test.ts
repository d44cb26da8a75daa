import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAgentStatus } from '@meshrs/contract/status';
import { readTopology, type Topology } from '@meshrs/topology';
import { describe, expect, test } from 'vitest';
import { seeRouteServer, type PodSight } from '@meshrs/gate';
import { isGood } from './cluster-status.ts';
import { formatClusterStatus } from './format-status.ts';
import { describeSides, type SeenPod, type SeenSide } from './describe-sides.ts';
import { agentStatus, fleetRevision, type TestSession } from './live-cluster.test-support.ts';

const file = join(import.meta.dirname, '../../../manifests/test/cases/frr/topology.yaml');
const leafs = [
  { name: 'dc1-leaf1', address: '192.168.1.11' },
  { name: 'dc2-leaf1', address: '192.168.2.11' },
];

function topologyWith(change: (text: string) => string = (text) => text): Topology {
  const { topology, issues } = readTopology('topology.yaml', change(readFileSync(file, 'utf8')));
  if (!topology) throw new Error(JSON.stringify(issues));
  return topology;
}

function side(name: string): SeenSide {
  const found = {
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 1,
    isObserved: true,
    sideRevision: undefined,
    markedAtMs: undefined,
    generation: 1,
  };
  return {
    name,
    statefulSets: [{ name: `routeserver-${name}`, found, images: ['frr'] }],
    settings: {
      configMap: `routeserver-${name}-settings`,
      revision: 'new',
      sideRevision: undefined,
      changedAtMs: undefined,
      markedAtMs: undefined,
    },
    assigned: [name === 'a' ? '192.168.255.1' : '192.168.255.2'],
  };
}

function pod(name: string, sessions: readonly TestSession[], change: object = {}): SeenPod {
  const agent = parseAgentStatus({ ...agentStatus(name, 'new', sessions), ...change });
  const sight: PodSight = {
    name: `routeserver-${name}-0`,
    side: name,
    uid: undefined,
    address: agent.agent.address,
    podName: `routeserver-${name}-0`,
    isTerminating: false,
    isForeign: false,
    engine: 'running',
  };
  const seen = seeRouteServer(sight, { ok: true, tookMs: 5, status: agent });
  return { sight: seen, agent, node: 'node', phase: 'Running', isReady: true, restarts: 0 };
}

function statusOf(topology: Topology, pods: readonly SeenPod[], names = ['a', 'b']) {
  const fleet = { configMap: 'meshrr-evpnrs-fleet', revision: fleetRevision, secondsSinceChange: undefined };
  const sides = describeSides(topology, names.map(side), pods, fleet);
  return { cluster: 'dci', context: 'test', server: 'https://api', sides, application: undefined, notes: [] };
}

describe('describeSides', () => {
  test('everybody on both sides is good', () => {
    expect(isGood(statusOf(topologyWith(), [pod('a', leafs), pod('b', leafs)]))).toBe(true);
  });

  test('a declared client without a session anywhere is missing on both', () => {
    const status = statusOf(topologyWith(), [pod('a', leafs.slice(1)), pod('b', leafs.slice(1))]);
    expect(isGood(status)).toBe(false);
    expect(status.sides.map(({ declaredMissing }) => declaredMissing.map(({ name }) => name))).toEqual([
      ['dc1-leaf1'],
      ['dc1-leaf1'],
    ]);
    expect(status.sides.map(({ gate }) => gate?.isOpen)).toEqual([true, true]);
  });

  test('a client that is not declared is missing where only the other side has it', () => {
    const undeclared = { name: 'x', address: '192.168.9.9' };
    const status = statusOf(topologyWith(), [pod('a', leafs), pod('b', [...leafs, undeclared])]);
    expect(isGood(status)).toBe(false);
    expect(formatClusterStatus(status)).toContain(
      'a     client x (192.168.9.9) has a session on side b and none on this side',
    );
  });

  test('a client that may be missing is named, and all is good', () => {
    const topology = topologyWith((text) =>
      text.replace('gitops:\n', 'gitops:\n  gate: { allowMissing: [dc1-leaf1] }\n'),
    );
    const status = statusOf(topology, [pod('a', leafs.slice(1)), pod('b', leafs)]);
    expect(isGood(status)).toBe(true);
    expect(formatClusterStatus(status)).toContain('client dc1-leaf1 (192.168.1.11) has no session (may be missing)');
  });

  test.each([
    ['unreadable', 'its agent cannot read the sessions: bgpd is busy'],
    ['stale', 'its sessions were last read 7 s ago: bgpd is busy'],
  ])('sessions that are %s are not none', (kind, why) => {
    const failure = { code: 'x', operation: 'read', message: 'bgpd is busy', retryable: true, causes: [] };
    const sessions = { kind, ageMs: 7000, list: [], passedOver: [], failure };
    const status = statusOf(topologyWith(), [pod('a', leafs), pod('b', [], { sessions })]);
    expect(isGood(status)).toBe(false);
    expect(status.sides[1]).toMatchObject({ clientCount: undefined, pods: [{ agent: { clientCount: undefined } }] });
    const text = formatClusterStatus(status);
    expect(text).toContain(`b     routeserver-b-0 cannot be read: ${why}`);
    expect(text).toContain('b     client dc1-leaf1 (192.168.1.11) has no session that is seen');
    expect(text).toMatch(/^routeserver-b-0 .* - +- +- +0$/m);
  });

  test('a neighbor of which nothing more is known is named', () => {
    const sessions = { kind: 'read', ageMs: 5, list: [], passedOver: [{ neighbor: 'eth0', why: 'it has no address' }] };
    const text = formatClusterStatus(statusOf(topologyWith(), [pod('a', leafs), pod('b', [], { sessions })]));
    expect(text).toContain(
      'b     routeserver-b-0 cannot be read whole: nothing more is known of eth0 (it has no address)',
    );
    expect(text).toContain(
      'the gate does not know all clients of routeserver-b-0, one of which may be its neighbor eth0: it has no address',
    );
  });

  test('a side alone in its cluster has a gate of which nothing is known', () => {
    const status = statusOf(topologyWith(), [pod('a', leafs)], ['a']);
    expect(isGood(status)).toBe(true);
    expect(formatClusterStatus(status)).toContain('a       unknown  the other sides are in another cluster');
  });
});

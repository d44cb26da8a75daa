import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAgentStatus } from '@meshrs/contract/status';
import { readTopology, type Topology } from '@meshrs/topology';
import { describe, expect, test } from 'vitest';
import { seeRouteServer } from '@meshrs/gate';
import { isGood } from './cluster-status.ts';
import { formatClusterStatus } from './format-status.ts';
import { describeSides, type SeenPod, type SeenSide } from './describe-sides.ts';
import { agentStatus, type TestSession } from './live-cluster.test-support.ts';

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
  const found = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, isObserved: true, sideRevision: undefined };
  return {
    name,
    statefulSets: [{ name: `routeserver-${name}`, found, images: ['frr'] }],
    settings: { configMap: `routeserver-${name}-settings`, revision: 'new' },
    assigned: [name === 'a' ? '192.168.255.1' : '192.168.255.2'],
  };
}

function pod(name: string, sessions: readonly TestSession[]): SeenPod {
  const agent = parseAgentStatus(agentStatus(name, 'new', sessions));
  const sight = { name: `routeserver-${name}-0`, side: name, isTerminating: false, engine: 'running' } as const;
  const seen = seeRouteServer(sight, { ok: true, status: agent });
  return { sight: seen, agent, node: 'node', phase: 'Running', isReady: true, restarts: 0 };
}

function statusOf(topology: Topology, pods: readonly SeenPod[], names = ['a', 'b']) {
  const sides = describeSides(topology, names.map(side), pods);
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

  test('a side alone in its cluster has a gate of which nothing is known', () => {
    const status = statusOf(topologyWith(), [pod('a', leafs)], ['a']);
    expect(isGood(status)).toBe(true);
    expect(formatClusterStatus(status)).toContain('a       unknown  the other sides are in another cluster');
  });
});

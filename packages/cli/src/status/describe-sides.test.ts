import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClientBook } from '@meshrs/contract';
import { toldByStatus } from '@meshrs/contract/clients';
import { parseAgentStatus } from '@meshrs/contract/status';
import { readTopology, type Topology } from '@meshrs/topology';
import { describe, expect, test } from 'vitest';
import { seeRouteServer, type PodSight } from '@meshrs/gate';
import { isGood, type TurnOfFleet } from './cluster-status.ts';
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

const book = createClientBook();

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
  const seen = seeRouteServer(sight, { ok: true, tookMs: 5, told: toldByStatus(book, agent) });
  return { sight: seen, agent, node: 'node', phase: 'Running', isReady: true, restarts: 0 };
}

const turn: TurnOfFleet = {
  ...{ name: 'meshrr-evpnrs.meshrr', turn: { state: 'closed' }, isThere: true, interlock: 'enforced' },
  ...{ missingBindings: [], notes: [] },
};

describe('the turn', () => {
  const good = statusOf(topologyWith(), [pod('a', leafs), pod('b', leafs)]);
  const open = {
    state: 'open',
    open: 'a',
    by: 'alice',
    until: '2026-11-27T08:30:00Z',
    reason: 'work',
    nodes: [],
  } as const;
  test.each([
    ['nothing is open', {}, true, /^none +- +- +- +- +enforced$/m],
    [
      'a side is open',
      { turn: open, secondsLeft: 60, since: '2026-11-27T08:00:00Z' },
      true,
      /^a +2026-11-27T08:00:00Z +2026-11-27T08:30:00Z +alice +work +enforced$/m,
    ],
    ['its time is over', { turn: open, secondsLeft: -61 }, false, /2026-11-27T08:30:00Z \(over for 61 s\)/],
    [
      'it is not there',
      { turn: { state: 'unknown', why: 'the cluster has no turn x' }, isThere: false, interlock: 'unknown' },
      false,
      /^not known .*the cluster has no turn x +ABSENT: nothing/m,
    ],
    ['its spec is odd', { turn: { state: 'unknown', why: 'odd' } }, false, /^not known .*odd/m],
    ['no policy asks for it', { interlock: 'absent' }, false, /ABSENT: no policy asks for the turn/],
    [
      'a binding is gone',
      { missingBindings: ['meshrs-pods.meshrr-evpnrs.meshrr'] },
      false,
      /INCOMPLETE: .*meshrs-pods/,
    ],
    ['nobody may try it', { interlock: 'unknown' }, true, /^none .*not known$/m],
    [
      'nobody may read it',
      { turn: { state: 'unknown', why: 'the API answers 403' }, isThere: undefined, interlock: 'unknown' },
      true,
      /^not known .*403/m,
    ],
  ] as const)('%s', (_what, change, isGoodThen, words) => {
    const status = { ...good, turn: { ...turn, ...change } };
    expect(isGood(status)).toBe(isGoodThen);
    expect(formatClusterStatus(status)).toMatch(words);
  });
});

function statusOf(topology: Topology, pods: readonly SeenPod[], names = ['a', 'b']) {
  const fleet = { configMap: 'meshrr-evpnrs-fleet', revision: fleetRevision, secondsSinceChange: undefined };
  const sides = describeSides(topology, names.map(side), pods, fleet);
  return { cluster: 'dci', context: 'test', server: 'https://api', turn, sides, application: undefined, notes: [] };
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

  const at = '2026-11-22T10:00:00.000Z';
  const lines = (change: object, sessions = leafs.slice(1)) =>
    formatClusterStatus(statusOf(topologyWith(), [pod('a', sessions, change), pod('b', leafs)])).split('\n');

  test.each([
    [
      'held for its maximum-prefix',
      { held: [{ address: '192.168.1.11', group: 'leafs', maximumPrefixes: 50_000, since: at }] },
      'routeserver-a-0 holds it down since 2026-11-22T10:00:00.000Z: it sent more than its maximum-prefix, 50000, of group leafs',
    ],
    [
      'evicted for its AS',
      {
        evictions: [
          { ...{ address: '192.168.1.11', group: 'leafs', remoteAsn: 65009, reason: 'as-not-allowed' }, count: 2 },
        ].map((each) => ({ ...each, since: at, until: '2026-11-22T10:02:00.000Z' })),
      },
      'routeserver-a-0 keeps it out until 2026-11-22T10:02:00.000Z: AS 65009 is in none of the ranges of group leafs',
    ],
    [
      'pinned and held',
      {
        pins: [
          { ...{ address: '192.168.1.11', group: 'leafs', standing: 'held', isLeaving: false }, closedCount: 1 },
        ].map((each) => ({ ...each, since: at, closedAt: at })),
      },
      'routeserver-a-0 holds it down: it sent more than its maximum-prefix of group leafs',
    ],
  ])('who is missing is told of with why: %s', (_, change, why) => {
    expect(lines(change)).toContain(`a     client dc1-leaf1 (192.168.1.11) has no session: ${why}`);
  });

  test('who dials in vain is told of with its state, and with what ended its last session as a quotation', () => {
    const session = {
      ...{ address: '192.168.1.11', name: 'dc1-leaf1', kind: 'declared-client', state: 'active' },
      ...{ receivedPrefixes: 0, sentPrefixes: 0, endOfRib: { received: false, sent: false } },
      lastResetReason: 'maintenance\n\u001b[2J',
    };
    const sessions = { kind: 'read', ageMs: 5, passedOver: [], list: [session] };
    expect(lines({ sessions })).toContain(
      'a     client dc1-leaf1 (192.168.1.11) has no session: routeserver-a-0 has it in state active, and says of its last end "maintenance\uFFFD\uFFFD[2J"',
    );
  });

  test.each([
    [{ kind: 'engine-gone' }, 'its engine does not answer'],
    [
      { kind: 'clients-not-back', clients: ['192.168.9.1', '192.168.9.2'], count: 40 },
      'clients that other route servers have are not back here yet: 192.168.9.1, 192.168.9.2, and 38 more',
    ],
    [
      { kind: 'clients-lost', clients: ['192.168.9.1'], secondsLeft: 580, message: 'x' },
      'clients that it had are with another side alone: 192.168.9.1; it is Ready again in 580 s at the latest',
    ],
    [{ kind: 'bored' }, 'a newer agent has a reason for it that this meshrs does not know'],
  ])('who is not Ready is told of with why: %j', (reason, words) => {
    const told = lines({ readiness: { isReady: false, since: at, reasons: [reason] } }, leafs);
    expect(told).toContain(`a     routeserver-a-0 is not Ready: ${words}`);
  });

  const evictionOf = (address: string, reason = 'as-not-allowed') => ({
    ...{ address, group: 'leafs', remoteAsn: 65009, remoteRouterId: '192.0.2.9', reason, count: 2, since: at },
    until: '2026-11-22T10:02:00.000Z',
  });
  const undeclared = '192.168.9.9';
  const words = 'keeps it out until 2026-11-22T10:02:00.000Z: AS 65009 is in none of the ranges of group leafs';

  test('a client that both sides keep out, and that the topology does not declare, is named on both', () => {
    const change = { evictions: [evictionOf(undeclared)] };
    const status = statusOf(topologyWith(), [pod('a', leafs, change), pod('b', leafs, change)]);
    expect(isGood(status)).toBe(false);
    const text = formatClusterStatus(status);
    for (const name of ['a', 'b']) {
      expect(text).toMatch(new RegExp(`^${name} .* 1$`, 'm'));
      expect(text).toContain(`${name}     ${undeclared} has no session on any side: routeserver-${name}-0 ${words}`);
    }
  });

  test.each([
    ['held', { held: [{ address: undeclared, group: 'leafs', maximumPrefixes: 5, since: at }] }],
    [
      'pinned and held',
      {
        pins: [{ ...{ address: undeclared, group: 'leafs', standing: 'held', isLeaving: false }, closedCount: 1 }].map(
          (each) => ({ ...each, since: at, closedAt: at }),
        ),
      },
    ],
  ])('one that is %s is kept out, too, once for each side', (_what, change) => {
    const status = statusOf(topologyWith(), [pod('a', leafs, change), pod('b', leafs)]);
    expect(isGood(status)).toBe(false);
    expect(formatClusterStatus(status).match(/192\.168\.9\.9 has no session on any side: /g)).toHaveLength(1);
  });

  test('who is kept out and may be missing is named, and all is good', () => {
    const topology = topologyWith((text) =>
      text.replace('gitops:\n', `gitops:\n  gate: { allowMissing: [${undeclared}] }\n`),
    );
    const status = statusOf(topology, [pod('a', leafs, { evictions: [evictionOf(undeclared)] }), pod('b', leafs)]);
    expect(isGood(status)).toBe(true);
    expect(formatClusterStatus(status)).toContain(`${undeclared} has no session on any side (may be missing): `);
  });

  test('who came as a route server is kept out of the mesh, and no client', () => {
    const change = { evictions: [evictionOf('10.0.0.9', 'router-id-unknown')] };
    const status = statusOf(topologyWith(), [pod('a', leafs, change), pod('b', leafs)]);
    expect(isGood(status)).toBe(false);
    expect(formatClusterStatus(status)).toContain(
      "a     10.0.0.9 is kept out of the mesh: routeserver-a-0 keeps it out until 2026-11-22T10:02:00.000Z: router-id 192.0.2.9 is no route server's of the fleet",
    );
  });

  test('while a side is not seen, nobody says that there is no session on it', () => {
    const failure = { code: 'x', operation: 'read', message: 'bgpd is busy', retryable: true, causes: [] };
    const change = { evictions: [evictionOf(undeclared)] };
    const unseen = pod('b', [], { sessions: { kind: 'unreadable', failure } });
    const text = formatClusterStatus(statusOf(topologyWith(), [pod('a', leafs, change), unseen]));
    expect(text).toContain(`a     ${undeclared} has no session on any side that is seen: `);
    const alone = formatClusterStatus(statusOf(topologyWith(), [pod('a', leafs, change)], ['a']));
    expect(alone).toContain(`a     ${undeclared} has no session on any side that is seen: `);
  });

  test('who is kept out and missing has one line', () => {
    const change = { evictions: [evictionOf('192.168.1.11')] };
    const told = lines(change).filter((line) => line.includes('192.168.1.11'));
    expect(told.filter((line) => line.startsWith('a     '))).toHaveLength(1);
  });

  test('of many that are kept out the first are named, and the others counted', () => {
    const evictions = Array.from({ length: 50 }, (_, index) => evictionOf(`192.168.9.${String(index)}`));
    const told = lines({ evictions }, leafs);
    expect(told.filter((line) => line.includes('has no session on any side'))).toHaveLength(20);
    expect(told).toContain('a     30 more are kept out; "mesh-agent evictions list" of its route servers names all');
  });

  const pendingOf = (clientCount: number, kind = 'neighbor-changed') => ({
    change: { kind, group: 'leafs', subject: '192.168.1.11', resets: 'neighbor' },
    ...{ clients: ['192.168.1.11'], clientCount, since: at, until: '2026-11-22T10:02:00.000Z' },
  });
  const hold = { id: '1', until: '2026-11-22T10:02:00.000Z', waitsFor: [], for: ['settings'] };

  test('settings that wait are told of with whose sessions they would end, and the side is not good', () => {
    const { settings, engine } = agentStatus('a', 'new', leafs) as { settings: object; engine: object };
    const change = {
      settings: { ...settings, pending: [pendingOf(1), pendingOf(3, 'bored')], pendingCount: 14 },
      // As the agent says while anything waits.
      engine: { ...engine, isApplied: false },
      hold: { ...hold, missing: { clients: ['192.168.1.11'], clientCount: 3, why: 'They have no session.' } },
    };
    const status = statusOf(topologyWith(), [pod('a', leafs, change), pod('b', leafs)]);
    expect(isGood(status)).toBe(false);
    expect(formatClusterStatus(status).split('\n')).toEqual(
      expect.arrayContaining([
        'a     routeserver-a-0 waits with changes of its settings that end sessions, until their clients have another one, and until 2026-11-22T10:02:00.000Z at the latest',
        'a     routeserver-a-0 has not applied a change of its settings (neighbor-changed 192.168.1.11 of leafs), and does at 2026-11-22T10:02:00.000Z at the latest: it would end the session of 1 client: 192.168.1.11',
        'a     routeserver-a-0 has not applied a change of its settings (unknown 192.168.1.11 of leafs), and does at 2026-11-22T10:02:00.000Z at the latest: it would end the sessions of 3 clients: 192.168.1.11, and 2 more',
        'a     routeserver-a-0 has 12 more changes of its settings that wait',
        'a     routeserver-a-0 keeps sessions of clients before it applies its settings, until 2026-11-22T10:02:00.000Z at the latest. They have no session. Waited for: 192.168.1.11, and 2 more',
      ]),
    );
  });

  test.each([
    [{ ...hold, for: ['drain'] }, 'before it drains, until 2026-11-22T10:02:00.000Z at the latest. It has not looked'],
    [{ ...hold, for: [], missing: { clients: [], clientCount: 0, why: 'Another goes first.' } }, ', until '],
  ])('a hold of which less is known is told of, too: %j', (told, start) => {
    expect(lines({ hold: told }, leafs).join('\n')).toContain(
      `routeserver-a-0 keeps sessions of clients${start.startsWith(',') ? '' : ' '}${start}`,
    );
  });

  test('of many clients that an unreadable agent may have, one line tells', () => {
    const many = Array.from({ length: 300 }, (_, index) => `192.168.7.${String(index % 256)}`);
    const sessions = [...new Set(many)].map((address) => ({ name: `x${address}`, address }));
    const failure = { code: 'x', operation: 'read', message: 'bgpd is busy', retryable: true, causes: [] };
    const text = formatClusterStatus(
      statusOf(topologyWith(), [pod('a', [], { sessions: { kind: 'unreadable', failure } }), pod('b', sessions)]),
    );
    expect(text).toMatch(/^a {5}256 clients of side b may have no session on this side, .*and 246 more$/m);
    expect(text.match(/x192\.168\.7\.200/g)).toBeNull();
  });

  test('a side alone in its cluster has a gate of which nothing is known', () => {
    const status = statusOf(topologyWith(), [pod('a', leafs)], ['a']);
    expect(isGood(status)).toBe(true);
    expect(formatClusterStatus(status)).toContain('a       unknown  the other sides are in another cluster');
  });
});

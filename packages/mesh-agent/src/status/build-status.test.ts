import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nothingRemembered } from '@meshrs/gate';
import { address, asn } from '@meshrs/network/test-data';
import { parseAgentStatus } from '@meshrs/contract/status';
import { buildStatus, type StatusInputs } from './build-status.ts';

const peer = address('192.0.2.1');
const leaf = address('192.168.1.11');
const failure = {
  code: 'engine-lost',
  operation: 'apply',
  message: 'The connection to bgpd ended.',
  retryable: true,
  causes: ['read ECONNRESET'],
};
const session = {
  establishedCount: 0,
  droppedCount: 0,
  receivedMessages: 0,
  receivedPrefixes: 0,
  sentPrefixes: 0,
  endOfRib: { received: false, sent: false },
};

/** A moment at which everything that can be told is told. */
const full: StatusInputs = {
  agent: {
    version: '0.1.0',
    pod: 'rs-a-0',
    podRevision: '77aa',
    address: address('10.0.0.1'),
    routerId: address('192.0.2.101'),
    logLevel: 'info',
    startedAtMs: 1000,
  },
  clock: { monotonicMs: () => 62_500, wallMs: (at) => at },
  turn: {
    turn: {
      ...{ state: 'open', open: 'b', by: 'alice', reason: 'routeserver-b-0 hangs', nodes: [] },
      until: '2026-11-22T13:00:00Z',
    },
    interlock: 'enforced',
    msLeft: -1500,
    atMs: 0,
  },
  hold: {
    now: {
      id: 'settings-20000',
      untilMs: 140_000,
      for: ['settings'],
      waitsFor: [{ routerId: address('192.0.2.102'), id: 'drain-19000' }],
      verdict: {
        kind: 'wait',
        waitsFor: [{ routerId: address('192.0.2.102'), id: 'drain-19000' }],
        missing: [{ address: leaf, routeServer: 'here', reason: { kind: 'no-session' } }],
        more: new Map([['no-session', 3]]),
        unreadable: [],
        clientCount: 9,
        memory: nothingRemembered,
      },
    },
    last: { atMs: 50_000, for: 'drain', outcome: 'time-over', missing: [leaf], missingCount: 1, unknownCount: 0 },
    pending: [
      {
        key: 'x',
        change: { kind: 'group-changed', group: 'MESHRR-CLIENTS', resets: 'group' },
        clients: [leaf],
        sinceMs: 20_000,
        untilMs: 140_000,
      },
    ],
  },
  settings: {
    file: '/opt/meshrr/conf/meshrr.conf.yml',
    revision: '9b31',
    readAtMs: 1000,
    warnings: {
      issues: [
        {
          severity: 'warning',
          code: 'any-address',
          file: '/opt/meshrr/conf/meshrr.conf.yml',
          line: 9,
          column: 7,
          path: ['bgpgroups', 1, 'prefixes', 0],
          message: '0.0.0.0/0 lets anybody open a session.',
          seen: '0.0.0.0/0',
          hint: 'optional: name those prefixes',
        },
      ],
      issueCount: 1,
    },
    refused: {
      revision: '5f2c',
      atMs: 30_000,
      issues: [
        {
          severity: 'error',
          code: 'wrong-type',
          file: '/opt/meshrr/conf/meshrr.conf.yml',
          line: 3,
          column: 12,
          path: ['bgpgroups', 0],
          message: 'Expected a mapping, found a string.',
          seen: 'none',
          allowed: 'a mapping',
          hint: 'write a mapping',
        },
      ],
      issueCount: 300,
    },
    failure: { ...failure, code: 'file-not-readable', operation: 'read the settings' },
  },
  fleet: { revision: '77bb' },
  engine: 'frr',
  link: { isConnected: true, sinceMs: 1500, restartCount: 1 },
  reconciler: {
    desired: [
      {
        name: 'MESHRR-CORE',
        peers: [peer],
        leftOut: [
          { address: address('10.0.0.1'), reason: 'own-address' },
          { address: leaf, reason: 'declared-client' },
        ],
      },
    ],
    observed: { 'MESHRR-CORE': [peer] },
    appliedAtMs: 2000,
    lastApply: {
      atMs: 60_000,
      revision: '9b31',
      applied: {
        milliseconds: 2.5,
        commandCount: 3,
        changes: [
          { kind: 'neighbor-added', group: 'MESHRR-CORE', subject: '192.0.2.1', resets: 'none' },
          { kind: 'global-changed', resets: 'all' },
        ],
      },
    },
    failure,
  },
  lastPeerChange: {
    atMs: 60_000,
    changes: [
      { kind: 'remove', group: 'MESHRR-CORE', address: address('192.0.2.9'), reason: 'no-longer-published' },
      { kind: 'add', group: 'MESHRR-CORE', address: peer, reason: 'published' },
    ],
  },
  observed: {
    kind: 'read',
    ageMs: 250,
    observation: {
      version: '10.7.1',
      sessions: [
        {
          ...session,
          address: peer,
          group: 'MESHRR-CORE',
          kind: 'mesh',
          state: 'active',
          remoteAsn: asn(65000),
          lastResetReason: 'Waiting for NHT',
        },
        {
          address: leaf,
          group: 'MESHRR-CLIENTS',
          kind: 'declared-client',
          name: 'dc1-leaf1',
          state: 'established',
          remoteAsn: asn(65001),
          remoteRouterId: leaf,
          uptimeSeconds: 55,
          establishedCount: 2,
          droppedCount: 1,
          receivedMessages: 70,
          receivedPrefixes: 8,
          sentPrefixes: 32,
          endOfRib: { received: true, sent: true },
          lastResetReason: 'Hold timer expired',
        },
        { ...session, address: address('192.168.1.12'), kind: 'range-client', group: 'MESHRR-CLIENTS', state: 'idle' },
        { ...session, address: address('198.51.100.7'), kind: 'evicted', state: 'shutdown' },
        { ...session, address: address('2001:db8::7'), kind: 'unknown', state: 'open-sent' },
      ],
      passedOver: [{ neighbor: 'eth0', why: 'it has no address', state: 'idle' }],
      drain: 'graceful-shutdown',
      unknownLines: ['bgp bestpath as-path multipath-relax'],
      notUnderstood: ['neighbor "eth0" is no address'],
      outstanding: [],
      drifted: [],
    },
  },
  groups: [
    {
      group: 'MESHRR-CORE',
      sourcetype: 'kubernetes',
      source: 'EndpointSlices of meshrr/meshrr-core',
      published: [peer],
      hasAnswered: true,
      doubt: { kind: 'many-leaving', leaving: [peer] },
      doubtSinceMs: 61_000,
      lastLookMs: 62_000,
      lastAnswerMs: 61_500,
      notUnderstood: ['"rs.example" is no address'],
      notUnderstoodCount: 1,
    },
  ],
  readiness: {
    isReady: false,
    hasConverged: false,
    sinceMs: 1000,
    reasons: [
      { kind: 'peers-not-known', groups: ['MESHRR-CORE'] },
      { kind: 'mesh-not-converged', peers: ['192.0.2.1'] },
      { kind: 'clients-not-back', clients: ['192.168.1.12'] },
      { kind: 'engine-gone' },
      { kind: 'clients-lost', clients: ['192.168.1.14'], secondsLeft: 590, message: 'Another side alone has these.' },
    ],
  },
  lostClients: [
    { address: address('192.168.1.13'), sinceMs: 62_000, phase: 'moment-ago' },
    { address: address('192.168.1.14'), sinceMs: 42_500, phase: 'unready' },
    { address: address('192.168.1.15'), sinceMs: 2000, phase: 'over' },
  ],
  drain: {
    phase: 'graceful-shutdown',
    request: { cause: 'command', by: 'alice', atMs: 62_000 },
    isSent: true,
    untilMs: 72_000,
  },
  held: [
    { address: address('192.168.1.7'), group: 'MESHRR-CLIENTS', name: 'dc1-leaf7', maximumPrefixes: 50, sinceMs: 1000 },
  ],
  evictions: [
    {
      address: address('198.51.100.7'),
      group: 'MESHRR-CLIENTS',
      remoteAsn: asn(64999),
      remoteRouterId: address('198.51.100.7'),
      reason: 'as-not-allowed',
      count: 2,
      since: 30_000,
      until: 150_000,
    },
    { address: address('198.51.100.8'), reason: 'taken-over', count: 1, since: 30_000, until: 90_000 },
  ],
  pins: [
    {
      address: address('192.168.1.12'),
      group: 'MESHRR-CLIENTS',
      sinceMs: 20_000,
      closedAtMs: 50_000,
      closedCount: 1,
      isLeaving: false,
      standing: 'held',
    },
  ],
};

/** A moment at which nothing is known but what every agent knows. */
const bare: StatusInputs = {
  agent: {
    version: '0.1.0',
    pod: 'rs-a-0',
    address: address('10.0.0.1'),
    routerId: address('192.0.2.101'),
    logLevel: 'info',
    startedAtMs: 1000,
  },
  clock: { monotonicMs: () => 1001, wallMs: (at) => at },
  turn: undefined,
  hold: { now: undefined, last: undefined, pending: [] },
  settings: {
    file: '/opt/meshrr/conf/meshrr.conf.yml',
    revision: '9b31',
    readAtMs: 1000,
  },
  fleet: undefined,
  engine: 'frr',
  link: { isConnected: false, sinceMs: 1000, restartCount: 0 },
  reconciler: { desired: [], observed: {}, appliedAtMs: undefined, failure: undefined },
  lastPeerChange: undefined,
  observed: {
    kind: 'unreadable',
    failure: { ...failure, code: 'engine-not-connected', operation: 'read the sessions', causes: [] },
  },
  groups: [
    {
      group: 'MESHRR-CORE',
      sourcetype: 'dns',
      source: 'A and AAAA of mesh',
      published: [],
      hasAnswered: false,
      notUnderstood: [],
      notUnderstoodCount: 0,
    },
  ],
  readiness: { isReady: false, hasConverged: false, sinceMs: 1000, reasons: [{ kind: 'settings-not-applied' }] },
  lostClients: undefined,
  drain: { phase: 'serving' },
  held: [],
  evictions: [],
  pins: [],
};

describe('GET /status', () => {
  it('has no more of a list than a reader takes in, and tells how long it is', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `192.0.2.${String(index)}`);
    const { lastApply } = full.reconciler;
    if (full.observed.kind !== 'read' || !lastApply) return expect.unreachable();
    const change = { kind: 'neighbor-added', group: 'MESHRR-CORE', subject: '192.0.2.1', resets: 'none' } as const;
    const status = buildStatus({
      ...full,
      observed: {
        ...full.observed,
        observation: { ...full.observed.observation, unknownLines: many(101).map((line) => line.padEnd(4000, 'x')) },
      },
      reconciler: {
        ...full.reconciler,
        lastApply: {
          ...lastApply,
          applied: { ...lastApply.applied, changes: Array.from({ length: 5000 }, () => change) },
        },
      },
      readiness: {
        ...full.readiness,
        reasons: [
          { kind: 'mesh-not-converged', peers: many(150) },
          { kind: 'clients-not-back', clients: many(100) },
        ],
      },
    });
    expect(status.engine.unknownLines).toHaveLength(100);
    expect(status.engine.unknownLines?.[0]).toHaveLength(512);
    expect(status.engine.unknownLineCount).toBe(101);
    expect(status.engine.lastApply?.changes).toHaveLength(100);
    expect(status.engine.lastApply?.changeCount).toBe(5000);
    expect(status.readiness.reasons).toEqual([
      { kind: 'mesh-not-converged', peers: many(100), count: 150 },
      { kind: 'clients-not-back', clients: many(100), count: 100 },
    ]);
  });

  it.each([
    ['full', full],
    ['bare', bare],
  ])('is the JSON that it always was, key by key in their order: %s', (name, inputs) => {
    const golden: unknown = JSON.parse(
      readFileSync(path.join(import.meta.dirname, `../../test/status/${name}.json`), 'utf8'),
    );
    // As text: the order of keys counts.
    expect(JSON.stringify(buildStatus(inputs))).toBe(JSON.stringify(golden));
    // What is written is read whole.
    expect(parseAgentStatus(golden)).toEqual(golden);
  });
});

describe('engine.isApplied, on which the gate between the sides depends,', () => {
  const applied: StatusInputs = {
    ...full,
    hold: { now: undefined, last: undefined, pending: [] },
    reconciler: { ...full.reconciler, failure: undefined },
  };
  const outstanding = { kind: 'neighbor-added', group: 'MESHRR-CORE', subject: peer, resets: 'none' } as const;
  const isApplied = (inputs: StatusInputs) => buildStatus(inputs).engine.isApplied;

  it('holds when the engine took the settings in force, and nothing of them is outstanding', () => {
    expect(isApplied(applied)).toBe(true);
  });

  it.each<[string, Partial<StatusInputs>]>([
    ['before the first apply', { reconciler: { ...applied.reconciler, appliedAtMs: undefined } }],
    [
      'when other settings were applied last',
      { reconciler: { ...applied.reconciler, lastApply: { ...lastApply(full), revision: '5f2c' } } },
    ],
    ['when newer settings are in force', { settings: { ...full.settings, revision: '5f2c' } }],
    ['when a part of them waits, because it would end sessions', { hold: full.hold }],
    ['when nothing tells what was applied', { reconciler: withoutLastApply(full) }],
    ['when an operation of the engine failed', { reconciler: { ...applied.reconciler, failure } }],
    [
      'when the engine is lost',
      { link: { isConnected: false, sinceMs: 62_000, restartCount: 1, failure: { ...failure, operation: 'read' } } },
    ],
    ['when the engine does not say what it has', { observed: { kind: 'unreadable', failure } }],
    [
      'when what the engine had is known, and not what it has',
      { observed: { kind: 'stale', ageMs: 6000, observation: observationOf(full), failure } },
    ],
    [
      'when the engine has changes outstanding',
      { observed: { kind: 'read', ageMs: 0, observation: { ...observationOf(full), outstanding: [outstanding] } } },
    ],
  ])('does not hold %s', (_case, change) => {
    expect(isApplied({ ...applied, ...change })).toBe(false);
  });

  it('does not suffer from a failure of a connection that is there again', () => {
    const link = { isConnected: true, sinceMs: 62_000, restartCount: 1, failure };
    expect(isApplied({ ...applied, link })).toBe(true);
    expect(buildStatus({ ...applied, link }).engine.failure).toBeUndefined();
  });

  it('tells why the engine refused rather than that it was lost then', () => {
    const lost = { isConnected: false, sinceMs: 62_000, restartCount: 1, failure: { ...failure, code: 'other' } };
    expect(buildStatus({ ...full, link: lost }).engine.failure).toBe(failure);
    expect(buildStatus({ ...applied, link: lost }).engine.failure).toBe(lost.failure);
  });
});

describe('sessions', () => {
  const toldBy = (change: Partial<StatusInputs>) => buildStatus({ ...full, ...change });
  const link = { isConnected: false, sinceMs: 62_000, restartCount: 1 };
  const other = { ...failure, message: 'The engine has not answered for 1.0 s.' };

  it('are those that were read, with their age; none is a list without any', () => {
    const observation = { ...observationOf(full), sessions: [] };
    const without = { ...observation };
    Reflect.deleteProperty(without, 'passedOver');
    expect(toldBy({ observed: { kind: 'read', ageMs: 12, observation } }).sessions).toEqual({
      kind: 'read',
      ageMs: 12,
      list: [],
      passedOver: [{ neighbor: 'eth0', why: 'it has no address', state: 'idle' }],
    });
    expect(toldBy({ observed: { kind: 'read', ageMs: 12, observation: without } }).sessions).toEqual({
      kind: 'read',
      ageMs: 12,
      list: [],
      passedOver: [],
    });
  });

  it('are stale where the engine has not said since what it has, and why', () => {
    const observation = observationOf(full);
    const status = toldBy({ observed: { kind: 'stale', ageMs: 6000, observation, failure: other } });
    expect(status.sessions).toMatchObject({ kind: 'stale', ageMs: 6000, failure: other });
    expect(status.engine).not.toHaveProperty('unknownLines');
    expect(status.engine).not.toHaveProperty('version');
  });

  it('are not readable where the engine does not say what it has, with the reason of the link where it is lost', () => {
    const observed = { kind: 'unreadable', failure: other } as const;
    expect(toldBy({ observed }).sessions).toEqual(observed);
    expect(toldBy({ observed, link }).sessions).toEqual(observed);
    expect(toldBy({ observed, link: { ...link, failure } }).sessions).toEqual({ kind: 'unreadable', failure });
    expect(toldBy({ observed, link: { ...link, failure, isConnected: true } }).sessions).toEqual(observed);
  });
});

describe('groups[]', () => {
  const group = (change: Partial<StatusInputs>) => buildStatus({ ...full, ...change }).groups[0];

  it('observes nothing, and not nobody, while the engine does not say what it has', () => {
    expect(group({ observed: { kind: 'unreadable', failure } })).not.toHaveProperty('observed');
    const observation = observationOf(full);
    expect(group({ observed: { kind: 'stale', ageMs: 6000, observation, failure } })).not.toHaveProperty('observed');
    expect(
      group({ observed: { kind: 'read', ageMs: 0, observation: { ...observation, sessions: [] } } })?.observed,
    ).toEqual([]);
  });

  it.each([
    [true, false, true],
    [true, true, false],
    [false, false, false],
  ])('has a healthy source: answered %s, doubted %s: %s', (hasAnswered, isDoubted, isHealthy) => {
    const [health] = full.groups;
    if (!health) throw new Error('there is a group');
    const { doubt, ...sure } = health;
    const seen = { ...sure, hasAnswered, ...(isDoubted && doubt && { doubt }) };
    expect(group({ groups: [seen] })?.source.isHealthy).toBe(isHealthy);
  });
});

function lastApply({ reconciler }: StatusInputs) {
  if (!reconciler.lastApply) throw new Error('it was applied');
  return reconciler.lastApply;
}

function withoutLastApply({ reconciler: { desired, observed, appliedAtMs } }: StatusInputs) {
  return { desired, observed, appliedAtMs, failure: undefined };
}

function observationOf({ observed }: StatusInputs) {
  if (observed.kind !== 'read') throw new Error('it was observed');
  return observed.observation;
}

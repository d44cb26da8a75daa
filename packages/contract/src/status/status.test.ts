import { readFileSync } from 'node:fs';
import path from 'node:path';
import { address, asn } from '@meshrs/network/test-data';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { DoubtKind, DrainPhase } from '../index.ts';
import {
  parseAgentStatus,
  type AgentStatus,
  type BgpSession,
  type Doubt,
  type DrainState,
  type SeenSession,
  type ToldSessions,
} from './status.ts';
import { servingStatus } from './status.test-data.ts';

function sample(name: string): Sample {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, `../../test/status/${name}.json`), 'utf8')) as Sample;
}

interface Sample {
  readonly sessions: readonly object[];
}

/** What a reader has of an answer of format version 1 whose sessions were read. */
function asSeen(answer: Sample): object {
  return { ...answer, sessions: { kind: 'read', ageMs: 1000, list: answer.sessions, passedOver: [] } };
}

/** The same answer with another value at a path; `undefined` takes the key away. */
function changed(value: unknown, at: readonly (string | number)[], to: unknown): unknown {
  const [key, ...rest] = at;
  if (key === undefined) return to;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  const inner = changed(copy[key], rest, to);
  if (inner === undefined) Reflect.deleteProperty(copy, key);
  else copy[key] = inner;
  return copy;
}

describe('an answer of an older agent', () => {
  it('is read whole: the first agent, which knew no podRevision and no receivedMessages', () => {
    const answer = sample('first-agent');
    expect(parseAgentStatus(answer)).toEqual(asSeen(answer));
  });

  it('is read with the least that a reader of format version 1 ever asked for', () => {
    const answer = sample('least');
    expect(parseAgentStatus(answer)).toEqual(asSeen(answer));
  });

  it.each([
    [
      ['groups', 0, 'observed'],
      ['eth0', '10.42.0.1'],
    ],
    [['groups', 0, 'published'], ['eth0']],
    [['groups', 0, 'leftOut'], [{ address: 'eth0', reason: 'own-address' }]],
  ])('is read although what is only shown is odd: %j %j', (at, to) => {
    expect(() => parseAgentStatus(changed(sample('first-agent'), at, to))).not.toThrow();
  });

  it.each([
    [['pins']],
    [['agent', 'logLevel']],
    [['engine', 'notUnderstood']],
    [['engine', 'unknownLineCount']],
    [['settings', 'refused', 'issueCount']],
    [['readiness', 'reasons', 0, 'count']],
  ])('of format version 2 is read without %j, which came later', (at) => {
    const answer = {
      ...servingStatus,
      settings: {
        ...servingStatus.settings,
        refused: { revision: 'x', at: '2026-11-22T00:00:00Z', issues: [], issueCount: 0 },
      },
      readiness: {
        ...servingStatus.readiness,
        reasons: [{ kind: 'clients-not-back', clients: ['192.0.2.1'], count: 1 }],
      },
    };
    expect(parseAgentStatus(answer)).toEqual(answer);
    const older = changed(answer, at, undefined);
    expect(parseAgentStatus(older)).toEqual(older);
  });

  it.each([
    [['formatVersion'], 3],
    [['formatVersion'], '1'],
    [['formatVersion'], undefined],
    [['settings', 'revision'], undefined],
    [['engine', 'isConnected'], 'yes'],
    [['engine', 'failure'], {}],
    [['settings', 'failure'], { code: 'x', operation: 'x', message: 'x', retryable: 'no', causes: [] }],
    [['settings', 'refused'], {}],
    [['readiness', 'isReady'], undefined],
    [['drain', 'phase'], undefined],
    [['sessions'], undefined],
    [['sessions'], null],
    [['sessions'], { kind: 'read', ageMs: 0, list: [], passedOver: [] }],
    [['engine', 'restartCount'], -1],
    [['evictions', 0, 'until'], 'soon'],
  ])('is refused where a reader would go wrong: %j %j', (at, to) => {
    expect(() => parseAgentStatus(changed(sample('least'), at, to))).toThrow(String(at[0]));
  });

  describe('which could not tell that its sessions were not read', () => {
    const none = { ...sample('first-agent'), sessions: [] };

    it('has none only where it has applied its settings, which it tells by the same look', () => {
      expect(parseAgentStatus(none)).toMatchObject({ sessions: { kind: 'read', list: [] } });
    });

    it.each([
      ['what runs is not known to be what its settings say', { isApplied: false }],
      ['it does not reach its engine', { isConnected: false }],
      ['neither', { isConnected: false, isApplied: false }],
    ])('is not known to have none where %s', (_, engine) => {
      const seen = parseAgentStatus(
        changed(none, ['engine'], { ...servingStatus.engine, ...engine, unknownLines: [] }),
      );
      expect(seen.sessions).toMatchObject({ kind: 'unreadable', failure: { code: 'sessions-not-told' } });
      expect(seen.groups.map((group) => 'observed' in group)).toEqual([false]);
      expect(seen.engine).not.toHaveProperty('unknownLines');
    });

    it('gives the failure of its engine as the reason, where it tells one', () => {
      const failure = { code: 'x', operation: 'read', message: 'bgpd is gone', retryable: true, causes: [] };
      const engine = { ...servingStatus.engine, isApplied: false, failure };
      expect(parseAgentStatus(changed(none, ['engine'], engine)).sessions).toEqual({ kind: 'unreadable', failure });
    });

    it('has had those that it lists, where it does not reach its engine any more', () => {
      const lost = changed(sample('first-agent'), ['engine', 'isConnected'], false);
      expect(parseAgentStatus(lost).sessions).toMatchObject({ kind: 'stale', list: [{ address: '192.168.1.11' }] });
    });
  });
});

describe('a session that is not as it should be', () => {
  const whole: SeenSession = {
    address: address('192.168.1.11'),
    kind: 'range-client',
    state: 'established',
    remoteAsn: asn(65101),
    uptimeSeconds: 5,
    establishedCount: 1,
    droppedCount: 0,
    receivedMessages: 7,
    receivedPrefixes: 8,
    sentPrefixes: 32,
    endOfRib: { received: true, sent: true },
  };
  const read = (list: unknown) => parseAgentStatus({ ...servingStatus, sessions: told(list) }).sessions;
  const told = (list: unknown) => ({ kind: 'read', ageMs: 5, list, passedOver: [] });

  it.each<[readonly (string | number)[], unknown]>([
    [['address'], 'eth0'],
    [['address'], '192.168.1.11/32'],
    [['address'], undefined],
    [['kind'], undefined],
    [['state'], 7],
    [['remoteAsn'], '65101'],
    [['remoteAsn'], 0.5],
    [['remoteAsn'], 0],
    [['remoteAsn'], 4294967296],
    [['remoteRouterId'], 'leaf1'],
    [['uptimeSeconds'], -5],
    [['uptimeSeconds'], '5'],
    [['establishedCount'], -1],
    [['droppedCount'], 0.5],
    [['receivedMessages'], '70'],
    [['receivedMessages'], -70],
    [['receivedPrefixes'], -8],
    [['receivedPrefixes'], 1e300],
    [['sentPrefixes'], null],
    [['endOfRib', 'received'], undefined],
  ])('is passed over by its name, and the others are read: %j %j', (at, to) => {
    const other = { ...whole, address: address('192.168.1.12') };
    const neighbor = at[0] !== 'address' ? '192.168.1.11' : typeof to === 'string' ? to : 'sessions.list[0]';
    const expected = {
      kind: 'read',
      ageMs: 5,
      list: [other],
      passedOver: [{ neighbor, why: expect.stringContaining(`${at.join('.')}: `) as unknown }],
    };
    expect(read([changed(whole, at, to), other])).toEqual(expected);
    const version1 = { ...servingStatus, formatVersion: 1, sessions: [changed(whole, at, to), other] };
    expect(parseAgentStatus(version1).sessions).toEqual({ ...expected, ageMs: 1000 });
  });

  it.each([[null], ['x'], [[]], [7]])('is passed over by its place where it is no object: %j', (entry) => {
    expect(read([whole, entry])).toMatchObject({ list: [whole], passedOver: [{ neighbor: 'sessions.list[1]' }] });
  });

  it('is shown in one line, with an end', () => {
    const [odd] = passedOverOf(read([{ ...whole, address: `e\n\u001b[31m${'x'.repeat(10_000)}` }]));
    expect(odd?.neighbor).toMatch(/^e\uFFFD\uFFFD\[31mx{0,60}…$/u);
    expect(odd?.why.length).toBeLessThanOrEqual(200);
  });

  it('stands beside the neighbors that the agent itself passed over', () => {
    const eth0 = { neighbor: 'eth0', why: 'it has no address', state: 'established' };
    const sessions = { ...told([{}]), passedOver: [eth0] };
    expect(passedOverOf(parseAgentStatus({ ...servingStatus, sessions }).sessions)).toEqual([
      eth0,
      { neighbor: 'sessions.list[0]', why: expect.any(String) as unknown },
    ]);
  });

  function passedOverOf(sessions: ReturnType<typeof parseAgentStatus>['sessions']) {
    return 'passedOver' in sessions ? sessions.passedOver : [];
  }
});

describe('the sessions', () => {
  it.each([
    [{ kind: 'read' }],
    [{ kind: 'read', ageMs: -1, list: [], passedOver: [] }],
    [{ kind: 'read', ageMs: 0, list: {}, passedOver: [] }],
    [{ kind: 'read', list: [], passedOver: [] }],
    [{ kind: 'stale', ageMs: 0, list: [], passedOver: [] }],
    [{ kind: 'unreadable' }],
    [{ kind: 'of-later', list: [] }],
  ])('are not known where what is told of them is not as it should be: %j', (sessions) => {
    expect(parseAgentStatus({ ...servingStatus, sessions }).sessions).toEqual({ kind: 'unknown' });
  });

  it('are unknown, whatever is told of them, and never none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const seen = outcomeOf({ ...servingStatus, sessions: value });
        expect(seen === 'refused' || seen === 'unknown').toBe(true);
      }),
    );
  });

  it('are those of the answer, or it is refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(outcomeOf(value)).toBe('refused');
      }),
    );
  });

  function outcomeOf(value: unknown): string {
    try {
      return parseAgentStatus(value).sessions.kind;
    } catch (thrown) {
      if (!(thrown instanceof z.ZodError)) throw thrown;
      return 'refused';
    }
  }
});

describe('an answer of a newer agent', () => {
  it.each([
    [['engine', 'kind'], 'other'],
    [['drain', 'phase'], 'other'],
    [['evictions', 0, 'reason'], 'other'],
    [['engine', 'lastApply', 'changes', 0, 'kind'], 'other'],
    [['engine', 'lastApply', 'changes', 0, 'resets'], 'other'],
    [['groups', 0, 'source', 'kind'], 'other'],
    [['groups', 0, 'leftOut', 0, 'reason'], 'other'],
    [['drain', 'cause'], 'other'],
    [['lastPeerChange', 'changes', 0, 'reason'], 'other'],
  ])('has "unknown" for a word that is not known here: %j', (at, word) => {
    const answer = sample('first-agent');
    const isPhase = at[1] === 'phase';
    expect(parseAgentStatus(changed(answer, at, word))).toEqual(
      isPhase ? { ...asSeen(answer), drain: { phase: 'unknown' } } : changed(asSeen(answer), at, 'unknown'),
    );
  });

  it.each([
    [['agent', 'logLevel'], 'trace'],
    [['pins', 0, 'standing'], 'other'],
  ])('has "unknown" for a word of what came later: %j', (at, word) => {
    const since = servingStatus.agent.now;
    const pin = { address: address('192.0.2.7'), group: 'G', standing: 'up', since, closedAt: since };
    const answer = { ...servingStatus, pins: [{ ...pin, closedCount: 0, isLeaving: false }] };
    expect(parseAgentStatus(changed(answer, at, word))).toEqual(changed(answer, at, 'unknown'));
  });

  it.each(['kind', 'state'])('has "unknown" for the %s of a session that is not known here', (key) => {
    const answer = sample('first-agent');
    expect(parseAgentStatus(changed(answer, ['sessions', 0, key], 'other'))).toEqual(
      changed(asSeen(answer), ['sessions', 'list', 0, key], 'unknown'),
    );
  });

  it.each([
    [
      ['readiness', 'reasons'],
      [{ kind: 'other' }, { kind: 'drained' }],
      [{ kind: 'unknown' }, { kind: 'drained' }],
    ],
    [['lastPeerChange', 'changes'], [{ kind: 'other', group: 'G' }], [{ kind: 'unknown' }]],
    [
      ['groups', 0, 'source', 'doubt'],
      { kind: 'other', since: '2026-11-10T08:30:00.000Z' },
      { kind: 'unknown', since: '2026-11-10T08:30:00.000Z' },
    ],
  ])('has "unknown" for a kind that is not known here: %j', (at, written, read) => {
    const answer = sample('first-agent');
    expect(parseAgentStatus(changed(answer, at, written))).toEqual(changed(asSeen(answer), at, read));
  });

  it.each([[['later']], [['agent', 'later']], [['sessions', 0, 'later']], [['sessions', 0, 'endOfRib', 'later']]])(
    'is read without a key that is not known here: %j',
    (at) => {
      const answer = sample('first-agent');
      expect(parseAgentStatus(changed(answer, at, 1))).toEqual(asSeen(answer));
    },
  );
});

describe('an answer of an agent of this version is read whole', () => {
  const at = '2026-11-22T00:00:00.000Z';
  const failure = { code: 'engine-lost', operation: 'read', message: 'It ended.', retryable: true, causes: ['EPIPE'] };
  const request = {
    cause: 'pre-stop',
    requestedBy: 'preStop of the engine',
    requestedAtMs: 1,
    requestedAt: '2026-11-22T13:15:13.000Z',
  } as const;
  const place = { group: 'MESHRR-CORE', address: '10.244.2.9' };
  const group = (doubt: Doubt) => ({
    name: 'MESHRR-CORE',
    source: { kind: 'dns', description: 'dns core', isHealthy: false, doubt: { ...doubt, since: at } },
    published: [],
    desired: [],
    leftOut: [],
    observed: [],
  });

  it.each<[string, object]>([
    ['engine gone', { readiness: { isReady: false, since: at, reasons: [{ kind: 'engine-gone' }] } }],
    ['settings not applied', { readiness: { isReady: false, since: at, reasons: [{ kind: 'settings-not-applied' }] } }],
    [
      'peers not known',
      { readiness: { isReady: false, since: at, reasons: [{ kind: 'peers-not-known', groups: ['G'] }] } },
    ],
    [
      'mesh not converged',
      { readiness: { isReady: false, since: at, reasons: [{ kind: 'mesh-not-converged', peers: ['10.0.0.1'] }] } },
    ],
    ['clients not known', { readiness: { isReady: false, since: at, reasons: [{ kind: 'clients-not-known' }] } }],
    [
      'clients not back',
      { readiness: { isReady: false, since: at, reasons: [{ kind: 'clients-not-back', clients: ['10.0.0.1'] }] } },
    ],
    [
      'clients lost',
      {
        readiness: {
          isReady: false,
          since: at,
          reasons: [{ kind: 'clients-lost', clients: ['10.0.0.1'], secondsLeft: 590, message: 'until they are back' }],
        },
        lostClients: [{ address: '10.0.0.1', since: at, phase: 'unready' }],
      },
    ],
    ['nobody lost', { lostClients: [] }],
    ['drained', { readiness: { isReady: false, since: at, reasons: [{ kind: 'drained' }] } }],
    ['announcing', { drain: { phase: 'graceful-shutdown', ...request, isSent: false, untilMs: 2 } }],
    [
      'holding',
      {
        drain: { phase: 'holding', ...request, wasAnnounced: true, untilMs: 2 },
        hold: {
          id: 'drain-1',
          until: at,
          waitsFor: [{ routerId: address('192.0.2.1'), id: 'drain-2' }],
          for: ['drain'],
        },
      },
    ],
    [
      'settings that wait',
      {
        settings: {
          ...servingStatus.settings,
          pending: [
            {
              change: { kind: 'group-changed', group: 'C', resets: 'group' },
              ...{ clients: [address('192.0.2.1')], clientCount: 2, since: at, until: at },
            },
          ],
          pendingCount: 1,
        },
        lastHold: { at, for: 'settings', outcome: 'time-over', clients: [], clientCount: 0 },
      },
    ],
    ['closing', { drain: { phase: 'closing', ...request, wasAnnounced: true, isSent: true, untilMs: 2 } }],
    ['taken back', { drain: { phase: 'undraining', ...request } }],
    ['drain done', { drain: { phase: 'drained', ...request, drainedAtMs: 2, outcome: 'incomplete' } }],
    ['source failed', { groups: [group({ kind: 'source-failed', code: 'dns-timeout', message: 'no answer' })] }],
    ['empty answer', { groups: [group({ kind: 'empty-answer' })] }],
    ['only itself', { groups: [group({ kind: 'only-self' })] }],
    [
      'peers added and removed',
      {
        lastPeerChange: {
          at,
          changes: [
            { kind: 'add', ...place, reason: 'published' },
            { kind: 'remove', ...place, reason: 'no-longer-published' },
          ],
        },
      },
    ],
    ['engine failed', { engine: { ...servingStatus.engine, failure } }],
    ['settings not readable', { settings: { ...servingStatus.settings, failure } }],
    ['sessions unreadable', { sessions: { kind: 'unreadable', failure } }],
    ['sessions of before', { sessions: { kind: 'stale', ageMs: 7000, list: [], passedOver: [], failure } }],
    [
      'a neighbor passed over',
      {
        sessions: {
          kind: 'read',
          ageMs: 12.5,
          list: [],
          passedOver: [{ neighbor: 'eth0', why: 'it has no address', state: 'idle' }],
        },
      },
    ],
    [
      'settings refused',
      { settings: { ...servingStatus.settings, refused: { revision: '5f2c', at, issues: [{ code: 'unquoted' }] } } },
    ],
  ])('%s', (_, change) => {
    const answer = { ...servingStatus, ...change };
    expect(parseAgentStatus(answer)).toEqual(answer);
  });
});

describe('the writer', () => {
  it('cannot forget a key that readers may miss, nor use a word of its own', () => {
    expectTypeOf<Omit<BgpSession, 'receivedMessages'>>().not.toExtend<BgpSession>();
    expectTypeOf<Omit<BgpSession, 'kind'> & { kind: 'other' }>().not.toExtend<BgpSession>();
    expectTypeOf<Omit<AgentStatus, 'evictions'>>().not.toExtend<AgentStatus>();
    expectTypeOf<{ phase: 'unknown' }>().not.toExtend<DrainState>();
    expectTypeOf<{ phase: 'drained' }>().not.toExtend<DrainState>();
    expectTypeOf<AgentStatus['sessions']>().toEqualTypeOf<ToldSessions>();
    expectTypeOf<{ kind: 'read'; ageMs: number; list: [] }>().not.toExtend<ToldSessions>();
    expectTypeOf<readonly BgpSession[]>().not.toExtend<ToldSessions>();
    expectTypeOf<{ kind: 'unknown' }>().not.toExtend<ToldSessions>();
  });

  it('has the words of the lists', () => {
    expectTypeOf<DrainState['phase']>().toEqualTypeOf<DrainPhase>();
    expectTypeOf<Doubt['kind']>().toEqualTypeOf<DoubtKind>();
  });

  it('is read as it writes', () => {
    expectTypeOf<AgentStatus>().toExtend<ReturnType<typeof parseAgentStatus>>();
    expect(parseAgentStatus(servingStatus)).toEqual(servingStatus);
  });
});

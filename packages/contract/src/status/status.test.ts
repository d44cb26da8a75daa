import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { DoubtKind, DrainPhase } from '../index.ts';
import { parseAgentStatus, type AgentStatus, type BgpSession, type Doubt, type DrainState } from './status.ts';
import { servingStatus } from './status.test-data.ts';

function sample(name: string): object {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, `../../test/status/${name}.json`), 'utf8')) as object;
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
    expect(parseAgentStatus(answer)).toEqual(answer);
  });

  it('is read with the least that a reader of format version 1 ever asked for', () => {
    const answer = sample('least');
    expect(parseAgentStatus(answer)).toEqual(answer);
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
    [['formatVersion'], 2],
    [['formatVersion'], undefined],
    [['settings', 'revision'], undefined],
    [['engine', 'isConnected'], 'yes'],
    [['engine', 'failure'], {}],
    [['settings', 'failure'], { code: 'x', operation: 'x', message: 'x', retryable: 'no', causes: [] }],
    [['settings', 'refused'], {}],
    [['sessions', 0, 'remoteAsn'], '65101'],
    [['sessions', 0, 'remoteAsn'], 0.5],
    [['readiness', 'isReady'], undefined],
    [['drain', 'phase'], undefined],
    [['sessions'], undefined],
    [['sessions', 0, 'address'], 'leaf1'],
    [['sessions', 0, 'kind'], undefined],
    [['sessions', 0, 'state'], 7],
    [['sessions', 0, 'remoteAsn'], 4294967296],
    [['sessions', 0, 'receivedMessages'], '70'],
    [['sessions', 0, 'endOfRib', 'received'], undefined],
    [['evictions', 0, 'until'], 'soon'],
  ])('is refused where a reader would go wrong: %j %j', (at, to) => {
    expect(() => parseAgentStatus(changed(sample('least'), at, to))).toThrow(String(at[0]));
  });
});

describe('an answer of a newer agent', () => {
  it.each([
    [['sessions', 0, 'kind'], 'other'],
    [['sessions', 0, 'state'], 'other'],
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
      isPhase ? { ...answer, drain: { phase: 'unknown' } } : changed(answer, at, 'unknown'),
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
    expect(parseAgentStatus(changed(answer, at, written))).toEqual(changed(answer, at, read));
  });

  it.each([[['later']], [['agent', 'later']], [['sessions', 0, 'later']], [['sessions', 0, 'endOfRib', 'later']]])(
    'is read without a key that is not known here: %j',
    (at) => {
      const answer = sample('first-agent');
      expect(parseAgentStatus(changed(answer, at, 1))).toEqual(answer);
    },
  );
});

describe('an answer of an agent of this version is read whole', () => {
  const at = '2026-11-22T00:00:00.000Z';
  const failure = { code: 'engine-lost', operation: 'read', message: 'It ended.', retryable: true, causes: ['EPIPE'] };
  const request = { cause: 'pre-stop', requestedBy: 'preStop of the engine', requestedAtMs: 1 } as const;
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
    ['drained', { readiness: { isReady: false, since: at, reasons: [{ kind: 'drained' }] } }],
    ['announcing', { drain: { phase: 'graceful-shutdown', ...request, isSent: false, untilMs: 2 } }],
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
    expectTypeOf<BgpSession>().toExtend<AgentStatus['sessions'][number]>();
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

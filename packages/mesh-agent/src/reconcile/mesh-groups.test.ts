import { readSettings, type MeshGroupSettings } from '@meshrs/contract';
import type { PeersByGroup, SourceReading } from '@meshrs/mesh';
import { noPeerRule } from '@meshrs/mesh';
import { isPossiblePeer } from '@meshrs/network';
import { address } from '@meshrs/network/test-data';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settingsText } from '../../test/settings-text.ts';
import { createLog } from '../log/log.ts';
import { createMeshGroups } from './mesh-groups.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const self = address('192.0.2.200');
const peers = (...hosts: readonly number[]) => hosts.map((host) => address(`192.0.2.${String(host)}`));
const named = (...hosts: readonly number[]): SourceReading => ({
  kind: 'answer',
  addresses: [...peers(...hosts), self],
  isCertain: false,
});
function group(hostname: string, change: Partial<MeshGroupSettings> = {}): MeshGroupSettings {
  const read = readSettings('meshrr.conf.yml', settingsText({ source: `{sourcetype: dns, hostname: ${hostname}}` }));
  const mesh = read.ok ? read.value.bgpgroups.find((each) => each.type === 'mesh') : undefined;
  if (!mesh) throw new Error('these settings have a mesh');
  return { ...mesh, name: 'CORE', maximumLeavingPercent: 50, ...change };
}

/** Sources that look when the test says so. */
function start() {
  const sources: {
    readonly hostname: string;
    isStopped: () => boolean;
    look: (look: SourceReading) => void;
    break: (error: Error) => void;
    runs: number;
    looksAgain: number;
  }[] = [];
  const lines: { readonly event: string }[] = [];
  let changes = 0;
  const looks: string[] = [];
  let configured: PeersByGroup = {};
  const groups = createMeshGroups({
    startSource: (settings) => {
      if (settings.sourcetype !== 'dns') throw new Error('this test has DNS alone');
      const source: (typeof sources)[number] = {
        hostname: settings.hostname,
        isStopped: () => false,
        look: () => undefined,
        break: () => undefined,
        runs: 0,
        looksAgain: 0,
      };
      sources.push(source);
      return {
        description: `dns ${settings.hostname}`,
        lookAgain: () => {
          source.looksAgain += 1;
        },
        run: (onLook, signal) =>
          new Promise((_resolve, reject) => {
            source.runs += 1;
            source.look = onLook;
            source.isStopped = () => signal.aborted;
            source.break = reject;
          }),
      };
    },
    own: () => [self],
    whyNoPeer: noPeerRule([], { isPossiblePeer, own: self, isClient: () => false }),
    configured: () => configured,
    log: createLog({ write: (line) => lines.push(JSON.parse(line) as { event: string }), secrets: [], base: {} }),
    now: Date.now,
    secondLookMs: 5000,
    onChange: () => {
      changes += 1;
    },
    onLook: (_name, result) => looks.push(result),
  });
  const source = (number: number) => {
    const found = sources[number];
    if (!found) throw new Error(`no source ${String(number)} was started`);
    return found;
  };
  const published = () => Object.fromEntries(groups.published().map((each) => [each.name, each.published]));
  return {
    groups,
    /** The engine has these peers. */
    seed: (peersOfEngine: PeersByGroup) => {
      configured = peersOfEngine;
      groups.seed();
    },
    engineHas: (peersOfEngine: PeersByGroup) => {
      configured = peersOfEngine;
    },
    sources,
    source,
    published,
    looks,
    events: () => lines.map(({ event }) => event),
    changes: () => changes,
  };
}

const failed: SourceReading = { kind: 'failure', code: 'dns-timeout', message: 'no answer' };

describe('mesh groups that are renamed', () => {
  it('keep their peers while the source fails', () => {
    const { groups, seed, source, published } = start();
    groups.configure([group('one')]);
    seed({});
    source(0).look(named(1, 2, 3));
    groups.configure([group('one', { name: 'CORE-2' })]);
    source(1).look(failed);
    expect(published()).toEqual({ 'CORE-2': peers(1, 2, 3) });
    // What the source has said counts on: who is missed leaves at a second look, as ever.
    source(1).look(named(1, 2));
    expect(published()).toEqual({ 'CORE-2': peers(1, 2, 3) });
    vi.advanceTimersByTime(5001);
    source(1).look(named(1, 2));
    expect(published()).toEqual({ 'CORE-2': peers(1, 2) });
  });

  it('and get another source with that, begin with whom the engine has of a group that is nobody else’s', () => {
    const { groups, seed, engineHas, source, published } = start();
    groups.configure([group('one'), group('other', { name: 'OTHER' })]);
    seed({});
    source(0).look(named(1, 2));
    source(1).look(named(8));
    engineHas({ CORE: peers(1, 2), OTHER: peers(8) });
    groups.configure([group('two', { name: 'CORE-2' }), group('other', { name: 'OTHER' })]);
    source(2).look(failed);
    expect(published()).toEqual({ 'CORE-2': peers(1, 2), OTHER: peers(8) });
  });

  it('are none where two come: nobody knows which is the new name of the one that goes', () => {
    const { groups, seed, engineHas, source, published } = start();
    groups.configure([group('one')]);
    seed({});
    source(0).look(named(1, 2));
    engineHas({ CORE: peers(1, 2) });
    groups.configure([group('two', { name: 'X' }), group('three', { name: 'Y' })]);
    source(1).look(failed);
    source(2).look(named(8));
    expect(published()).toEqual({ X: [], Y: peers(8) });
  });

  it('while the agent starts anew, have whom the engine has', () => {
    const { groups, seed, source, published } = start();
    groups.configure([group('one', { name: 'CORE-2' }), group('other', { name: 'OTHER' })]);
    source(0).look(failed);
    seed({ CORE: peers(1, 2, 3), OTHER: peers(8) });
    expect(published()).toEqual({ 'CORE-2': peers(1, 2, 3), OTHER: peers(8) });
  });

  it('before the engine is met, keep the look that waits for it', () => {
    const { groups, seed, published } = start();
    groups.configure([group('one')]);
    groups.configure([group('one', { name: 'CORE-2' })]);
    seed({ CORE: peers(1) });
    expect(published()).toEqual({ 'CORE-2': peers(1) });
  });

  it('are no new ones: a group that is added beside those that stay begins with nobody', () => {
    const { groups, seed, source, published } = start();
    groups.configure([group('one')]);
    seed({ CORE: peers(1, 2) });
    groups.configure([group('one'), group('two', { name: 'MORE' })]);
    source(1).look(failed);
    expect(published()).toEqual({ CORE: peers(1, 2), MORE: [] });
  });
});

describe('mesh groups', () => {
  it('keep the last good set of a group that gets another source, until that one has answered', () => {
    const { groups, seed, sources, source, published } = start();
    seed({});
    groups.configure([group('old')]);
    source(0).look(named(1, 2, 3));
    expect(published()).toEqual({ CORE: peers(1, 2, 3) });
    groups.configure([group('new')]);
    expect(sources.map(({ hostname, isStopped }) => [hostname, isStopped()])).toEqual([
      ['old', true],
      ['new', false],
    ]);
    expect(published()).toEqual({ CORE: peers(1, 2, 3) });
    source(1).look({ kind: 'failure', code: 'dns-timeout', message: 'no server answered' });
    expect(published()).toEqual({ CORE: peers(1, 2, 3) });
    source(1).look({ kind: 'answer', addresses: [], isCertain: false });
    expect(published()).toEqual({ CORE: peers(1, 2, 3) });
    source(1).look(named(1, 2, 4));
    expect(published()).toEqual({ CORE: peers(1, 2, 3, 4) });
    vi.setSystemTime(1_005_000);
    source(1).look(named(1, 2, 4));
    expect(published()).toEqual({ CORE: peers(1, 2, 4) });
  });

  it('hear nothing any more of a source that was replaced, or of a group that is gone', () => {
    const { groups, seed, source, published, looks } = start();
    seed({});
    groups.configure([group('old'), group('other', { name: 'OTHER' })]);
    source(0).look(named(1));
    source(1).look(named(2));
    groups.configure([group('new')]);
    expect(published()).toEqual({ CORE: peers(1) });
    const before = looks.length;
    source(0).look(named(7));
    source(1).look(named(8));
    expect(published()).toEqual({ CORE: peers(1) });
    expect(looks).toHaveLength(before);
    expect([source(0).isStopped(), source(1).isStopped()]).toEqual([true, true]);
  });

  it('keep a source whose group changes otherwise', () => {
    const { groups, seed, sources, published } = start();
    seed({ CORE: peers(1) });
    groups.configure([group('core')]);
    groups.configure([group('core', { max_peers: 1, maximumLeavingPercent: 10 })]);
    expect(sources).toHaveLength(1);
    expect(groups.published()).toMatchObject([{ name: 'CORE', published: peers(1), maximumPeers: 1 }]);
    expect(published()).toEqual({ CORE: peers(1) });
  });

  it('begin with what the engine had, and hold a reading against it that came before', () => {
    const { groups, seed, source, published, changes } = start();
    groups.configure([group('core')]);
    expect(groups.published()).toMatchObject([{ name: 'CORE', published: [] }]);
    source(0).look({ kind: 'answer', addresses: [], isCertain: false });
    expect(published()).toEqual({ CORE: [] });
    const before = changes();
    seed({ CORE: peers(1, 2) });
    expect(published()).toEqual({ CORE: peers(1, 2) });
    expect(groups.health()).toMatchObject([{ hasAnswered: false, doubt: { kind: 'empty-answer' } }]);
    expect(changes()).toBeGreaterThan(before);
    // The engine is met once: what it has later is what it was given.
    seed({ CORE: peers(9) });
    expect(published()).toEqual({ CORE: peers(1, 2) });
  });

  it('take of looks from before the meeting the last one', () => {
    const { groups, seed, source, published } = start();
    groups.configure([group('core')]);
    source(0).look(named(1));
    source(0).look(named(2));
    seed({});
    expect(published()).toEqual({ CORE: peers(2) });
  });

  it('say before the meeting how their sources do, with the reason', () => {
    const { groups, seed, source } = start();
    groups.configure([group('one')]);
    expect(groups.health()).toMatchObject([{ hasAnswered: false, published: [] }]);
    expect(groups.health()[0]).not.toHaveProperty('doubt');
    source(0).look({ kind: 'failure', code: 'dns-timeout', message: 'No name server answers.' });
    expect(groups.health()).toMatchObject([
      {
        hasAnswered: false,
        doubt: { kind: 'source-failed', code: 'dns-timeout', message: 'No name server answers.' },
        doubtSinceMs: 1_000_000,
      },
    ]);
    source(0).look(named(1));
    expect(groups.health()).toMatchObject([{ hasAnswered: true, published: [] }]);
    expect(groups.health()[0]).not.toHaveProperty('doubt');
    seed({});
    expect(groups.health()).toMatchObject([{ hasAnswered: true, published: peers(1) }]);
  });

  it('give a group that is added later what the engine had of it', () => {
    const { groups, seed, published } = start();
    groups.configure([]);
    seed({ CORE: peers(1), OTHER: peers(2) });
    groups.configure([group('core')]);
    expect(published()).toEqual({ CORE: peers(1) });
  });

  it('look a second time at whom the source misses, and let them go then', async () => {
    const { groups, seed, source, published, looks } = start();
    seed({ CORE: peers(1, 2, 3) });
    groups.configure([group('core')]);
    source(0).look(named(1, 2));
    expect(published()).toEqual({ CORE: peers(1, 2, 3) });
    expect(source(0).looksAgain).toBe(0);
    await vi.advanceTimersByTimeAsync(5005);
    expect(source(0).looksAgain).toBe(1);
    source(0).look(named(1, 2));
    expect(published()).toEqual({ CORE: peers(1, 2) });
    expect(looks).toEqual(['taken', 'taken']);
  });

  it('look again after the time that the settings say when many would leave, and let them go then', async () => {
    const { groups, seed, source, published, looks } = start();
    seed({ CORE: peers(1, 2, 3) });
    groups.configure([group('core', { manyLeavingSeconds: 30 })]);
    source(0).look(named(1));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(source(0).looksAgain).toBe(0);
    await vi.advanceTimersByTimeAsync(6);
    expect(source(0).looksAgain).toBe(1);
    source(0).look(named(1));
    expect(published()).toEqual({ CORE: peers(1) });
    expect(looks).toEqual(['many-leaving', 'taken']);
  });

  it('begin anew with what the engine has when they are put back', () => {
    const { groups, seed, engineHas, source, published } = start();
    seed({ CORE: peers(1, 2) });
    groups.configure([group('core')]);
    source(0).look(named(1, 2, 3));
    groups.configure([]);
    engineHas({});
    groups.configure([group('core')]);
    expect(published()).toEqual({ CORE: [] });
    source(1).look(named(4));
    expect(published()).toEqual({ CORE: peers(4) });
    // Taken away and put back before anything was applied: the engine still has them.
    engineHas({ CORE: peers(4) });
    groups.configure([]);
    groups.configure([group('core')]);
    expect(published()).toEqual({ CORE: peers(4) });
  });

  it("do not begin with an address that can be nobody's, whatever the engine has", () => {
    const { groups, seed, published } = start();
    groups.configure([group('core')]);
    seed({ CORE: [address('127.0.0.1'), ...peers(1)] });
    expect(published()).toEqual({ CORE: peers(1) });
  });

  it("say what can be nobody's, and that something may have changed by it", () => {
    const { groups, seed, source, changes } = start();
    seed({ CORE: peers(1) });
    groups.configure([group('core')]);
    source(0).look(named(1));
    const before = changes();
    source(0).look({ kind: 'answer', addresses: [address('127.0.0.1'), ...peers(1)], isCertain: false });
    expect(changes()).toBe(before + 1);
    expect(groups.published()).toMatchObject([{ noPeers: [{ address: '127.0.0.1', reason: 'special-address' }] }]);
  });

  it('drop the second look when the peers are there again, and with the group', async () => {
    const { groups, seed, source } = start();
    seed({ CORE: peers(1, 2, 3), OTHER: peers(4, 5, 6) });
    groups.configure([group('core'), group('other', { name: 'OTHER' })]);
    source(0).look(named(1));
    source(1).look(named(4));
    source(0).look(named(1, 2, 3));
    groups.configure([group('core')]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([source(0).looksAgain, source(1).looksAgain]).toEqual([0, 0]);
  });

  it('tell of a doubt once when it begins, and once when it ends', () => {
    const { groups, seed, source, events } = start();
    const failure: SourceReading = { kind: 'failure', code: 'dns-timeout', message: 'no server answered' };
    seed({ CORE: peers(1) });
    groups.configure([group('core')]);
    source(0).look(failure);
    vi.setSystemTime(1_002_000);
    source(0).look(failure);
    expect(events()).toEqual(['source-doubted']);
    expect(groups.health()).toMatchObject([{ doubtSinceMs: 1_000_000, lastLookMs: 1_002_000 }]);
    expect(groups.health()[0]?.lastAnswerMs).toBeUndefined();
    source(0).look(named(1));
    expect(events()).toEqual(['source-doubted', 'source-recovered']);
    expect(groups.health()).toEqual([
      {
        group: 'CORE',
        sourcetype: 'dns',
        source: 'dns core',
        published: peers(1),
        hasAnswered: true,
        lastLookMs: 1_002_000,
        lastAnswerMs: 1_002_000,
      },
    ]);
  });

  it('tell once of what a source says and nobody understands, show the first of it, and take all else', () => {
    const { groups, seed, source, events, published } = start();
    seed({});
    groups.configure([group('core')]);
    const odd = (...notUnderstood: readonly string[]) => ({ ...named(1), notUnderstood });
    const many = Array.from({ length: 300 }, (_, index) => `"x${String(index)}" is no address`);
    source(0).look(odd('"x0" is no address'));
    source(0).look(odd('"x0" is no address'));
    expect(events()).toEqual(['source-not-understood']);
    source(0).look(odd(...many));
    source(0).look(odd(...many));
    expect(events()).toEqual(['source-not-understood', 'source-not-understood']);
    const [health] = groups.health();
    expect(health).toMatchObject({ notUnderstoodCount: 300, notUnderstood: many.slice(0, 100) });
    source(0).look({ kind: 'failure', code: 'dns-timeout', message: 'late' });
    expect(groups.health()[0]?.notUnderstoodCount).toBe(300);
    source(0).look(named(1));
    expect(groups.health()[0]).not.toHaveProperty('notUnderstood');
    expect(published()).toEqual({ CORE: peers(1) });
  });

  it('say that something may have changed at the first answer, and when peers come or go', () => {
    const { groups, seed, source, changes } = start();
    seed({ CORE: peers(1, 2) });
    groups.configure([group('core')]);
    const counts = [named(1, 2), named(1, 2), named(1, 2, 3), named(1, 2), named(1, 2)].map((look) => {
      vi.setSystemTime(Date.now() + 5000);
      const before = changes();
      source(0).look(look);
      return changes() - before;
    });
    expect(counts).toEqual([1, 0, 1, 0, 1]);
  });

  it('start a source again that ended by a fault of its own, unless it was stopped', async () => {
    const { groups, seed, source, events } = start();
    seed({});
    groups.configure([group('core'), group('other', { name: 'OTHER' })]);
    source(0).break(new Error('a fault'));
    source(1).break(new Error('a fault'));
    await vi.advanceTimersByTimeAsync(0);
    expect(events()).toEqual(['source-stopped', 'source-stopped']);
    groups.configure([group('core')]);
    await vi.advanceTimersByTimeAsync(1000);
    expect([source(0).runs, source(1).runs]).toEqual([2, 1]);
    groups.close();
    expect(source(0).isStopped()).toBe(true);
  });
});

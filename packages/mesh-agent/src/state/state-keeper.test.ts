import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { address } from '@meshrs/network/test-data';
import { createLog } from '../log/log.ts';
import { readBootId } from './boot-id.ts';
import { createStateKeeper } from './state-keeper.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshrs-state-'));
  file = join(folder, 'agent-state.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function start({ bootId = 'boot', nowMs = 1000, at = file, wallOffsetMs = 0 } = {}) {
  const lines: { readonly event: string; readonly why?: string }[] = [];
  const keeper = createStateKeeper({
    file: at,
    bootId,
    clock: { monotonicMs: () => nowMs, wallMs: (moment) => moment + wallOffsetMs },
    log: createLog({ write: (line) => lines.push(JSON.parse(line) as { event: string }), secrets: [], base: {} }),
  });
  return { keeper, lines, events: () => lines.map(({ event }) => event) };
}

const request = { cause: 'command', by: 'alice', atMs: 900 } as const;
const closing = { phase: 'closing', request, wasAnnounced: true, isSent: true, untilMs: 3000 } as const;
const clients = {
  had: ['192.0.2.1', '2001:db8::1'],
  lost: [{ address: '2001:db8::1', sinceMs: 900, isElsewhere: true }],
  budget: { usedMs: 5, atMs: 900, isSpending: true, isResting: false },
};
const lost = { address: address('2001:db8::1'), sinceMs: 900, isElsewhere: true };
const full = {
  formatVersion: 1,
  bootId: 'boot',
  wallOffsetMs: 0,
  life: 'a',
  restartCount: 2,
  firstAppliedMs: 500,
  hasConverged: true,
  clients,
  drain: closing,
  evictions: [{ address: '192.0.2.1', count: 2, until: 5000, isPinned: true }],
};

describe('the record', () => {
  it('is given to the next agent with the same life of the engine', () => {
    const first = start().keeper;
    expect(first.meet('a')).toBe('unknown');
    first.keep({ hasConverged: true, firstAppliedMs: 500 });
    first.keep({ drain: closing, evictions: full.evictions });
    first.keep({ clients: { ...clients, had: clients.had.map(address), lost: [lost] } });

    const { keeper, lines } = start();
    expect(keeper.meet('a')).toBe('same');
    expect(keeper.record()).toEqual({ ...full, restartCount: 0 });
    expect(lines).toEqual([]);
  });

  it.each([
    [3_600_000, 3_600_000],
    [-60_000, -60_000],
    [999, 0],
    [0, 0],
  ])('tells the next agent that the wall clock was set by %i ms meanwhile', (setMs, stepMs) => {
    const first = start({ wallOffsetMs: 1.7e12 }).keeper;
    expect(first.wallStepMs()).toBe(0);
    first.meet('a');
    const { keeper } = start({ wallOffsetMs: 1.7e12 + setMs, nowMs: 9000 });
    expect(keeper.wallStepMs()).toBe(stepMs);
    // Also after the engine has answered, and for nobody else after that.
    keeper.meet('a');
    expect(keeper.wallStepMs()).toBe(stepMs);
    expect(start({ wallOffsetMs: 1.7e12 + setMs }).keeper.wallStepMs()).toBe(0);
  });

  it('says nothing of the wall clock in another boot, nor as an agent of before wrote it', () => {
    start().keeper.meet('a');
    expect(start({ bootId: 'other', wallOffsetMs: 3_600_000 }).keeper.wallStepMs()).toBe(0);
    writeFileSync(file, JSON.stringify({ ...full, wallOffsetMs: undefined }));
    expect(start({ wallOffsetMs: 3_600_000 }).keeper.wallStepMs()).toBe(0);
  });

  it('may be of an agent that knew nothing of clients, and has room for ten thousand that are lost', () => {
    writeFileSync(file, JSON.stringify({ ...full, clients: undefined }));
    const { keeper, lines } = start();
    expect(keeper.meet('a')).toBe('same');
    const had = Array.from({ length: 10_000 }, (_, at) =>
      address(`2001:db8:1234:5678:9abc:def0:1234:${(at + 4096).toString(16)}`),
    );
    const all = had.map((each) => ({ address: each, sinceMs: 999.999, isElsewhere: false }));
    keeper.keep({ clients: { ...clients, had, lost: all } });
    expect(start().keeper.meet('a')).toBe('same');
    expect(start().lines).toEqual(lines);
  });

  it('begins anew with another life, and counts the restart; evictions outlive it', () => {
    writeFileSync(file, JSON.stringify(full));
    const { keeper } = start();
    expect(keeper.meet('b')).toBe('new');
    const fresh = { hasConverged: false, drain: { phase: 'serving' }, restartCount: 3, evictions: full.evictions };
    expect(keeper.record()).toEqual({ formatVersion: 1, bootId: 'boot', wallOffsetMs: 0, life: 'b', ...fresh });
    expect(start().keeper.meet('b')).toBe('same');
    expect(keeper.meet('c')).toBe('new');
    expect(keeper.meet('c')).toBe('same');
    expect(start().keeper.meet('a')).toBe('new');
  });

  it('of another boot is of a life that is over, even where it has the same name', () => {
    writeFileSync(file, JSON.stringify(full));
    const { keeper } = start({ bootId: 'another' });
    expect(keeper.meet('a')).toBe('new');
    expect(keeper.record()).toMatchObject({ bootId: 'another', hasConverged: false, evictions: [] });
  });

  it('keeps nothing before the engine has answered', () => {
    writeFileSync(file, JSON.stringify(full));
    const { keeper } = start();
    keeper.keep({ hasConverged: false });
    expect(keeper.record()).toBeUndefined();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(full);
  });

  it('is not written at rest', () => {
    const { keeper } = start();
    keeper.meet('a');
    keeper.keep({ hasConverged: true });
    const before = statSync(file, { bigint: true });
    keeper.keep({ hasConverged: true });
    keeper.meet('a');
    keeper.keep({ drain: { phase: 'serving' } });
    expect(statSync(file, { bigint: true }).ino).toBe(before.ino);
    expect(statSync(file, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
  });
});

describe('what is no record of this agent counts as none', () => {
  const half = JSON.stringify(full).slice(0, 150);
  const without = (key: keyof typeof full) => JSON.stringify({ ...full, [key]: undefined });
  it.each<[string, string]>([
    ['empty', ''],
    ['half', half],
    ['no JSON', 'x'],
    ['null', 'null'],
    ['a list', '[]'],
    ['of a newer agent', JSON.stringify({ ...full, formatVersion: 2 })],
    ['of an older agent', without('hasConverged')],
    ['without a life', without('life')],
    ['with a key too many', JSON.stringify({ ...full, more: 1 })],
    ['with an unknown phase', JSON.stringify({ ...full, drain: { phase: 'sleeping' } })],
    [
      'with an unknown cause',
      JSON.stringify({ ...full, drain: { ...closing, request: { ...request, cause: 'signal' } } }),
    ],
    ['with a moment that is still to come', JSON.stringify({ ...full, firstAppliedMs: 1001 })],
    ['with a drain that never ends', JSON.stringify({ ...full, drain: { ...closing, untilMs: 1e9 } })],
    ['with a negative count', JSON.stringify({ ...full, restartCount: -1 })],
    ['with a moment that is none', JSON.stringify({ ...full, firstAppliedMs: '500' })],
    ['with evictions without end', JSON.stringify({ ...full, evictions: Array.from({ length: 2001 }, () => ({})) })],
    ['too large', JSON.stringify({ ...full, life: 'x'.repeat(2 ** 22) })],
    ['with a client that is no address', JSON.stringify({ ...full, clients: { ...clients, had: ['eth0'] } })],
    [
      'with a loss that is still to come',
      JSON.stringify({ ...full, clients: { ...clients, lost: [{ ...lost, sinceMs: 1001 }] } }),
    ],
    [
      'with clients without end',
      JSON.stringify({ ...full, clients: { ...clients, had: Array.from({ length: 10_001 }, () => '192.0.2.1') } }),
    ],
    ['with clients of another form', JSON.stringify({ ...full, clients: [] })],
  ])('%s', (_, text) => {
    writeFileSync(file, text);
    const { keeper, events } = start();
    expect(events()).toEqual(['state-not-taken']);
    expect(keeper.meet('a')).toBe('unknown');
    expect(keeper.record()).toMatchObject({
      life: 'a',
      restartCount: 0,
      hasConverged: false,
      drain: { phase: 'serving' },
    });
    expect(start().keeper.meet('a')).toBe('same');
  });

  it('a folder, and a pipe that nobody writes to', () => {
    mkdirSync(file);
    expect(start().keeper.meet('a')).toBe('unknown');
    rmSync(file, { recursive: true });
    execFileSync('mkfifo', [file]);
    const { keeper, lines } = start();
    expect(lines[0]?.why).toContain('is no file');
    expect(keeper.meet('a')).toBe('unknown');
    expect(start().keeper.meet('a')).toBe('same');
  });

  it('where nobody knows which boot it is', () => {
    writeFileSync(file, JSON.stringify({ ...full, bootId: '' }));
    const { keeper, events } = start({ bootId: readBootId('/nonexistent') ?? '' });
    expect(events()).toEqual(['state-not-taken']);
    expect(keeper.meet('a')).toBe('unknown');
  });

  it('no file, without a word', () => {
    expect(start().lines).toEqual([]);
  });
});

describe('what is of no life of the engine', () => {
  const fleet = {
    listed: [{ pod: 'rs-a-0', address: address('10.0.0.1') }],
    leaving: [{ pod: 'rs-a-0', address: address('10.0.0.2'), untilMs: 3_600_000 }],
  };
  const away = { here: [address('192.0.2.1')], away: [{ address: address('192.0.2.2'), sinceMs: 900 }] };

  it('is there before the engine answers, and goes on with the next life', () => {
    const first = start().keeper;
    expect(first.left()).toBeUndefined();
    first.meet('a');
    first.keep({ fleet, away });
    const { keeper } = start();
    expect(keeper.left()).toMatchObject({ fleet, away });
    expect(keeper.meet('b')).toBe('new');
    expect(keeper.left()).toBeUndefined();
    expect(keeper.record()).toMatchObject({ life: 'b', fleet, away });
    expect(start().keeper.left()).toMatchObject({ fleet, away });
  });

  it('is nothing after another boot, whose moments are others', () => {
    const first = start().keeper;
    first.meet('a');
    first.keep({ fleet, away });
    const { keeper } = start({ bootId: 'another' });
    expect(keeper.left()).toBeUndefined();
    keeper.meet('a');
    expect(keeper.record()).not.toHaveProperty('fleet');
    expect(keeper.record()).not.toHaveProperty('away');
  });

  it.each([
    ['may come for longer than anybody may', { ...fleet, leaving: [{ ...fleet.leaving[0], untilMs: 3_700_000 }] }],
    ['is no address', { ...fleet, listed: [{ pod: 'rs-a-0', address: 'x' }] }],
    ['has a word that nobody writes', { ...fleet, more: 1 }],
  ])('does not count where one %s', (_, wrong) => {
    writeFileSync(file, JSON.stringify({ ...full, fleet: wrong }));
    const { keeper, events } = start();
    expect(events()).toEqual(['state-not-taken']);
    expect(keeper.left()).toBeUndefined();
  });
});

it('goes on where the record cannot be written, and says so once', () => {
  const { keeper, events } = start({ at: join(folder, 'nowhere/agent-state.json') });
  keeper.meet('a');
  keeper.keep({ hasConverged: true });
  expect(keeper.record()).toMatchObject({ life: 'a', hasConverged: true });
  expect(events()).toEqual(['state-not-written']);
  expect(existsSync(`${file}.new`)).toBe(false);
});

it('knows the boot of this machine', () => {
  expect(readBootId()).toMatch(/^[0-9a-f-]{36}$/);
});

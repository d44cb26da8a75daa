import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { countedMemory } from '../../test/support/counted-memory.ts';
import { scratch } from '../../test/support/scratch.ts';
import { fingerprintFile, fingerprintFolder } from './fingerprint.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Only the hash of a file that has been there for some time is remembered. */
function later(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
}

describe('the fingerprint of a program', () => {
  it('is remembered while the file is as it was, and not while it is young', () => {
    const path = join(scratch({ tool: 'one' }), 'tool');
    const cache = countedMemory();

    fingerprintFile(path, cache);
    fingerprintFile(path, cache);
    expect(cache.hits()).toBe(0);
    later();
    const first = fingerprintFile(path, cache);
    expect(fingerprintFile(path, cache)).toBe(first);
    expect(cache.hits()).toBe(1);
  });

  it('is another for another program of the same size at the same path', () => {
    const path = join(scratch({ tool: 'one' }), 'tool');
    const cache = countedMemory();
    later();
    const first = fingerprintFile(path, cache);

    writeUntilChanged(path, 'two');

    expect(fingerprintFile(path, cache)).not.toBe(first);
  });

  it('is another too when the time of the change was set back', () => {
    const path = join(scratch({ tool: 'one' }), 'tool');
    const long = new Date('2026-01-01T00:00:00Z');
    utimesSync(path, long, long);
    const cache = countedMemory();
    later();
    const first = fingerprintFile(path, cache);

    writeUntilChanged(path, 'two');
    utimesSync(path, long, long);

    expect(fingerprintFile(path, cache)).not.toBe(first);
  });

  it('of two files is not the same, whatever was remembered', () => {
    const folder = scratch({ one: 'one', two: 'two' });
    const cache = countedMemory();
    later();

    expect(fingerprintFile(join(folder, 'one'), cache)).not.toBe(fingerprintFile(join(folder, 'two'), cache));
  });

  it('of a file that is not there is a failure that names it', () => {
    const path = join(scratch(), 'gone');
    expect(() => fingerprintFile(path, countedMemory())).toThrow(`${path} cannot be read`);
  });
});

describe('the fingerprint of a folder', () => {
  const files = {
    'kubernetes/1.36/pod-v1.json': '{}',
    'argocd/3.2/application.json': '{}',
    'metallb/0.16/pool.json': '{}',
  };

  it.each(Object.keys(files))('changes with %s', (name) => {
    const folder = scratch(files);
    const before = fingerprintFolder(folder);

    writeFileSync(join(folder, name), '[]');

    expect(fingerprintFolder(folder)).not.toBe(before);
  });

  it('tells names apart', () => {
    expect(fingerprintFolder(scratch({ 'a/b': '' }))).not.toBe(fingerprintFolder(scratch({ 'a/c': '' })));
  });
});

/** The clock of a file system moves in steps of some milliseconds. */
function writeUntilChanged(path: string, text: string): void {
  const { ctimeNs } = statSync(path, { bigint: true });
  do writeFileSync(path, text);
  while (statSync(path, { bigint: true }).ctimeNs === ctimeNs);
  expect(readFileSync(path, 'utf8')).toBe(text);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { scratch } from '../../test/support/scratch.ts';
import { wasAbandoned, wasInterrupted } from './journal.ts';
import { processIdentity } from '../tools/process-identity.ts';
import { readTree } from '../repository/tree.ts';
import { recoverBuild, writePlan } from './write-plan.ts';

test('files are written and removed, with the folders that are empty then', () => {
  const repository = scratch({ 'base/old/a.yaml': 'a\n', 'base/b.yaml': 'b\n' });

  writePlan(repository, {
    writes: [{ path: 'overlays/c.yaml', content: Buffer.from('c\n') }],
    removals: ['base/old/a.yaml'],
  });

  expect(contents(repository)).toEqual({ 'base/b.yaml': 'b\n', 'overlays/c.yaml': 'c\n' });
  expect(existsSync(join(repository, 'base/old'))).toBe(false);
  expect(readdirSync(join(repository, '.cache/meshrs'))).toEqual([]);
});

test('when one file cannot be written, all others are as before', () => {
  const before = { 'base/a.yaml': 'a\n', 'base/b.yaml': 'b\n', 'base/file': 'no folder\n' };
  const repository = scratch(before);
  const inode = (): number => statSync(join(repository, 'base/a.yaml')).ino;
  const first = inode();

  expect(() => {
    writePlan(repository, {
      writes: [
        { path: 'base/a.yaml', content: Buffer.from('new\n') },
        { path: 'base/n.yaml', content: Buffer.from('new\n') },
        // A file stands where a folder belongs: only the exchange finds that out, after the two others.
        { path: 'base/file/z.yaml', content: Buffer.from('new\n') },
      ],
      removals: ['base/b.yaml'],
    });
  }).toThrow(/Nothing was changed/);

  expect(contents(repository)).toEqual(before);
  // Another file of the same content: it was exchanged and taken back.
  expect(inode()).not.toBe(first);
  expect(wasInterrupted(repository)).toBe(false);
  expect(readdirSync(join(repository, '.cache/meshrs'))).toEqual([]);
});

test('when the content cannot even be put aside, no file is touched', () => {
  const before = { 'base/a.yaml': 'a\n' };
  const repository = scratch(before);
  const first = statSync(join(repository, 'base/a.yaml')).ino;
  // A folder stands where a file belongs: it cannot be copied.
  mkdirSync(join(repository, 'base/z.yaml/folder'), { recursive: true });

  expect(() => {
    writePlan(repository, {
      writes: ['a', 'z'].map((name) => ({ path: `base/${name}.yaml`, content: Buffer.from('new\n') })),
      removals: [],
    });
  }).toThrow(/Nothing was changed/);

  expect(contents(repository)).toEqual(before);
  expect(statSync(join(repository, 'base/a.yaml')).ino).toBe(first);
});

describe('a build that died', () => {
  const journal = '.cache/meshrs/journal';
  /** Two files were exchanged, and one was made anew. */
  const dead = {
    'base/a.yaml': 'new\n',
    'base/b.yaml': 'new\n',
    'base/made/c.yaml': 'new\n',
    [`${journal}/old/base/a.yaml`]: 'old\n',
    [`${journal}/old/base/b.yaml`]: 'old\n',
    [`${journal}/operations.json`]: JSON.stringify([
      { path: 'base/a.yaml', existed: true, exists: true },
      { path: 'base/b.yaml', existed: true, exists: true },
      { path: 'base/made/c.yaml', existed: false, exists: true },
    ]),
  };
  const own = processIdentity(process.pid) ?? '';
  const lastField = / [0-9]+$/;

  test('is known by an owner that runs no more, also when another process has its number', () => {
    expect(own).toMatch(lastField);
    const owners: readonly (readonly [string, boolean])[] = [
      [own, false],
      [own.replace(lastField, ' 1'), true],
      [own.replace(/ [^ ]+ /, ' another-boot '), true],
      ['', true],
    ];
    for (const [owner, isDead] of owners) {
      const repository = scratch({ ...dead, [`${journal}/owner`]: owner });
      expect([owner, wasAbandoned(repository), wasInterrupted(repository)]).toEqual([owner, isDead, isDead]);
    }
  });

  test('before it listed anything has changed nothing', () => {
    const repository = scratch({ [`${journal}/owner`]: '' });
    expect([wasAbandoned(repository), wasInterrupted(repository)]).toEqual([true, false]);
    expect(recoverBuild(repository)).toEqual([]);
    expect(existsSync(join(repository, journal))).toBe(false);
  });

  test('is taken back, file by file', () => {
    const repository = scratch(dead);
    expect(recoverBuild(repository)).toEqual(['base/a.yaml', 'base/b.yaml', 'base/made/c.yaml']);
    expect(contents(repository)).toEqual({ 'base/a.yaml': 'old\n', 'base/b.yaml': 'old\n' });
    expect(existsSync(join(repository, 'base/made'))).toBe(false);
  });

  test('is taken back by a second try when the first one failed half-way', () => {
    const repository = scratch(dead);
    rmSync(join(repository, 'base/b.yaml'));
    mkdirSync(join(repository, 'base/b.yaml/folder'), { recursive: true });

    expect(() => recoverBuild(repository)).toThrow();
    rmSync(join(repository, 'base/b.yaml'), { recursive: true });

    expect(recoverBuild(repository)).toEqual(['base/a.yaml', 'base/b.yaml', 'base/made/c.yaml']);
    expect(contents(repository)).toEqual({ 'base/a.yaml': 'old\n', 'base/b.yaml': 'old\n' });
  });
});

test('a build that runs keeps a second one out', () => {
  const repository = scratch({});
  mkdirSync(join(repository, '.cache/meshrs/journal'), { recursive: true });
  writeFileSync(join(repository, '.cache/meshrs/journal/owner'), processIdentity(process.pid) ?? '');

  expect(() => {
    writePlan(repository, { writes: [{ path: 'base/a.yaml', content: Buffer.from('a\n') }], removals: [] });
  }).toThrow(/Another build is writing/);
  expect(recoverBuild(repository)).toEqual([]);
  expect(existsSync(join(repository, '.cache/meshrs/journal/owner'))).toBe(true);
  expect(contents(repository)).toEqual({});
});

test('a build killed at any moment leaves the old state, the new one, or one that is taken back', async () => {
  const old = Object.fromEntries(numbers(300).map((index) => [`base/${String(index)}.yaml`, `old ${String(index)}\n`]));
  const next = Object.fromEntries(
    numbers(300).map((index) => [`base/${String(index + 100)}.yaml`, `new ${String(index)}\n`]),
  );
  const outcomes = new Set<string>();
  for (const milliseconds of [0, 1, 2, 4, 8, 16, undefined]) {
    const repository = scratch(old);
    await killAt(repository, next, old, milliseconds);
    const hasDied = wasInterrupted(repository);

    recoverBuild(repository);

    const state = sorted(contents(repository));
    expect([sorted(old), sorted(next)]).toContain(state);
    expect(existsSync(join(repository, '.cache/meshrs/journal'))).toBe(false);
    outcomes.add(hasDied ? 'taken back' : state === sorted(next) ? 'new' : 'old');
  }
  expect([...outcomes]).toEqual(expect.arrayContaining(['new', 'taken back']));
});

/** Runs a build in a process of its own and kills it some milliseconds after it began to exchange files, or never. */
async function killAt(
  repository: string,
  next: Readonly<Record<string, string>>,
  old: Readonly<Record<string, string>>,
  milliseconds: number | undefined,
): Promise<void> {
  const script = `
    import { writePlan } from ${JSON.stringify(join(import.meta.dirname, 'write-plan.ts'))};
    const writes = Object.entries(${JSON.stringify(next)}).map(([path, text]) => ({ path, content: Buffer.from(text) }));
    const removals = ${JSON.stringify(Object.keys(old).filter((path) => !(path in next)))};
    process.stdout.write('begin');
    writePlan(${JSON.stringify(repository)}, { writes, removals });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const list = join(repository, '.cache/meshrs/journal/operations.json');
  while (child.exitCode === null && child.signalCode === null && !existsSync(list)) await setTimeout(1);
  if (milliseconds !== undefined) {
    await setTimeout(milliseconds);
    child.kill('SIGKILL');
  }
  await ended;
}

function contents(repository: string): Record<string, string> {
  const tree = readTree(repository, ['base', 'overlays']);
  return Object.fromEntries([...tree].map(([path, content]): [string, string] => [path, content.toString('utf8')]));
}

function sorted(files: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

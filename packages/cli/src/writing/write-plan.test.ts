import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { scratchFolderOfTest } from '../../test/support/scratch-folder.ts';
import { wasInterrupted } from './journal.ts';
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
  const before = { 'base/a.yaml': 'a\n', 'base/b.yaml': 'b\n' };
  const repository = scratch(before);
  // A folder stands where a file belongs: only the last exchange finds that out.
  mkdirSync(join(repository, 'base/z.yaml/folder'), { recursive: true });

  expect(() => {
    writePlan(repository, {
      writes: [
        { path: 'base/a.yaml', content: Buffer.from('new\n') },
        { path: 'base/n.yaml', content: Buffer.from('new\n') },
        { path: 'base/z.yaml', content: Buffer.from('new\n') },
      ],
      removals: ['base/b.yaml'],
    });
  }).toThrow(/Nothing was changed/);

  expect(contents(repository)).toEqual(before);
  expect(wasInterrupted(repository)).toBe(false);
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

test(
  'a build killed at any moment leaves the old state, the new one, or one that is taken back',
  { timeout: 120_000 },
  async () => {
    const old = Object.fromEntries(
      numbers(300).map((index) => [`base/${String(index)}.yaml`, `old ${String(index)}\n`]),
    );
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
  },
);

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

function scratch(files: Readonly<Record<string, string>>): string {
  const { path: repository, remove } = scratchFolderOfTest();
  onTestFinished(remove);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(repository, path, '..'), { recursive: true });
    writeFileSync(join(repository, path), text);
  }
  return repository;
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

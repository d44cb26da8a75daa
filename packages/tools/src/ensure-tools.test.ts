import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ensureTools, type EnsureContext } from './ensure-tools.ts';
import { locateTool } from './locate.ts';
import type { GoBuild, Pins } from './pins.ts';
import { placesOf } from './places.ts';
import { runCommand } from './run-command.ts';
import type { ToolFailure } from './tool-failure.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A clone with a cache of its own and one pinned tool, `greet`, that Go builds in a few seconds without any network. */
function newClone(build: Partial<GoBuild> = {}, cache = newFolder()): { context: EnsureContext; notes: string[] } {
  const repository = newFolder();
  const source = join(repository, 'go/greet');
  mkdirSync(join(source, 'words'), { recursive: true });
  writeFileSync(
    join(source, 'go.mod'),
    'module example.org/tools\n\ngo 1.26.0\n\nrequire example.org/words v1.2.3\n\nreplace example.org/words => ./words\n',
  );
  writeFileSync(
    join(source, 'main.go'),
    'package main\n\nimport "example.org/words"\n\nfunc main() { print(words.Hello) }\n',
  );
  writeFileSync(join(source, 'words/go.mod'), 'module example.org/words\n\ngo 1.26.0\n');
  writeFileSync(join(source, 'words/words.go'), 'package words\n\nvar Hello = "unset"\n');
  const greet: GoBuild = {
    module: 'example.org/words',
    version: 'v1.2.3',
    source: 'go/greet',
    commands: { greet: '.', welcome: '.' },
    linkerVariables: { 'example.org/words.Hello': 'hello-{major}.{minor}' },
    versionArguments: ['--version'],
    expectedSeconds: 5,
    ...build,
  };
  const frr = { minimum: '10.4.1', debianSuite: 'forky', packages: ['frr'], expectedSeconds: 1 };
  const pins: Pins = {
    goMinimum: '1.26.0',
    goBuilds: { greet },
    debianPackages: { sh: 'dash' },
    labTargets: {},
    frr,
    schemaSets: {},
  };
  const notes: string[] = [];
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const progress = {
    note: (text: string) => {
      notes.push(text);
    },
    begin: ({ title }: { title: string }) => {
      notes.push(title);
      return (): void => undefined;
    },
  };
  const context = {
    pins,
    env,
    places: placesOf(env, repository),
    progress,
    signal: new AbortController().signal,
    isRoot: false,
  };
  return { context, notes };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'meshrs-tools-'));
  folders.push(folder);
  return folder;
}

/** A folder for PATH with a program that prints a version. */
function folderWithProgram(name: string, printed: string): string {
  const folder = newFolder();
  writeFileSync(join(folder, name), `#!/bin/sh\necho "${printed}"\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

describe('a tool that Go builds', () => {
  test('is built once, for all its commands, and taken from the cache by the next clone', async () => {
    const cache = newFolder();
    const first = newClone({}, cache);
    await ensureTools(['greet', 'welcome'], first.context);
    expect(first.notes).toEqual(['building greet v1.2.3']);
    const result = await runCommand(['sh', '-c', `${join(first.context.places.bin, 'welcome')} 2>&1`]);
    expect(result).toBe('hello-1.2');

    await ensureTools(['greet', 'welcome'], first.context);
    expect(first.notes).toHaveLength(1);

    const second = newClone({}, cache);
    await ensureTools(['greet'], second.context);
    expect(second.notes).toEqual([]);
    expect(readdirSync(second.context.places.bin)).toEqual(['greet']);
    expect(readdirSync(join(cache, 'meshrs/scratch'))).toEqual([]);
  });

  test('of another version than the pin is not installed', async () => {
    const { context } = newClone({ version: 'v2.0.0' });
    await expect(ensureTools(['greet'], context)).rejects.toMatchObject({
      message: 'example.org/words was built at v1.2.3, but packages/tools/src/tools.json wants v2.0.0',
      next: 'make go/greet/go.mod agree with it',
    });
    expect(existsSync(context.places.bin)).toBe(false);
  });

  test('that cannot be built is a failure with the words of Go, and nothing is installed', async () => {
    const { context } = newClone();
    writeFileSync(
      join(context.places.repository, 'go/greet/main.go'),
      'package main\n\nimport _ "example.org/words/none"\n\nfunc main() {}\n',
    );
    await expect(ensureTools(['greet'], context)).rejects.toThrow(
      /main.go:3:8: cannot find module providing package example.org.words.none/,
    );
    expect(existsSync(context.places.bin)).toBe(false);
    expect(readdirSync(join(context.places.cache, 'scratch'))).toEqual([]);
  });

  test('leaves nothing half-installed when the run is interrupted', async () => {
    const { context } = newClone();
    const interruption = new AbortController();
    const progress = {
      ...context.progress,
      begin: () => {
        setTimeout(() => {
          interruption.abort();
        }, 500);
        return (): void => undefined;
      },
    };
    await expect(ensureTools(['greet'], { ...context, progress, signal: interruption.signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(existsSync(context.places.bin)).toBe(false);
    expect(readdirSync(join(context.places.cache, 'scratch'))).toEqual([]);
    expect(readdirSync(join(context.places.cache, 'tools')).filter((name) => !name.endsWith('.lock'))).toEqual([]);
  });
});

describe('a tool on PATH', () => {
  test('is linked when its version fits', async () => {
    const { context } = newClone();
    const folder = folderWithProgram('greet', 'greet version v1.2.3');
    await ensureTools(['greet'], { ...context, env: { ...context.env, PATH: `${folder}:/usr/bin:/bin` } });
    expect(readlinkSync(join(context.places.bin, 'greet'))).toBe(join(folder, 'greet'));
  });

  test('of another version is named, and Go is asked for', async () => {
    const { context, notes } = newClone();
    const folder = folderWithProgram('greet', 'greet version v1.2.4');
    const env = { ...context.env, PATH: `${folder}:/usr/bin:/bin` };
    await expect(ensureTools(['greet'], { ...context, env })).rejects.toMatchObject({
      code: 'go-missing',
      message: expect.stringContaining('Go is not on PATH; tools are built with Go 1.26.0 or newer') as unknown,
    } satisfies Partial<Record<keyof ToolFailure, unknown>>);
    expect(notes).toEqual([`greet: ${join(folder, 'greet')} is 1.2.4, v1.2.3 is wanted`]);
  });

  test('with an old Go beside it is a failure that names both versions', async () => {
    const { context } = newClone();
    const folder = folderWithProgram('go', 'go1.22.5\nlinux\namd64');
    const env = { ...context.env, PATH: `${folder}:/usr/bin:/bin` };
    await expect(ensureTools(['greet'], { ...context, env })).rejects.toThrow(
      `${join(folder, 'go')} is go1.22.5; tools are built with Go 1.26.0 or newer`,
    );
  });
});

describe('a command that a Debian package brings', () => {
  test('is asked for by name when it is missing and nobody may install it', async () => {
    const { context } = newClone();
    const pins = { ...context.pins, debianPackages: { 'no-such-daemon': 'no-such-package' } };
    const folder = folderWithProgram('sudo', 'not here');
    writeFileSync(join(folder, 'sudo'), '#!/bin/sh\necho "sudo: a password is required" >&2\nexit 1\n');
    const env = { ...context.env, PATH: `${folder}:/usr/bin:/bin` };
    await expect(ensureTools(['no-such-daemon'], { ...context, pins, env })).rejects.toMatchObject({
      code: 'not-root',
      message: 'missing: no-such-daemon; installing them needs root, and sudo without a password is not to be had',
      next: 'run as root: apt-get update && apt-get install --no-install-recommends no-such-package',
    } satisfies Partial<ToolFailure>);
  });

  test('is left alone when it is there', async () => {
    const { context, notes } = newClone();
    await ensureTools(['sh'], context);
    expect(notes).toEqual([]);
  });
});

describe('names', () => {
  test('an unknown tool is refused with the list of the known ones', async () => {
    const { context } = newClone();
    await expect(ensureTools(['gret'], context)).rejects.toThrow(
      'tool "gret" is unknown; packages/tools/src/tools.json has: greet, sh, welcome',
    );
  });

  test('locateTool names the command that provides a tool which is not there', () => {
    expect(() => locateTool('kustomize', process.env, placesOf(process.env, newFolder()))).toThrow(
      expect.objectContaining({ code: 'tool-missing', next: 'run scripts/ensure kustomize' }),
    );
  });
});

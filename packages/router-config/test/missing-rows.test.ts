import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const packageFolder = join(import.meta.dirname, '..');
const repository = join(packageFolder, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'meshrs-rows-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** A type of FRR's configuration, and where a field of it is written, read and undone. */
const owners: readonly (readonly [string, string])[] = [
  ['FrrConfig', 'top-rows.ts'],
  ['FrrRouter', 'router-rows.ts'],
  ['PeerGroup', 'group-rows.ts'],
  ['GroupFamily', 'group-rows.ts'],
  ['Neighbor', 'neighbor-rows.ts'],
  ['ListenRange', 'listen-range-row.ts'],
  ['AsPathList', 'pattern-list-rows.ts'],
  ['LargeCommunityList', 'pattern-list-rows.ts'],
  ['RouteMap', 'route-map-rows.ts'],
  ['MaximumPrefixes', 'group-rows.ts'],
  ['Shutdown', 'group-rows.ts'],
];

/** Likewise of a speaker that is no route server. */
const speakerOwners: readonly (readonly [string, string])[] = [
  ['SpeakerConfig', 'top-rows.ts'],
  ['BgpDump', 'top-rows.ts'],
  ['PrefixListEntry', 'list-rows.ts'],
  ['CommunityListEntry', 'list-rows.ts'],
  ['RouteMapEntry', 'route-map-rows.ts'],
  ['SpeakerRouter', 'router-rows.ts'],
  ['RouterFamily', 'router-rows.ts'],
  ['SessionSettings', 'session-rows.ts'],
  ['SessionFamily', 'session-rows.ts'],
  ['SpeakerNeighbor', 'session-rows.ts'],
];

describe('a field that no statement serves', () => {
  test('there is none: the language compiles as it is', async () => {
    expect(await compile((config) => config)).toEqual([]);
  });

  test('does not compile, whatever type it is added to', async () => {
    const errors = await compile(
      (config) => withNewFields(config, owners),
      (config) => withNewFields(config, speakerOwners),
    );

    for (const [type, file] of owners) {
      expect(errors, type).toContainEqual(expect.stringMatching(new RegExp(`frr/rows/${file}.*'new${type}'`)));
    }
    for (const [type, file] of speakerOwners) {
      expect(errors, type).toContainEqual(expect.stringMatching(new RegExp(`speaker/rows/${file}.*new${type}\\b`)));
    }
  });

  test('does not compile as a new kind of distance either', async () => {
    const errors = await compile((config) =>
      replaced(config, 'export type Distance =', "$&\n  | { readonly kind: 'direct'; readonly isChecked: boolean } |"),
    );

    expect(errors).toContainEqual(expect.stringMatching(/rows\/group-rows\.ts.*direct/));
  });
});

function withNewFields(config: string, types: readonly (readonly [string, string])[]): string {
  return types.reduce((text, [type]) => {
    const start = new RegExp(`export interface ${type} (extends [^{]*)?\\{`);
    return replaced(text, start, `$&\n  readonly new${type}?: string;`);
  }, config);
}

/** Compiles a copy of FRR's language whose types are edited; the first lines of its errors. */
async function compile(
  edit: (config: string) => string,
  editSpeaker: (config: string) => string = (config) => config,
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(scratch, 'copy-'));
  cpSync(join(packageFolder, 'src/frr'), join(folder, 'src/frr'), {
    recursive: true,
    filter: (path) => !/\.test(-data)?\.ts$/.test(path),
  });
  cpSync(join(packageFolder, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(packageFolder, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, change] of [
    ['src/frr/config.ts', edit],
    ['src/frr/speaker/config.ts', editSpeaker],
  ] as const) {
    const config = join(folder, path);
    writeFileSync(config, change(readFileSync(config, 'utf8')));
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(repository, 'tsconfig.base.json'), include: ['src'] }),
  );
  try {
    await run(join(repository, 'node_modules/.bin/tsc'), ['--noEmit', '--pretty', 'false', '-p', folder]);
    return [];
  } catch (thrown) {
    const { stdout } = thrown as { readonly stdout: string };
    return stdout.split(/\n(?! )/).map((error) => error.replaceAll('\n', ' '));
  }
}

function replaced(text: string, from: string | RegExp, to: string): string {
  const next = text.replace(from, to);
  expect(next, String(from)).not.toBe(text);
  return next;
}

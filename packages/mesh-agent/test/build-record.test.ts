import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { assertBuiltFromHere, writeBuildRecord } from '../build-record.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const assert = (): void => {
  assertBuiltFromHere(at('program'), at('built-from.json'), folder);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshrs-build-record-'));
  for (const name of ['main.ts', 'other.ts', 'program']) writeFileSync(at(name), name);
  writeBuildRecord(at('built-from.json'), folder, ['other.ts', 'main.ts']);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('takes a program whose sources have not changed, whatever their times', () => {
  const tomorrow = Date.now() / 1000 + 86_400;
  utimesSync(at('main.ts'), tomorrow, tomorrow);
  expect(assert).not.toThrow();
});

it.each([
  [
    'was edited',
    () => {
      writeFileSync(at('main.ts'), 'edited');
    },
    'main.ts',
  ],
  [
    'is gone',
    () => {
      rmSync(at('main.ts'));
    },
    'main.ts',
  ],
  [
    'was edited, as another was',
    () => {
      writeFileSync(at('main.ts'), '');
      writeFileSync(at('other.ts'), '');
    },
    'main.ts and 1 more',
  ],
])('refuses one of which a source %s, with what to do', (_, change, named) => {
  change();
  expect(assert).toThrow(/was built from other sources than those that lie here\.\n {2}changed: /);
  expect(assert).toThrow(`${named}\n  do:      pnpm --filter @meshrs/mesh-agent build`);
});

it.each(['program', 'built-from.json'])('refuses one without its %s', (name) => {
  rmSync(at(name));
  expect(assert).toThrow(`${at('program')} is not built.\n  do:      pnpm --filter @meshrs/mesh-agent build`);
});

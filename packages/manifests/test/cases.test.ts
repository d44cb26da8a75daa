import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtRevisionsFile, caseNames, casesFolder, expectedFiles, renderCase } from './support/cases.ts';

const update = 'pnpm exec tsx packages/manifests/test/update-cases.ts';

describe('the tree of a topology', () => {
  test.each(caseNames())('%s', (name) => {
    const { files, obstacles } = renderCase(name);

    expect(obstacles).toEqual([]);
    expect(byPath(files), `after a wanted change run: ${update} ${name}`).toEqual(byPath(expectedFiles(name)));
  });
});

test('every case folder holds a topology, an expected tree and nothing unknown', () => {
  for (const name of caseNames()) {
    const entries = readdirSync(join(casesFolder, name)).filter(
      (entry) => !['custom', builtRevisionsFile].includes(entry),
    );
    expect(entries.sort(), name).toEqual(['expected', 'topology.yaml']);
  }
});

function byPath(files: readonly { path: string; text: string }[]): Record<string, string> {
  return Object.fromEntries(files.map(({ path, text }) => [path, text]));
}
